//! How the Estimate of one subscribe transport is divided: a pure function of its inputs and of the small [`Memory`] that carries
//! hysteresis from one call to the next. `docs/allocation.md` explains it with examples that are tests.
//!
//! In short: audio first and whole; then screen, main, speaker, visible others; whole layers; up only with a margin and not soon
//! after a failure, down at once.

mod audio;
mod ladder;
mod memory;
mod video;

use crate::api::{Layer, Mono};
pub use memory::Memory;

/// Below this no picture is sent: what is left over a voice would be a slide show that costs the voice its margin.
pub const AUDIO_ONLY_BELOW_BPS: u32 = 100_000;

/// Pictures come back from here on, and not sooner than after [`AUDIO_ONLY_HOLD_US`].
pub const AUDIO_ONLY_UNTIL_BPS: u32 = 130_000;
pub const AUDIO_ONLY_HOLD_US: u64 = 3_000_000;

/// A layer up, or a voice or its RED back, must fit with this much to spare.
pub const MARGIN_PERCENT: u32 = 15;

/// One audio slot that has something to send. Rates are on the wire, with headers, smoothed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioDemand {
    pub slot: u16,
    /// Without RED.
    pub bps: u32,
    /// What RED adds; 0 if it is not used.
    pub red_bps: u32,
    /// Bound by control (the instructor's voice first, screen sound second), not by loudness.
    pub pinned: bool,
    /// 0 is the loudest.
    pub rank: u8,
}

/// In the order of being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VideoClass {
    Screen,
    Main,
    Speaker,
    Visible,
}

/// What is worth more when both cannot be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefer {
    /// Faces: full frame rate before more pixels.
    #[default]
    Motion,
    /// Text: pixels before frame rate.
    Detail,
}

/// A layer that may be chosen and what it costs, with all that it needs below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerRate {
    pub layer: Layer,
    /// Measured over a second or so while it flows; what was last measured, or the nominal rate, while the publisher pauses it.
    pub bps: u32,
}

/// One video slot that somebody looks at. Slots that are paused by control are not listed.
#[derive(Clone, Copy, Debug)]
pub struct VideoDemand<'a> {
    pub slot: u16,
    /// Of the Subscription: what a slot's former Track went through does not count for its new one.
    pub generation: u32,
    pub class: VideoClass,
    /// Within the class; higher is served first.
    pub priority: u8,
    pub prefer: Prefer,
    pub layer_max: Layer,
    pub layers: &'a [LayerRate],
}

/// All that an allocation depends on, beside the [`Memory`].
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub now: Mono,
    pub estimate_bps: u32,
    /// Kept free for repairs: what RTX took lately. Only a small picture of what matters goes before it.
    pub reserved_bps: u32,
    pub audio: &'a [AudioDemand],
    pub video: &'a [VideoDemand<'a>],
}

/// What becomes of an audio slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioGrant {
    pub slot: u16,
    pub keep: bool,
    pub red: bool,
}

/// Why a picture is not sent; told to the client, so that the tile says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    Bandwidth,
    /// The whole transport carries audio only.
    AudioOnly,
    /// The publisher sends nothing that fits the constraints.
    NoLayer,
}

/// What becomes of a video slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoGrant {
    pub slot: u16,
    pub target: Result<Layer, Pause>,
    pub bps: u32,
}

/// The result. Owned by the caller and used again; in the order of the demands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    pub audio: Vec<AudioGrant>,
    pub video: Vec<VideoGrant>,
    pub audio_only: bool,
    pub audio_bps: u32,
    pub video_bps: u32,
    /// What it would take to give all, with the margin: for [`crate::bwe::Estimator::set_desired`].
    pub desired_bps: u32,
}

/// Divide. Same inputs, same result; with constant inputs the targets settle and stay.
///
/// The total is at most the Estimate, except that one voice is always kept.
pub fn allocate(input: &Input<'_>, memory: &mut Memory, out: &mut Allocation) {
    out.audio.clear();
    out.video.clear();
    audio::divide(input, &mut memory.audio, out);
    let audio_full = input
        .audio
        .iter()
        .map(|a| u64::from(a.bps) + u64::from(a.red_bps))
        .sum::<u64>();
    // All audio that is wanted is taken off first, also what was cut: a picture never stands where a voice was taken away.
    let budget = u64::from(input.estimate_bps)
        .saturating_sub(audio_full)
        .min(u32::MAX.into()) as u32;
    out.audio_only = memory.audio_only(input.now, input.estimate_bps);
    video::divide(input, if out.audio_only { 0 } else { budget }, memory, out);
    if out.audio_only {
        for grant in &mut out.video {
            grant.target = grant.target.map_err(|why| {
                if why == Pause::NoLayer {
                    why
                } else {
                    Pause::AudioOnly
                }
            });
        }
    }
    let video_full = memory
        .ladders
        .iter()
        .map(|ladder| u64::from(ladder.top_bps()))
        .sum::<u64>();
    let desired = with_margin(video_full + audio_full + u64::from(input.reserved_bps));
    out.desired_bps = desired
        .max(AUDIO_ONLY_UNTIL_BPS.into())
        .min(u32::MAX.into()) as u32;
}

fn with_margin(bps: u64) -> u64 {
    bps + bps * u64::from(MARGIN_PERCENT) / 100
}
