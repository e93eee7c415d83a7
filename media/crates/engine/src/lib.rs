//! Homeroom media: the forwarding engine.
//!
//! Sans-I/O: no socket, clock, thread or lock lives here. Time is an argument, output goes into the caller's
//! [`api::Outbox`], so the driver and the simulator run the very same code. The way of a packet is told in
//! `docs/packet-path.md` and reads as a list of steps in `ingress::Room::receive_rtp`.
#![forbid(unsafe_code)]

pub mod allocate;
pub mod api;
mod arrivals;
pub mod bwe;
mod cache;
mod commands;
mod context;
mod control_in;
mod control_out;
mod counters;
mod directory;
mod downlink;
mod egress;
mod engine;
mod fanout;
mod feedback;
mod hash;
mod header;
mod history;
pub mod ice;
mod ingress;
mod keyframes;
mod loudest;
mod nacks;
mod numbers;
pub mod pacer;
mod picture;
mod publish;
mod random;
mod rewrite;
mod room;
mod select;
mod slab;
mod slot;
mod snapshot;
mod speakers;
pub mod srtp;
mod subscribe;
mod tick;
mod timeline;
mod track;
mod transport;
mod voice;
mod wanted;

pub use counters::Counters;
pub use engine::Engine;
