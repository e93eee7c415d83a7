//! Retransmission payloads (RFC 4588 section 4): the original sequence number, then the original payload.

use crate::bytes::u16_at;
use crate::{SeqNo, Unwritable};

/// Bytes of the original sequence number (OSN).
pub const OSN_LEN: usize = 2;

/// The original number and payload in a decrypted RTX payload. `None` when there is nothing to restore: browsers send RTX
/// made of padding only, to probe for bandwidth.
#[inline]
pub fn parse(payload: &[u8]) -> Option<(SeqNo, &[u8])> {
    let osn = u16_at(payload, 0)?;
    match payload.get(OSN_LEN..) {
        Some(original) if !original.is_empty() => Some((SeqNo(osn), original)),
        _ => None,
    }
}

/// Appends an RTX payload: OSN and original payload.
#[inline]
pub fn append(osn: SeqNo, original: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&osn.0.to_be_bytes());
    out.extend_from_slice(original);
}

/// Writes an RTX payload to the front of `out`; the number of bytes written.
#[inline]
pub fn write(osn: SeqNo, original: &[u8], out: &mut [u8]) -> Result<usize, Unwritable> {
    let len = OSN_LEN + original.len();
    let out = out.get_mut(..len).ok_or(Unwritable::NoRoom)?;
    let (head, tail) = out.split_at_mut(OSN_LEN);
    head.copy_from_slice(&osn.0.to_be_bytes());
    tail.copy_from_slice(original);
    Ok(len)
}
