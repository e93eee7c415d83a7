//! Frozen values that Python hands in.

use engine::api;
use pyo3::prelude::*;

use crate::convert;

/// A codec and its payload types on one transport; `name` is opus, vp8, h264, vp9 or av1.
#[pyclass(frozen, module = "media._native")]
pub(crate) struct CodecSpec(pub(crate) api::Codec);

#[pymethods]
impl CodecSpec {
    #[new]
    #[pyo3(signature = (name, payload_type, clock_rate_hz, rtx_payload_type=None, red_payload_type=None, nack=false, transport_cc=false))]
    #[allow(clippy::too_many_arguments)] // as the stub says; all but three have defaults
    fn new(
        name: &str,
        payload_type: u8,
        clock_rate_hz: u32,
        rtx_payload_type: Option<u8>,
        red_payload_type: Option<u8>,
        nack: bool,
        transport_cc: bool,
    ) -> PyResult<Self> {
        let name = convert::codec_name(name)?;
        Ok(Self(api::Codec {
            name,
            payload_type,
            clock_rate_hz,
            rtx_payload_type,
            red_payload_type,
            nack,
            transport_cc,
        }))
    }
}

/// One m-line of a subscribe transport; `mode` is bound or loudest, `kind` audio or video.
#[pyclass(frozen, module = "media._native")]
pub(crate) struct SlotSpec(pub(crate) api::SlotSpec);

#[pymethods]
impl SlotSpec {
    #[new]
    #[pyo3(signature = (slot, mid, kind, mode, ssrc, rtx_ssrc=None))]
    fn new(
        slot: u16,
        mid: String,
        kind: &str,
        mode: &str,
        ssrc: u32,
        rtx_ssrc: Option<u32>,
    ) -> PyResult<Self> {
        let (kind, mode) = (convert::kind(kind)?, convert::mode(mode)?);
        Ok(Self(api::SlotSpec {
            slot,
            mid,
            kind,
            mode,
            ssrc,
            rtx_ssrc,
        }))
    }
}
