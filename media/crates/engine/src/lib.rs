//! Homeroom media: the forwarding engine.
//!
//! Sans-I/O: no socket, clock, thread or lock lives here. Time is an argument, output goes into the caller's
//! [`api::Outbox`], so the driver and the simulator run the very same code.
#![forbid(unsafe_code)]

pub mod api;
mod counters;
mod engine;
pub mod ice;
pub mod srtp;

pub use counters::Counters;
pub use engine::Engine;
