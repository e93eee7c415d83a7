//! Frozen values that Python hands in.

use std::path::PathBuf;

use engine::api;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

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

/// Where recordings go; `folder` None: no copy A, `recorder_address` None: no copy B.
#[pyclass(frozen, module = "media._native")]
pub(crate) struct SpoolSpec(pub(crate) driver::SpoolConfig);

#[pymethods]
impl SpoolSpec {
    #[new]
    #[pyo3(signature = (folder, media_id, node, recorder_address=None, recorder_token=None))]
    fn new(
        folder: Option<PathBuf>,
        media_id: String,
        node: String,
        recorder_address: Option<String>,
        recorder_token: Option<&Bound<'_, PyBytes>>,
    ) -> Self {
        Self(driver::SpoolConfig {
            folder,
            media_id,
            node,
            recorder_address,
            recorder_token: recorder_token
                .map(|token| token.as_bytes().to_vec())
                .unwrap_or_default(),
        })
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
