//! One function for each reader of foreign bytes. Each asserts what must hold whatever the bytes say; a panic is a find.

use engine::api::{Mono, Path, SrtpProfile};
use engine::ice::{Agent, PAIRS_MAX};
use engine::srtp::{Opener, Sealer};
use wire::codec::{VideoCodec, h264, opus, peek, vp8};
use wire::rtcp::{Block, Compound, FeedbackHead, TransportFeedback, append_transport_feedback};
use wire::rtp::extension::{AbsSendTime, AudioLevel, token, transport_cc};
use wire::rtp::{Extensions, Header, HeaderExtension, HeaderSpec, rtx};
use wire::stun::{
    Class, INTEGRITY_LEN, IntegrityKey, METHOD_BINDING, Message, TransactionId, Writer, local_ufrag,
};
use wire::{ExtSeq, Ssrc};

/// A reader under test.
pub type Target = fn(&[u8]);

/// Name and function of each target.
pub const ALL: [(&str, Target); 11] = [
    ("rtp", rtp),
    ("extension", extension),
    ("rtcp", rtcp),
    ("twcc", twcc),
    ("stun", stun),
    ("vp8", vp8),
    ("h264", h264),
    ("opus", opus),
    ("srtp_open", srtp_open),
    ("ice", ice),
    ("engine", super::class::engine),
];

/// A header lies inside its packet, and written again it says the same.
pub fn rtp(bytes: &[u8]) {
    let _ = wire::demux(bytes);
    let Ok(header) = Header::parse(bytes) else {
        return;
    };
    assert!(header.header_len <= bytes.len());
    if let Ok(range) = header.payload_range(bytes) {
        assert!(range.start == header.header_len && range.end <= bytes.len());
        let _ = rtx::parse(&bytes[range]);
    }
    let csrcs: Vec<Ssrc> = header.csrcs(bytes).collect();
    assert_eq!(csrcs.len(), usize::from(header.csrc_count));
    let extensions: Vec<HeaderExtension<'_>> = header
        .extensions(bytes)
        .filter(|element| element.id != 0)
        .collect();
    let spec = HeaderSpec {
        marker: header.marker,
        payload_type: header.payload_type,
        seq: header.seq,
        time: header.time,
        ssrc: header.ssrc,
        csrcs: &csrcs,
        extensions: &extensions,
    };
    let mut again = Vec::new();
    // Elements of the one-byte form can take twice the room in the other, beyond what a header may hold: then no writing.
    if spec.append(&mut again).is_ok() {
        let read = Header::parse(&again).expect("our own header");
        assert_eq!(
            (read.seq, read.time, read.ssrc, read.marker),
            (header.seq, header.time, header.ssrc, header.marker)
        );
        assert!(read.csrcs(&again).eq(csrcs.iter().copied()));
        assert!(read.extensions(&again).eq(extensions.iter().copied()));
    }
}

/// Both forms of element lists, and the values we read.
pub fn extension(bytes: &[u8]) {
    for profile in [0xbede, 0x1000, 0x100f, 0x2000] {
        let mut seen = 0;
        for element in Extensions::new(profile, bytes) {
            seen += 1 + element.value.len();
            let _ = (
                AudioLevel::parse(element.value),
                transport_cc::parse(element.value),
            );
            if let Some(sent) = AbsSendTime::parse(element.value) {
                assert_eq!(AbsSendTime::parse(&sent.encode()), Some(sent));
            }
            if let Some(text) = token::parse(element.value) {
                assert!(!text.is_empty() && text.len() <= 16);
            }
        }
        assert!(seen <= bytes.len());
        let _ = Extensions::new(profile, bytes).find_id(3);
    }
}

/// A compound yields no more than its bytes can hold.
pub fn rtcp(bytes: &[u8]) {
    let mut blocks = 0;
    for block in Compound::new(bytes) {
        blocks += 1;
        let Ok(block) = block else { break };
        let items = match block {
            Block::SenderReport(sr) => sr.blocks().filter_map(|block| block.round_trip(77)).count(),
            Block::ReceiverReport(rr) => rr.blocks().count(),
            Block::Sdes(sdes) => sdes.cnames().count(),
            Block::Bye(bye) => bye.sources().count(),
            Block::Nack(nack) => nack.missing().count() / 17,
            Block::Fir(fir) => fir.entries().count(),
            Block::Remb(remb) => remb.sources().count(),
            Block::TransportFeedback(feedback) => check_feedback(&feedback),
            Block::Pli(_) | Block::Other { .. } => 0,
        };
        assert!(items * 4 <= bytes.len() || items <= usize::from(u16::MAX));
    }
    assert!(blocks <= bytes.len() / 4 + 1);
}

/// The body of a transport-wide feedback message behind a right head.
pub fn twcc(bytes: &[u8]) {
    let body = bytes
        .get(..bytes.len().min(4000) / 4 * 4)
        .unwrap_or_default();
    let mut packet = vec![0x8f, 205];
    packet.extend_from_slice(&((body.len() / 4) as u16).to_be_bytes());
    packet.extend_from_slice(body);
    rtcp(&packet);
}

/// Told again, the same arrivals come out.
fn check_feedback(feedback: &TransportFeedback<'_>) -> usize {
    let statuses: Vec<_> = feedback.packets().collect();
    assert_eq!(statuses.len(), usize::from(feedback.count));
    let origin = 1i64 << 40;
    let arrivals: Vec<Option<u64>> = statuses
        .iter()
        .map(|status| status.arrival_us.map(|us| (us + origin) as u64))
        .collect();
    let head = FeedbackHead {
        sender: feedback.sender,
        media: feedback.media,
        feedback_count: feedback.feedback_count,
    };
    let mut packet = Vec::new();
    let progress = append_transport_feedback(head, feedback.base, &arrivals, &mut packet);
    assert!(progress.statuses <= arrivals.len() && (progress.statuses > 0 || arrivals.is_empty()));
    if let Some(Ok(Block::TransportFeedback(again))) = Compound::new(&packet).next() {
        assert!(
            again
                .packets()
                .zip(&statuses)
                .all(|(a, b)| a.seq == b.seq && a.delta_ticks.is_some() == b.delta_ticks.is_some())
        );
        assert_eq!(usize::from(again.count), progress.statuses);
    } else {
        assert!(!progress.written);
    }
    statuses.len()
}

struct FlatKey;

impl IntegrityKey for FlatKey {
    /// Not an HMAC, but a function of all bytes: enough to walk every way in the reader.
    fn tag(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN] {
        let mut tag = [0u8; INTEGRITY_LEN];
        for (at, byte) in parts.iter().copied().flatten().enumerate() {
            tag[at % INTEGRITY_LEN] = tag[at % INTEGRITY_LEN].rotate_left(1) ^ byte;
        }
        tag
    }
}

/// Any message, and the same bytes with a right checksum.
pub fn stun(bytes: &[u8]) {
    let look = |bytes: &[u8]| {
        let Ok(message) = Message::parse(bytes) else {
            return;
        };
        let _ = (message.has_integrity_by(&FlatKey), local_ufrag(&message));
        assert!(message.unknown_required().len() <= wire::stun::UNKNOWN_ATTRIBUTES_MAX);
        let mut answer = Vec::new();
        Writer::new(
            Class::Error,
            message.method,
            message.transaction,
            &mut answer,
        )
        .error_code(
            message.error_code.unwrap_or(420),
            message.username.unwrap_or_default(),
        )
        .unknown_attributes(message.unknown_required())
        .finish(Some(&FlatKey));
        let read = Message::parse(&answer).expect("our own answer");
        assert!(read.fingerprint && read.has_integrity_by(&FlatKey));
        assert_eq!(
            (read.method, read.transaction),
            (message.method, message.transaction)
        );
    };
    look(bytes);
    if bytes.len() >= 20 {
        let mut fixed = bytes
            .get(..bytes.len() / 4 * 4)
            .unwrap_or_default()
            .to_vec();
        let len = (fixed.len() - 20) as u16;
        fixed[0] &= 0x3f;
        fixed[2..4].copy_from_slice(&len.to_be_bytes());
        fixed[4..8].copy_from_slice(&wire::stun::MAGIC_COOKIE.to_be_bytes());
        look(&fixed);
    }
}

/// Rewriting keeps the length, and what was written is read.
pub fn vp8(bytes: &[u8]) {
    let Ok(descriptor) = vp8::Descriptor::parse(bytes) else {
        return;
    };
    assert!(descriptor.len < bytes.len());
    let _ = peek(VideoCodec::Vp8, bytes);
    let mut copy = bytes.to_vec();
    descriptor.rewrite(&mut copy, 0x5555, 0x77);
    assert_eq!(copy.len(), bytes.len());
    let again = vp8::Descriptor::parse(&copy).expect("same layout");
    assert_eq!(again.len, descriptor.len);
    assert_eq!(again.temporal, descriptor.temporal);
    if let Some(id) = again.picture_id {
        assert_eq!(id.value, 0x5555 % id.modulus());
    }
    assert!(again.tl0_pic_idx.is_none_or(|idx| idx == 0x77));
    assert_eq!(copy[descriptor.len..], bytes[descriptor.len..]);
}

/// NAL units.
pub fn h264(bytes: &[u8]) {
    if let Ok(nals) = h264::Nals::parse(bytes) {
        assert!(nals.idr || !nals.idr_start);
    }
    let _ = peek(VideoCodec::H264, bytes);
}

/// The table of contents.
pub fn opus(bytes: &[u8]) {
    if let Ok(toc) = opus::Toc::parse(bytes) {
        assert!(toc.frames >= 1 && (2_500..=opus::DURATION_US_MAX).contains(&toc.duration_us()));
    }
}

fn ends(profile: SrtpProfile) -> (Sealer, Opener) {
    let salt_len = if profile == SrtpProfile::AeadAes128Gcm {
        12
    } else {
        14
    };
    let salt = vec![5; salt_len];
    let sealer = Sealer::new(profile, &[6; 16], &salt).expect("keys fit");
    (
        sealer,
        Opener::new(profile, &[6; 16], &salt).expect("keys fit"),
    )
}

/// Random bytes never open and leave no trace; whatever has a header can be sealed once and opens to itself.
pub fn srtp_open(bytes: &[u8]) {
    for profile in [SrtpProfile::AeadAes128Gcm, SrtpProfile::AesCm128HmacSha1_80] {
        let (mut sealer, mut opener) = ends(profile);
        assert!(opener.open_rtp(&mut bytes.to_vec()).is_err());
        assert!(opener.open_rtcp(&mut bytes.to_vec()).is_err());
        assert_eq!(opener.source_counts(), (0, 0));
        let Ok(header) = Header::parse(bytes) else {
            continue;
        };
        let index = ExtSeq::new(0, header.seq);
        let mut packet = bytes.to_vec();
        sealer
            .seal_rtp(index, header.header_len, &mut packet, 0)
            .expect("fresh");
        assert!(
            sealer
                .seal_rtp(index, header.header_len, &mut bytes.to_vec(), 0)
                .is_err()
        );
        let opened = opener.open_rtp(&mut packet).expect("our own");
        assert_eq!((&packet[..opened.len], opened.index), (bytes, index));
    }
}

/// A session of datagrams: true checks among whatever the bytes make of them.
pub fn ice(bytes: &[u8]) {
    let mut agent = Agent::new("ourufrag", "password", None);
    let mut rest = bytes;
    let mut now = Mono(0);
    while let Some((&[op, port, len], tail)) = rest.split_first_chunk::<3>() {
        let (body, tail) = tail.split_at(usize::from(len).min(tail.len()));
        rest = tail;
        now = Mono(now.0 + u64::from(op) * 100_000);
        let path = Path {
            local: [127, 0, 0, 1].into(),
            remote: ([192, 0, 2, op & 7], u16::from(port)).into(),
        };
        let mut out = vec![1, 2, 3];
        match op >> 6 {
            0 => {
                agent.set_credentials(&format!("ufrag{port}"), "password", None);
            }
            1 => {
                let _ = agent.receive(now, path, body, &mut out);
            }
            _ => {
                let mut request = true_check(&agent, op, port);
                // The body damages the check, byte by byte.
                for (cell, byte) in request.iter_mut().zip(body) {
                    *cell ^= byte;
                }
                if agent.receive(now, path, &request, &mut out).is_ok() {
                    assert!(agent.is_proven(now, path) && out.len() > 3);
                    assert!(agent.selected(now).is_some());
                }
            }
        }
        assert!(out.starts_with(&[1, 2, 3]));
        assert!(agent.pairs().count() <= PAIRS_MAX && agent.local_ufrags().count() <= 2);
        assert!(
            agent
                .selected(now)
                .is_none_or(|path| agent.is_proven(now, path))
        );
    }
}

fn true_check(agent: &Agent, op: u8, number: u8) -> Vec<u8> {
    let ufrag = agent.local_ufrags().next().unwrap_or_default().to_owned();
    let mut request = Vec::new();
    let mut writer = Writer::new(
        Class::Request,
        METHOD_BINDING,
        TransactionId([number; 12]),
        &mut request,
    )
    .username(&format!("{ufrag}:them"))
    .priority(u32::from(number));
    writer = if op & 0x10 != 0 {
        writer.ice_controlled(1)
    } else {
        writer.ice_controlling(1)
    };
    if op & 0x20 != 0 {
        writer = writer.use_candidate();
    }
    writer.finish(Some(&HmacKey));
    request
}

/// HMAC-SHA1 by the password above, so that true checks are true.
struct HmacKey;

impl IntegrityKey for HmacKey {
    fn tag(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN] {
        engine::ice::password_tag("password", parts)
    }
}
