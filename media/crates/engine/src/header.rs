//! The RTP header of one Slot, made once: per packet only marker, sequence, time and transport-wide number are put in.

use wire::rtp::{FIXED_HEADER_LEN, HeaderExtension, HeaderSpec};
use wire::{RtpTime, SeqNo, Ssrc};

use crate::api::ExtensionIds;

/// Longest template: 12 bytes, extension header, transport-wide number and a mid of 16 bytes in the two-byte form.
const TEMPLATE_MAX: usize = FIXED_HEADER_LEN + 4 + 4 + 20;

#[derive(Clone, Debug)]
pub struct HeaderTemplate {
    bytes: [u8; TEMPLATE_MAX],
    len: u8,
    /// Where the transport-wide number goes; 0 for nowhere.
    transport_cc_at: u8,
}

impl HeaderTemplate {
    /// `mid` is sent until the subscriber has told that it received something (RFC 9143 section 9.2 leaves it to the sender
    /// how long).
    pub fn new(payload_type: u8, ssrc: Ssrc, ids: &ExtensionIds, mid: Option<&str>) -> Self {
        let mut elements = [HeaderExtension { id: 0, value: &[] }; 2];
        let mut count = 0;
        if let Some(id) = ids.transport_cc {
            elements[count] = HeaderExtension { id, value: &[0, 0] };
            count += 1;
        }
        if let (Some(id), Some(mid)) = (ids.mid, mid) {
            elements[count] = HeaderExtension {
                id,
                value: mid.as_bytes(),
            };
            count += 1;
        }
        let spec = HeaderSpec {
            marker: false,
            payload_type,
            seq: SeqNo(0),
            time: RtpTime(0),
            ssrc,
            csrcs: &[],
            extensions: &elements[..count],
        };
        let mut template = Self {
            bytes: [0; TEMPLATE_MAX],
            len: 0,
            transport_cc_at: 0,
        };
        match spec.write(&mut template.bytes) {
            Ok(len) => {
                template.len = len as u8;
                if ids.transport_cc.is_some() {
                    // First element: behind the fixed header, four bytes of extension header, and one or two of its own.
                    let two_byte = template.bytes[FIXED_HEADER_LEN] != 0xbe;
                    template.transport_cc_at = (FIXED_HEADER_LEN + 5 + usize::from(two_byte)) as u8;
                }
                template
            }
            // Ids or a mid that no header can hold: send without, the receiver still knows the SSRC from the SDP.
            Err(_) => Self::new(payload_type & 0x7f, ssrc, &ExtensionIds::default(), None),
        }
    }

    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub fn has_transport_cc(&self) -> bool {
        self.transport_cc_at != 0
    }

    /// Append the header; its length.
    #[inline]
    pub fn append(
        &self,
        marker: bool,
        padding: bool,
        seq: SeqNo,
        time: RtpTime,
        transport_cc: u16,
        out: &mut Vec<u8>,
    ) -> usize {
        let mut bytes = self.bytes;
        bytes[0] |= u8::from(padding) << 5;
        bytes[1] |= u8::from(marker) << 7;
        bytes[2..4].copy_from_slice(&seq.0.to_be_bytes());
        bytes[4..8].copy_from_slice(&time.0.to_be_bytes());
        if self.transport_cc_at != 0 {
            let at = usize::from(self.transport_cc_at);
            bytes[at..at + 2].copy_from_slice(&transport_cc.to_be_bytes());
        }
        out.extend_from_slice(&bytes[..self.len()]);
        self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::rtp::Header;

    fn check(ids: ExtensionIds, mid: &str) {
        let template = HeaderTemplate::new(96, Ssrc(0x0102_0304), &ids, Some(mid));
        let mut out = vec![0xff; 3];
        let len = template.append(true, false, SeqNo(7), RtpTime(9), 0xabcd, &mut out);
        out.extend_from_slice(b"payload");
        let header = Header::parse(&out[3..]);
        let Ok(header) = header else {
            panic!("{header:?}")
        };
        assert_eq!(
            (header.marker, header.payload_type, header.ssrc),
            (true, 96, Ssrc(0x0102_0304))
        );
        assert_eq!(
            (header.seq, header.time, header.header_len),
            (SeqNo(7), RtpTime(9), len)
        );
        let extensions = header.extensions(&out[3..]);
        let found = |id: Option<u8>| id.and_then(|id| extensions.clone().find_id(id));
        assert_eq!(
            found(ids.transport_cc),
            ids.transport_cc.map(|_| [0xab, 0xcd].as_slice())
        );
        assert_eq!(found(ids.mid), ids.mid.map(|_| mid.as_bytes()));
    }

    #[test]
    fn what_is_put_in_reads_back_in_both_forms() {
        check(ExtensionIds::default(), "0");
        check(
            ExtensionIds {
                mid: Some(4),
                ..Default::default()
            },
            "v12",
        );
        check(
            ExtensionIds {
                mid: Some(4),
                transport_cc: Some(3),
                ..Default::default()
            },
            "v12",
        );
        check(
            ExtensionIds {
                mid: Some(4),
                transport_cc: Some(20),
                ..Default::default()
            },
            "v12",
        );
        check(
            ExtensionIds {
                mid: Some(21),
                transport_cc: Some(2),
                ..Default::default()
            },
            "abcdefghijklmnop",
        );
    }

    #[test]
    fn an_impossible_mid_is_left_out() {
        let ids = ExtensionIds {
            mid: Some(4),
            transport_cc: Some(3),
            ..Default::default()
        };
        let template = HeaderTemplate::new(96, Ssrc(1), &ids, Some(&"x".repeat(300)));
        assert_eq!(template.len(), FIXED_HEADER_LEN);
    }
}
