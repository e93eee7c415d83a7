//! The border to the controller: one JSON object a line, orders in, news out. The controller speaks the signaling protocol; what
//! crosses here is SDP, what to publish, who speaks, and what each Slot should show.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::books::{BotBook, Spread};
use crate::camera::LayerWish;

/// Longer lines are nobody's SDP.
pub const LINE_LEN_MAX: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Mic,
    Camera,
    Screen,
    ScreenAudio,
}

impl Source {
    pub fn is_audio(self) -> bool {
        matches!(self, Source::Mic | Source::ScreenAudio)
    }

    /// Its place in a `Tag`.
    pub fn number(self) -> u32 {
        self as u32
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackWish {
    pub source: Source,
    #[serde(default)]
    pub fps: u32,
    #[serde(default)]
    pub layers: Vec<LayerWish>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    pub mid: String,
    /// The bot whose Track the Slot should show; none: nothing that can be judged.
    pub from: Option<u32>,
    pub source: Option<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Publish exactly these; `fresh`: on a new transport. Answered by `offer`.
    Publish {
        bot: u32,
        tracks: Vec<TrackWish>,
        #[serde(default)]
        fresh: bool,
    },
    PublishAnswer {
        bot: u32,
        sdp: String,
    },
    /// Answered by `answer`.
    SubscribeOffer {
        bot: u32,
        generation: u64,
        sdp: String,
        fresh: bool,
    },
    Speak {
        bot: u32,
        on: bool,
    },
    Show {
        bot: u32,
        slots: Vec<Shown>,
    },
    /// Both transports of this bot go away.
    Drop {
        bot: u32,
    },
    /// Answered by `report`.
    Report,
}

#[derive(Debug, Serialize)]
pub struct Offered {
    pub mid: String,
    pub source: Source,
}

#[derive(Serialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    Ready {
        version: &'static str,
    },
    Offer {
        bot: u32,
        sdp: String,
        tracks: Vec<Offered>,
    },
    Answer {
        bot: u32,
        generation: u64,
        sdp: String,
    },
    /// `connected`, `disconnected` or `failed`.
    State {
        bot: u32,
        direction: &'static str,
        state: &'static str,
    },
    /// The first frame of what a Slot should show.
    Picture {
        bot: u32,
        mid: String,
        after_ms: f64,
    },
    /// The first spoken packet that this bot heard at all.
    Sound {
        bot: u32,
    },
    Refused {
        bot: u32,
        text: String,
    },
    Report(Box<Report>),
}

#[derive(Serialize)]
pub struct Report {
    pub bots: std::collections::BTreeMap<u32, BotBook>,
    pub audio_latency_ms: Spread,
    pub video_latency_ms: Spread,
    pub sound_frames: u64,
    pub sound_frames_lost: u64,
    pub sound_gaps_ms: Spread,
    pub onset_clips_ms: Spread,
    pub video_packets_lost: u64,
    pub frames_decoded: u64,
    pub frames_undecodable: u64,
    pub frames_garbled: u64,
    pub frames_foreign: u64,
    pub freezes_ms: Spread,
    pub pictures_first_ms: Spread,
    pub keyframes_asked: u64,
    pub keyframes_sent: u64,
    pub own_lateness_ms: Spread,
    pub own_send_errors: u64,
    pub own_socket_drops: u64,
}

/// One line on standard output. A controller that went away ends the process.
pub fn tell(news: &News) {
    let mut out = std::io::stdout().lock();
    let told = serde_json::to_writer(&mut out, news)
        .map_err(std::io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    if told.is_err() {
        std::process::exit(0);
    }
}
