//! Homeroom media: engine.
pub mod api;
