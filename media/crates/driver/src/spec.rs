//! What control asks, with its string ids; the engine's specs, with keys, are made of these.

use engine::api::{Codec, Direction, ExtensionIds, Kind, Layer, SlotSpec};

/// See `engine::api::TransportSpec`.
#[derive(Clone, Debug)]
pub struct TransportRequest {
    pub transport_id: String,
    pub room_id: String,
    pub participant_id: String,
    pub direction: Direction,
    pub ice_ufrag: String,
    pub ice_pwd: String,
    pub remote_ufrag: Option<String>,
    pub extensions: ExtensionIds,
    pub codecs: Vec<Codec>,
    pub slots: Vec<SlotSpec>,
}

/// See `engine::api::TrackSpec`.
#[derive(Clone, Debug)]
pub struct TrackRequest {
    pub track_id: String,
    pub transport_id: String,
    pub participant_id: String,
    pub kind: Kind,
    pub mid: String,
    pub codec: Codec,
    pub rids: Vec<String>,
    pub ssrcs: Vec<(u32, Option<u32>)>,
    pub audible: bool,
    pub muted: bool,
}

/// See `engine::api::SubscriptionSpec`.
#[derive(Clone, Debug)]
pub struct SubscriptionRequest {
    pub subscription_id: String,
    pub transport_id: String,
    pub slot: u16,
    pub track_id: String,
    pub generation: u32,
    pub layer_max: Layer,
    pub priority: u8,
    pub paused: bool,
}
