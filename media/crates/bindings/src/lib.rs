//! `media._native`: the driver as Python sees it, exactly as `media/_native.pyi` says. The only crate that knows PyO3.

mod convert;
mod errors;
mod events;
mod plane;
mod specs;

/// The whole border between Python and the Rust engine: one class, frozen values, batches of events.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::plane::MediaPlane;
    #[pymodule_export]
    use crate::specs::{CodecSpec, SlotSpec};
}
