//! Writing a header of our own, straight into the outgoing buffer.

use crate::rtp::extension::{HeaderExtension, PROFILE_ONE_BYTE, PROFILE_TWO_BYTE};
use crate::rtp::header::{FIXED_HEADER_LEN, VERSION_2};
use crate::{RtpTime, SeqNo, Ssrc, Unwritable};

/// A header to be written. Elements with id 0 are refused; the one-byte form is used whenever all elements fit it.
#[derive(Clone, Copy, Debug)]
pub struct HeaderSpec<'a> {
    /// The marker bit.
    pub marker: bool,
    /// 7 bits.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: SeqNo,
    /// Timestamp.
    pub time: RtpTime,
    /// Source.
    pub ssrc: Ssrc,
    /// At most 15.
    pub csrcs: &'a [Ssrc],
    /// Header extension elements.
    pub extensions: &'a [HeaderExtension<'a>],
}

impl HeaderSpec<'_> {
    /// Bytes the header will take.
    #[inline]
    pub fn encoded_len(&self) -> usize {
        let fixed = FIXED_HEADER_LEN + 4 * self.csrcs.len();
        if self.extensions.is_empty() {
            return fixed;
        }
        fixed + 4 + self.elements_len(self.fits_one_byte()).next_multiple_of(4)
    }

    /// Writes to the front of `out`; the number of bytes written.
    #[inline]
    pub fn write(&self, out: &mut [u8]) -> Result<usize, Unwritable> {
        if self.payload_type > 0x7f || self.csrcs.len() > 15 {
            return Err(Unwritable::Value);
        }
        let one_byte = self.fits_one_byte();
        let elements_len = self.elements_len(one_byte);
        let padded_len = elements_len.next_multiple_of(4);
        let mut writer = Cursor { out, at: 0 };
        let has_extension = u8::from(!self.extensions.is_empty());
        writer.put(&[
            VERSION_2 | (has_extension << 4) | self.csrcs.len() as u8,
            (u8::from(self.marker) << 7) | self.payload_type,
        ])?;
        writer.put(&self.seq.0.to_be_bytes())?;
        writer.put(&self.time.0.to_be_bytes())?;
        writer.put(&self.ssrc.0.to_be_bytes())?;
        for csrc in self.csrcs {
            writer.put(&csrc.0.to_be_bytes())?;
        }
        if has_extension != 0 {
            let profile = if one_byte {
                PROFILE_ONE_BYTE
            } else {
                PROFILE_TWO_BYTE
            };
            let words = u16::try_from(padded_len / 4).map_err(|_| Unwritable::Value)?;
            writer.put(&profile.to_be_bytes())?;
            writer.put(&words.to_be_bytes())?;
            for element in self.extensions {
                writer.element(element, one_byte)?;
            }
            writer.put(&[0; 3][..padded_len - elements_len])?;
        }
        Ok(writer.at)
    }

    /// Appends to `out`; the number of bytes appended. On error `out` is as before.
    #[inline]
    pub fn append(&self, out: &mut Vec<u8>) -> Result<usize, Unwritable> {
        let start = out.len();
        out.resize(start + self.encoded_len(), 0);
        let written = self.write(&mut out[start..]);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    #[inline]
    fn fits_one_byte(&self) -> bool {
        self.extensions
            .iter()
            .all(|e| (1..=14).contains(&e.id) && (1..=16).contains(&e.value.len()))
    }

    #[inline]
    fn elements_len(&self, one_byte: bool) -> usize {
        let head = if one_byte { 1 } else { 2 };
        self.extensions.iter().map(|e| head + e.value.len()).sum()
    }
}

struct Cursor<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Result<(), Unwritable> {
        let end = self.at + bytes.len();
        self.out
            .get_mut(self.at..end)
            .ok_or(Unwritable::NoRoom)?
            .copy_from_slice(bytes);
        self.at = end;
        Ok(())
    }

    #[inline]
    fn element(&mut self, element: &HeaderExtension<'_>, one_byte: bool) -> Result<(), Unwritable> {
        let len = u8::try_from(element.value.len()).map_err(|_| Unwritable::Value)?;
        match (one_byte, element.id) {
            (_, 0) => return Err(Unwritable::Value),
            // `fits_one_byte` held: 1 <= len <= 16 and id <= 14.
            (true, id) => self.put(&[(id << 4) | (len.saturating_sub(1) & 0x0f)])?,
            (false, id) => self.put(&[id, len])?,
        }
        self.put(element.value)
    }
}
