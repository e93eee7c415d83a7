//! Homeroom media: bindings, the only crate that knows PyO3.
