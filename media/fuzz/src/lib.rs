//! Everything that reads foreign bytes, as one function each. `crates/engine/tests/foreign_bytes.rs` runs the very same
//! functions over the seeds and a fixed number of mutations in plain `cargo test`.
pub mod browser;
pub mod class;
pub mod targets;
