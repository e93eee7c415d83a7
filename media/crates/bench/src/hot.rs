//! The hot functions by themselves, for instruction counts: each is one function that is not inlined, so that callgrind can
//! collect in it alone.

use std::hint::black_box;

use engine::srtp::{Sealer, contexts};
use wire::rtcp::report::{SenderFacts, append_sender_report};
use wire::rtcp::twcc::{FeedbackHead, append_transport_feedback};
use wire::rtcp::{Block, Compound, append_sdes_cname};
use wire::rtp::{HeaderExtension, HeaderSpec};
use wire::{ExtSeq, RtpTime, SeqNo, Ssrc};

use crate::path::World;
use crate::scene::{Seat, TRANSPORT_CC_ID, VIDEO_TYPE};

const ROUNDS: u64 = 200;
const SUBSCRIBERS: u32 = 100;

/// `hot NAME`: so many rounds of it; how many rounds there were.
pub fn run(arguments: &[&str]) -> Result<i32, String> {
    match arguments.first().copied() {
        Some("header_and_seal_1200") => seal(1200),
        Some("header_and_seal_120") => seal(120),
        Some("fan_out_to_100") => fan_out()?,
        Some("parse_rtcp") => parse_rtcp(),
        _ => {
            return Err(
                "header_and_seal_1200, header_and_seal_120, fan_out_to_100, parse_rtcp".into(),
            );
        }
    }
    crate::serve::say(&format!("{{\"rounds\":{ROUNDS}}}"));
    Ok(0)
}

fn seal(len: usize) {
    let (mut sealer, _) = contexts(&Seat::subscriber(0).keys().0)
        .unwrap_or_else(|_| panic!("made keys fit their profile"));
    let payload = vec![7; len - 36];
    let mut out = Vec::with_capacity(2048);
    for index in 0..ROUNDS {
        out.clear();
        header_and_seal(&mut sealer, index, &payload, &mut out);
    }
}

#[inline(never)]
fn header_and_seal(sealer: &mut Sealer, index: u64, payload: &[u8], out: &mut Vec<u8>) {
    let spec = HeaderSpec {
        marker: false,
        payload_type: VIDEO_TYPE,
        seq: SeqNo(index as u16),
        time: RtpTime(90),
        ssrc: Ssrc(7),
        csrcs: &[],
        extensions: &[HeaderExtension {
            id: TRANSPORT_CC_ID,
            value: &[0, 1],
        }],
    };
    let Ok(header_len) = spec.append(out) else {
        return;
    };
    out.extend_from_slice(payload);
    let sealed = sealer.seal_rtp(ExtSeq(index), header_len, out, 0);
    assert_eq!(sealed, Ok(()), "numbers go up");
}

fn fan_out() -> Result<(), String> {
    let mut world = World::new(SUBSCRIBERS).map_err(|error| error.to_string())?;
    let mut first = world.frame();
    world.forward(&mut first);
    for _ in 0..ROUNDS / 5 {
        for packet in world.frame().chunks_mut(1) {
            assert_eq!(world.forward(packet), SUBSCRIBERS as usize);
        }
    }
    Ok(())
}

fn parse_rtcp() {
    let mut compound = Vec::new();
    let facts = SenderFacts {
        ssrc: Ssrc(1),
        ntp: 1 << 40,
        time: RtpTime(1),
        packets: 1,
        octets: 1,
    };
    append_sender_report(&facts, &[], &mut compound);
    append_sdes_cname(Ssrc(1), "cname", &mut compound);
    let head = FeedbackHead {
        sender: Ssrc(1),
        media: Ssrc(2),
        feedback_count: 0,
    };
    let arrivals: Vec<Option<u64>> = (0..20u64)
        .map(|packet| (packet % 7 != 3).then_some(packet * 1000))
        .collect();
    append_transport_feedback(head, SeqNo(9), &arrivals, &mut compound);
    for _ in 0..ROUNDS {
        black_box(parse(black_box(&compound)));
    }
}

/// Sender report, CNAME and transport-wide feedback of 20 packets.
#[inline(never)]
fn parse(compound: &[u8]) -> u64 {
    let mut sum = 0;
    for block in Compound::new(compound).flatten() {
        sum += match block {
            Block::SenderReport(report) => report.facts.ntp,
            Block::TransportFeedback(feedback) => {
                feedback.packets().filter_map(|one| one.arrival_us).count() as u64
            }
            _ => 1,
        };
    }
    sum
}
