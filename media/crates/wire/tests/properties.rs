//! For all inputs: what is written reads back the same, and no bytes make a reader panic or run away.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wire::rtcp::report::SenderFacts;
use wire::rtcp::{self, Block, Compound, FeedbackHead, FirEntry, ReportBlock};
use wire::rtp::extension::AbsSendTime;
use wire::rtp::{Header, HeaderExtension, HeaderSpec, rtx};
use wire::{ExtSeq, RtpTime, SeqNo, SeqUnwrapper, Ssrc};

fn only(packet: &[u8]) -> Block<'_> {
    let mut blocks = Compound::new(packet);
    let block = blocks.next().unwrap().unwrap();
    assert!(blocks.next().is_none());
    block
}

prop_compose! {
    fn report_block()(
        (ssrc, fraction_lost, packets_lost) in (any::<u32>(), any::<u8>(), -0x80_0000..0x80_0000i32),
        (highest_seq, jitter, last_sr, delay) in any::<(u32, u32, u32, u32)>(),
    ) -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(ssrc), fraction_lost, packets_lost, highest_seq, jitter, last_sr, delay_since_last_sr: delay,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rtp_headers(
        (marker, payload_type, seq, time, ssrc) in (any::<bool>(), 0u8..128, any::<u16>(), any::<u32>(), any::<u32>()),
        csrcs in vec(any::<u32>(), 0..16),
        elements in vec((1u8..=255, vec(any::<u8>(), 0..40)), 0..6),
        payload in vec(any::<u8>(), 0..50),
        padding in 0u8..20,
    ) {
        let csrcs: Vec<Ssrc> = csrcs.into_iter().map(Ssrc).collect();
        let extensions: Vec<HeaderExtension<'_>> =
            elements.iter().map(|(id, value)| HeaderExtension { id: *id, value }).collect();
        let spec = HeaderSpec {
            marker, payload_type, seq: SeqNo(seq), time: RtpTime(time), ssrc: Ssrc(ssrc),
            csrcs: &csrcs, extensions: &extensions,
        };
        let mut packet = vec![9];
        prop_assert_eq!(spec.append(&mut packet).unwrap(), spec.encoded_len());
        let mut packet = packet.split_off(1);
        packet.extend_from_slice(&payload);
        if padding > 0 {
            packet[0] |= 0x20;
            packet.extend(std::iter::repeat_n(0, usize::from(padding) - 1));
            packet.push(padding);
        }
        let header = Header::parse(&packet).unwrap();
        prop_assert_eq!((header.marker, header.payload_type), (marker, payload_type));
        prop_assert_eq!((header.seq.0, header.time.0, header.ssrc.0), (seq, time, ssrc));
        prop_assert_eq!(header.header_len, spec.encoded_len());
        prop_assert_eq!(&header.csrcs(&packet).collect::<Vec<_>>(), &csrcs);
        prop_assert_eq!(&header.extensions(&packet).collect::<Vec<_>>(), &extensions);
        prop_assert_eq!(header.payload(&packet).unwrap(), &payload[..]);
        let mut short = vec![0; spec.encoded_len() - 1];
        prop_assert!(spec.write(&mut short).is_err());
    }

    #[test]
    fn reports(facts in any::<(u32, u64, u32, u32, u32)>(), blocks in vec(report_block(), 0..40)) {
        let (ssrc, ntp, time, packets, octets) = facts;
        let facts = SenderFacts { ssrc: Ssrc(ssrc), ntp, time: RtpTime(time), packets, octets };
        let fitting = &blocks[..blocks.len().min(31)];
        let mut packet = Vec::new();
        rtcp::append_sender_report(&facts, &blocks, &mut packet);
        match only(&packet) {
            Block::SenderReport(sr) => {
                prop_assert_eq!(sr.facts, facts);
                prop_assert_eq!(sr.blocks().collect::<Vec<_>>(), fitting);
            }
            other => prop_assert!(false, "{other:?}"),
        }
        packet.clear();
        rtcp::append_receiver_report(Ssrc(ssrc), &blocks, &mut packet);
        match only(&packet) {
            Block::ReceiverReport(rr) => prop_assert_eq!(rr.blocks().collect::<Vec<_>>(), fitting),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn descriptions(ssrc in any::<u32>(), cname in "[ -~]{0,255}", leaving in vec(any::<u32>(), 0..32)) {
        let mut packet = Vec::new();
        rtcp::append_sdes_cname(Ssrc(ssrc), &cname, &mut packet);
        match only(&packet) {
            Block::Sdes(sdes) => {
                prop_assert_eq!(sdes.cnames().collect::<Vec<_>>(), vec![(Ssrc(ssrc), cname.as_bytes())]);
            }
            other => prop_assert!(false, "{other:?}"),
        }
        let leaving: Vec<Ssrc> = leaving.into_iter().map(Ssrc).collect();
        packet.clear();
        rtcp::append_bye(&leaving, &mut packet);
        match only(&packet) {
            Block::Bye(bye) => prop_assert_eq!(bye.sources().collect::<Vec<_>>(), &leaving[..leaving.len().min(31)]),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn nacks(start in any::<u16>(), steps in vec(1u16..40, 1..200)) {
        let mut seq = SeqNo(start);
        let missing: Vec<SeqNo> = steps.into_iter().map(|step| { seq = seq.plus(step); seq }).collect();
        let mut packet = Vec::new();
        rtcp::append_nack(Ssrc(1), Ssrc(2), &missing, &mut packet);
        match only(&packet) {
            Block::Nack(nack) => prop_assert_eq!(nack.missing().collect::<Vec<_>>(), missing),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn nacks_of_any_order_ask_for_the_same(missing in vec(any::<u16>(), 1..100)) {
        let mut packet = Vec::new();
        let wanted: Vec<SeqNo> = missing.iter().copied().map(SeqNo).collect();
        rtcp::append_nack(Ssrc(1), Ssrc(2), &wanted, &mut packet);
        let asked: std::collections::BTreeSet<u16> = match only(&packet) {
            Block::Nack(nack) => nack.missing().map(|seq| seq.0).collect(),
            _ => Default::default(),
        };
        prop_assert_eq!(asked, missing.into_iter().collect());
    }

    #[test]
    fn remb_rounds_down(bitrate_bps in any::<u64>(), sources in vec(any::<u32>(), 0..10)) {
        let sources: Vec<Ssrc> = sources.into_iter().map(Ssrc).collect();
        let mut packet = Vec::new();
        rtcp::append_remb(Ssrc(1), bitrate_bps, &sources, &mut packet);
        match only(&packet) {
            Block::Remb(remb) => {
                prop_assert!(remb.bitrate_bps <= bitrate_bps);
                prop_assert!(bitrate_bps - remb.bitrate_bps <= bitrate_bps >> 17);
                prop_assert_eq!(remb.sources().collect::<Vec<_>>(), sources);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn picture_requests(sender in any::<u32>(), media in any::<u32>(), number in any::<u8>()) {
        let mut packet = Vec::new();
        rtcp::append_pli(Ssrc(sender), Ssrc(media), &mut packet);
        prop_assert!(matches!(only(&packet), Block::Pli(pli) if pli.sender.0 == sender && pli.media.0 == media));
        packet.clear();
        let entry = FirEntry { media: Ssrc(media), number };
        rtcp::append_fir(Ssrc(sender), entry, &mut packet);
        match only(&packet) {
            Block::Fir(fir) => prop_assert_eq!(fir.entries().collect::<Vec<_>>(), vec![entry]),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// Whatever arrives in whatever order: all of it is told, once, at the time it came (to a tick).
    #[test]
    fn transport_feedback(
        base in any::<u16>(),
        start_us in 0u64..(1 << 40),
        gaps in vec(option::weighted(0.7, 0u64..40_000), 1..900),
        jump_at in 0usize..900,
        jump_us in prop_oneof![Just(0u64), 7_000_000u64..20_000_000],
    ) {
        let mut now = start_us;
        let arrivals: Vec<Option<u64>> = gaps.iter().enumerate().map(|(at, gap)| {
            if at == jump_at { now += jump_us; }
            // Half of it back and forth: deltas of both signs.
            gap.map(|gap| { now = (now + gap).saturating_sub(20_000 * (gap % 2)); now })
        }).collect();
        let mut told = Vec::new();
        let mut rest = &arrivals[..];
        let mut seq = SeqNo(base);
        while !rest.is_empty() {
            let mut packet = Vec::new();
            let head = FeedbackHead { sender: Ssrc(1), media: Ssrc(2), feedback_count: 0 };
            let progress = rtcp::append_transport_feedback(head, seq, rest, &mut packet);
            prop_assert!(progress.statuses > 0 && packet.len() <= rtcp::twcc::MESSAGE_LEN_MAX + 4);
            prop_assert_eq!(progress.written, !packet.is_empty());
            if progress.written {
                let Block::TransportFeedback(feedback) = only(&packet) else { panic!("not feedback") };
                prop_assert_eq!(usize::from(feedback.count), progress.statuses);
                let wrap_us = (1u64 << 24) * rtcp::twcc::REFERENCE_US;
                for status in feedback.packets() {
                    told.push((status.seq, status.arrival_us.map(|us| us.rem_euclid(wrap_us as i64) as u64)));
                }
            } else {
                told.extend((0..progress.statuses).map(|n| (seq.plus(n as u16), None)));
            }
            rest = &rest[progress.statuses..];
            seq = seq.plus(progress.statuses as u16);
        }
        let wrap_us = (1u64 << 24) * rtcp::twcc::REFERENCE_US;
        let expected: Vec<_> = arrivals.iter().enumerate()
            .map(|(n, us)| (SeqNo(base).plus(n as u16), us.map(|us| us / 250 * 250 % wrap_us)))
            .collect();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn retransmissions(osn in any::<u16>(), original in vec(any::<u8>(), 1..50)) {
        let mut payload = Vec::new();
        rtx::append(SeqNo(osn), &original, &mut payload);
        prop_assert_eq!(rtx::parse(&payload), Some((SeqNo(osn), &original[..])));
        let mut room = vec![0; payload.len()];
        prop_assert_eq!(rtx::write(SeqNo(osn), &original, &mut room), Ok(payload.len()));
        prop_assert_eq!(room, payload);
    }

    #[test]
    fn send_times_differ_as_they_should(time_us in 0u64..(1 << 50), later_us in 0u64..31_000_000) {
        let apart = AbsSendTime::from_us(time_us + later_us).us_since(AbsSendTime::from_us(time_us));
        prop_assert!((apart - later_us as i64).abs() <= 8, "{apart} for {later_us}");
    }

    #[test]
    fn unwrapping_follows_small_steps(start in any::<u16>(), steps in vec(-1000i64..3000, 1..200)) {
        let mut unwrapper = SeqUnwrapper::new();
        let first = unwrapper.unwrap(SeqNo(start));
        let (mut at, mut newest) = (first.0 as i64, first.0 as i64);
        for step in steps {
            at = newest + step;
            let ext = unwrapper.unwrap(SeqNo(at as u16));
            prop_assert_eq!(ext, ExtSeq(at as u64));
            newest = newest.max(at);
        }
        prop_assert!(at >= 0);
    }
}
