//! The only place where Python exceptions are made.

use std::io;

use driver::PlaneError;
use pyo3::PyErr;
use pyo3::exceptions::{PyBlockingIOError, PyOSError, PyRuntimeError, PyValueError};

pub(crate) fn malformed(text: impl Into<String>) -> PyErr {
    PyValueError::new_err(text.into())
}

pub(crate) fn not_running() -> PyErr {
    PyRuntimeError::new_err("the media plane is not running")
}

pub(crate) fn already_running() -> PyErr {
    PyRuntimeError::new_err("the media plane is running already")
}

pub(crate) fn of_plane(error: PlaneError) -> PyErr {
    match error {
        PlaneError::Refused(text) => malformed(text),
        PlaneError::Busy(_) => PyBlockingIOError::new_err(error.to_string()),
        PlaneError::Stopped => not_running(),
    }
}

pub(crate) fn of_start(error: io::Error) -> PyErr {
    match error.kind() {
        io::ErrorKind::InvalidInput => malformed(error.to_string()),
        _ => PyOSError::new_err(error.to_string()),
    }
}
