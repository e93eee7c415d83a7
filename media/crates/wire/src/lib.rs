//! Homeroom media: wire.
