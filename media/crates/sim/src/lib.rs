//! Homeroom media: a whole class in virtual time.
//!
//! One real engine, synthetic publishers and subscribers with real SRTP on both sides, and emulated networks between them.
//! One seed reproduces a run; a [`judge::Judge`] looks at every datagram that the engine emits and holds it to the engine's
//! promises, a [`screen::Screen`] decodes what arrives as strictly as a browser does.
#![forbid(unsafe_code)]

mod answers;
pub mod chance;
pub mod class;
pub mod end;
pub mod judge;
pub mod link;
pub mod publisher;
pub mod screen;
pub mod stamp;
pub mod subscriber;
pub mod world;

pub use class::{Camera, LAYER_TOP, Seats};
pub use link::Network;
pub use world::World;
