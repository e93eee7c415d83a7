//! One Slot of a subscribe Transport: what it should show, what it shows, and its running egress.

use wire::Ssrc;

use crate::api::{
    Codec, CodecName, ExtensionIds, Kind, Layer, Mono, SlotMode, SlotSpec, SubscriptionSpec,
    TrackKey,
};
use crate::header::HeaderTemplate;
use crate::random::Random;
use crate::rewrite::Rewriter;

/// The codec parts of a Slot's egress: they change with what it shows.
#[derive(Clone, Debug)]
pub struct Dress {
    pub codec: CodecName,
    pub media: HeaderTemplate,
    pub rtx: Option<HeaderTemplate>,
}

#[derive(Debug)]
pub struct Slot {
    pub spec: SlotSpec,
    /// Of a bound Slot.
    pub subscription: Option<SubscriptionSpec>,
    /// The Track that has a watch for this Slot, by index and key.
    pub watched: Option<(u32, TrackKey)>,
    /// Of what is or was last shown.
    pub generation: u32,
    /// The next packet begins something new: tell with which time.
    pub announce: bool,
    /// The client was told of a Track, and must be told when there is none.
    pub announced: Option<TrackKey>,
    pub layer_told: Option<Layer>,
    pub rewriter: Rewriter,
    pub dress: Option<Dress>,
    rtx_number: u64,
    /// Until the first report about it, the subscriber may know its SSRC by mid only.
    pub reported: bool,
    pub packets: u64,
    pub octets: u64,
    pub report_due: Mono,
    pub fraction_lost: u8,
    pub lost: i32,
}

impl Slot {
    pub fn new(spec: SlotSpec, random: &mut Random) -> Self {
        let video = spec.kind == Kind::Video;
        let clock_rate_hz = if video { 90_000 } else { 48_000 };
        Self {
            rewriter: Rewriter::new(clock_rate_hz, random.first_sequence(), random.u32(), video),
            rtx_number: random.first_sequence(),
            spec,
            subscription: None,
            watched: None,
            generation: 0,
            announce: false,
            announced: None,
            layer_told: None,
            dress: None,
            reported: false,
            packets: 0,
            octets: 0,
            report_due: Mono(0),
            fraction_lost: 0,
            lost: 0,
        }
    }

    pub fn is_loudest(&self) -> bool {
        self.spec.mode == SlotMode::Loudest
    }

    pub fn ssrc(&self) -> Ssrc {
        Ssrc(self.spec.ssrc)
    }

    /// Make the headers for packets of this codec.
    pub fn dress_for(&mut self, codec: &Codec, ids: &ExtensionIds) {
        let mid = (!self.reported).then_some(self.spec.mid.as_str());
        let rtx = self.spec.rtx_ssrc.zip(codec.rtx_payload_type);
        self.dress = Some(Dress {
            codec: codec.name,
            media: HeaderTemplate::new(codec.payload_type, self.ssrc(), ids, mid),
            // RTX keeps its mid: it is rare, and reports do not speak of it.
            rtx: rtx.map(|(ssrc, payload_type)| {
                HeaderTemplate::new(payload_type, Ssrc(ssrc), ids, Some(self.spec.mid.as_str()))
            }),
        });
    }

    /// The next number of the RTX stream.
    pub fn next_rtx(&mut self) -> u64 {
        self.rtx_number += 1;
        self.rtx_number
    }
}
