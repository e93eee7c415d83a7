//! The only threads, sockets and clocks of the media process: one thread and one UDP port per shard around the sans-I/O
//! engine. Knows no Python and no users; control's string ids become small keys here and come back as strings in events.
//!
//! The whole way of a batch stands in `shard.rs`: sockets -> engine -> outbox -> sockets, events -> queue -> bell.

mod bell;
mod bind;
mod check;
mod clock;
mod core;
mod counters;
mod door;
mod drain;
mod index;
mod panics;
mod plane;
mod poll;
mod queue;
mod receive;
mod registry;
mod run;
mod send;
mod shard;
mod spec;

pub use crate::core::Core;
pub use crate::door::PlaneConfig;
pub use crate::drain::PlaneEvent;
pub use crate::plane::{Plane, PlaneError};
pub use crate::queue::ObjectKind;
pub use crate::spec::{SubscriptionRequest, TrackRequest, TransportRequest};
