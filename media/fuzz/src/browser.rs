//! The browsers of the fuzzed class: their ends of a transport, and what they may send.

use engine::api::*;
use engine::ice::password_tag;
use engine::srtp::{Opener, Sealer, contexts};
use wire::rtp::{Header, HeaderExtension, HeaderSpec};
use wire::stun::{Class, INTEGRITY_LEN, IntegrityKey, METHOD_BINDING, TransactionId, Writer};
use wire::{ExtSeq, RtpTime, SeqNo, Ssrc};

/// ICE password of every transport.
pub const PWD: &str = "a password of 24 letters";

struct Password;

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN] {
        password_tag(PWD, parts)
    }
}

/// The browser's end of one transport.
pub struct End {
    pub transport: TransportKey,
    pub path: Path,
    pub sealer: Sealer,
    pub opener: Opener,
    newest: Vec<(Ssrc, ExtSeq)>,
}

impl End {
    pub fn new(number: u32, server: &mut Option<SrtpKeys>) -> End {
        let part = |what: u8, len: usize| vec![what ^ number as u8; len];
        let keys = SrtpKeys {
            profile: SrtpProfile::AeadAes128Gcm,
            local_key: part(1, 16),
            local_salt: part(2, 12),
            remote_key: part(3, 16),
            remote_salt: part(4, 12),
        };
        let client = SrtpKeys {
            profile: keys.profile,
            local_key: keys.remote_key.clone(),
            local_salt: keys.remote_salt.clone(),
            remote_key: keys.local_key.clone(),
            remote_salt: keys.local_salt.clone(),
        };
        *server = Some(keys);
        let (sealer, opener) = contexts(&client).unwrap_or_else(|_| panic!("keys fit"));
        let remote = ([192, 0, 2, number as u8], 5000).into();
        let path = Path {
            local: [10, 0, 0, 1].into(),
            remote,
        };
        End {
            transport: TransportKey(number),
            path,
            sealer,
            opener,
            newest: Vec::new(),
        }
    }

    pub fn check(&self, number: u8) -> Vec<u8> {
        let mut out = Vec::new();
        Writer::new(
            Class::Request,
            METHOD_BINDING,
            TransactionId([number; 12]),
            &mut out,
        )
        .username(&format!("ufrag{}:them", self.transport.0))
        .ice_controlling(1)
        .use_candidate()
        .finish(Some(&Password));
        out
    }

    pub fn seal(&mut self, mut packet: Vec<u8>) -> Option<Vec<u8>> {
        let header = Header::parse(&packet).ok()?;
        let newest = self
            .newest
            .iter_mut()
            .find(|(ssrc, _)| *ssrc == header.ssrc);
        let index = match newest {
            Some((_, newest)) => {
                let index = newest.nearest(header.seq);
                *newest = (*newest).max(index);
                index
            }
            None => {
                let index = ExtSeq::new(0, header.seq);
                self.newest.push((header.ssrc, index));
                index
            }
        };
        self.sealer
            .seal_rtp(index, header.header_len, &mut packet, 0)
            .ok()?;
        Some(packet)
    }

    pub fn seal_control(&mut self, mut compound: Vec<u8>) -> Option<Vec<u8>> {
        self.sealer.seal_rtcp(&mut compound, 0).ok()?;
        Some(compound)
    }
}

/// A packet as a browser might send it: Opus, VP8 of either layer, or RTX, with extensions, and any payload.
pub fn media(op: u8, a: u8, b: u8, body: &[u8]) -> Vec<u8> {
    let source = usize::from(a & 3);
    let (payload_type, ssrc) = [(111, 100), (96, 201), (96, 202), (97, 301)][source];
    let rids: [&[u8]; 4] = [b"", b"q", b"h", b"q"];
    let sequence = [0, b];
    let level = [b];
    let mut extensions = vec![HeaderExtension {
        id: 3,
        value: &sequence,
    }];
    if op & 0x10 == 0 {
        extensions.push(HeaderExtension {
            id: 4,
            value: if source == 0 { b"0" } else { b"1" },
        });
    }
    match source {
        0 => extensions.push(HeaderExtension {
            id: 1,
            value: &level,
        }),
        3 => extensions.push(HeaderExtension {
            id: 11,
            value: rids[source],
        }),
        _ => extensions.push(HeaderExtension {
            id: 10,
            value: rids[source],
        }),
    }
    let mut packet = Vec::new();
    let spec = HeaderSpec {
        marker: op & 0x20 != 0,
        payload_type,
        // Now and then far away, near the wrap or behind.
        seq: SeqNo(u16::from(b) | (u16::from(a & 0xf0) << 8)),
        time: RtpTime(u32::from(b) * 3000 + u32::from(a >> 6) * 0x4000_0000),
        ssrc: Ssrc(ssrc),
        csrcs: &[],
        extensions: &extensions,
    };
    spec.append(&mut packet).expect("fits");
    if op & 0x40 != 0 && source > 0 {
        // A key frame's head before the body: the way to a picture.
        packet.extend_from_slice(&[
            0x90,
            0xe0,
            0x80 | (b >> 1),
            a,
            b,
            a & 0xe0,
            0x10,
            2,
            0,
            0x9d,
            1,
            0x2a,
            128,
            2,
            224,
            1,
        ]);
    }
    packet.extend_from_slice(body);
    packet
}

/// A well-framed RTCP packet of any kind; the first words name SSRCs that are there.
pub fn control(a: u8, b: u8, body: &[u8]) -> Vec<u8> {
    let sources = [9001u32, 9000, 201, 100, 202, 9101, 301, 0];
    let packet_type = [200, 201, 202, 203, 205, 206, 205, 206][usize::from(a & 7)];
    let mut packet = vec![0x80 | (b & 0x3f), packet_type, 0, 0];
    packet.extend_from_slice(&7u32.to_be_bytes());
    packet.extend_from_slice(&sources[usize::from((a >> 3) & 7)].to_be_bytes());
    packet.extend_from_slice(body);
    packet.resize(packet.len().next_multiple_of(4), 0);
    let words = (packet.len() / 4 - 1) as u16;
    packet[2..4].copy_from_slice(&words.to_be_bytes());
    packet
}
