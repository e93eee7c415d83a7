//! What other programs wrote, read by us. Origin and witness of each file stand in it and in `tests/vectors/README.md`.

mod support;

use serde_json::{Value, json};
use support::{Password, cases, hex, number, to_hex};
use wire::codec::{h264, opus, vp8};
use wire::rtcp::{self, Block, Compound, FeedbackHead, ReportBlock};
use wire::rtp::{Header, rtx};
use wire::stun::{Class, Message};

#[test]
fn rtp_by_aiortc() {
    for case in cases("rtp_by_aiortc.json") {
        let packet = hex(&case["hex"]);
        let header = Header::parse(&packet).unwrap();
        let csrcs: Vec<u32> = header.csrcs(&packet).map(|csrc| csrc.0).collect();
        let extensions: Vec<Value> = header
            .extensions(&packet)
            .map(|element| json!([element.id, to_hex(element.value)]))
            .collect();
        assert_eq!(header.marker, case["marker"]);
        assert_eq!(header.payload_type, case["payload_type"]);
        assert_eq!(header.seq.0, case["seq"]);
        assert_eq!(header.time.0, case["time"]);
        assert_eq!(header.ssrc.0, case["ssrc"]);
        assert_eq!(json!(csrcs), case["csrcs"]);
        assert_eq!(json!(extensions), case["extensions"]);
        assert_eq!(to_hex(header.payload(&packet).unwrap()), case["payload"]);
    }
}

fn told(report: ReportBlock) -> Value {
    json!([
        report.ssrc.0,
        report.fraction_lost,
        report.packets_lost,
        report.highest_seq,
        report.jitter,
        report.last_sr,
        report.delay_since_last_sr
    ])
}

fn say(block: Block<'_>) -> Value {
    match block {
        Block::SenderReport(sr) => {
            let f = sr.facts;
            json!([
                "sr",
                f.ssrc.0,
                f.ntp,
                f.time.0,
                f.packets,
                f.octets,
                sr.blocks().map(told).collect::<Vec<_>>()
            ])
        }
        Block::ReceiverReport(rr) => {
            json!(["rr", rr.ssrc.0, rr.blocks().map(told).collect::<Vec<_>>()])
        }
        Block::Sdes(sdes) => {
            let cnames = sdes
                .cnames()
                .map(|(ssrc, cname)| json!([ssrc.0, String::from_utf8_lossy(cname)]));
            json!(["sdes", cnames.collect::<Vec<_>>()])
        }
        Block::Bye(bye) => json!(["bye", bye.sources().map(|ssrc| ssrc.0).collect::<Vec<_>>()]),
        Block::Nack(nack) => {
            json!([
                "nack",
                nack.sender.0,
                nack.media.0,
                nack.missing().map(|seq| seq.0).collect::<Vec<_>>()
            ])
        }
        Block::Pli(pli) => json!(["pli", pli.sender.0, pli.media.0]),
        Block::Fir(fir) => {
            let entries = fir
                .entries()
                .map(|entry| json!([entry.media.0, entry.number]));
            json!(["fir", fir.sender.0, entries.collect::<Vec<_>>()])
        }
        Block::Remb(remb) => {
            let sources: Vec<u32> = remb.sources().map(|ssrc| ssrc.0).collect();
            json!(["remb", remb.sender.0, remb.bitrate_bps, sources])
        }
        Block::TransportFeedback(_) | Block::Other { .. } => json!(["unexpected"]),
    }
}

#[test]
fn rtcp_by_aiortc() {
    for case in cases("rtcp_by_aiortc.json") {
        let said: Vec<Value> = Compound::new(&hex(&case["hex"]))
            .map(|block| say(block.unwrap()))
            .collect();
        assert_eq!(json!(said), case["says"]);
    }
}

#[test]
fn stun_of_rfc_5769() {
    for case in cases("stun_rfc5769.json") {
        check_stun(&case);
    }
}

#[test]
fn stun_by_aioice() {
    for case in cases("stun_by_aioice.json") {
        check_stun(&case);
    }
}

fn check_stun(case: &Value) {
    let bytes = hex(&case["hex"]);
    let message = Message::parse(&bytes).unwrap();
    assert!(message.fingerprint);
    assert!(message.has_integrity_by(&Password(case["key"].as_str().unwrap().as_bytes().to_vec())));
    assert!(!message.has_integrity_by(&Password(b"another".to_vec())));
    assert_eq!(message.class == Class::Request, case["class"] == "request");
    assert_eq!(message.method, 1);
    let told = &case["attributes"];
    assert_eq!(message.username, told["USERNAME"].as_str());
    assert_eq!(message.priority.map(u64::from), told["PRIORITY"].as_u64());
    assert_eq!(message.ice_controlling, told["ICE-CONTROLLING"].as_u64());
    assert_eq!(message.ice_controlled, told["ICE-CONTROLLED"].as_u64());
    assert_eq!(message.use_candidate, told.get("USE-CANDIDATE").is_some());
    if let Some(address) = told["XOR-MAPPED-ADDRESS"].as_array() {
        let seen = message.xor_mapped_address.unwrap();
        assert_eq!(seen.ip().to_string(), address[0].as_str().unwrap());
        assert_eq!(u64::from(seen.port()), number(&address[1]));
    }
    assert!(message.unknown_required().is_empty());
    // The four bytes left out are the head of FINGERPRINT itself, which can become another attribute.
    let covered = (0..bytes.len() - 8).chain(bytes.len() - 4..bytes.len());
    for at in covered {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let refused = Message::parse(&damaged).is_err();
        assert!(refused, "the fingerprint covers byte {at}");
    }
}

#[test]
fn vp8_by_libvpx() {
    for case in cases("vp8_by_libvpx.json") {
        let payload = hex(&case["hex"]);
        let descriptor = vp8::Descriptor::parse(&payload).unwrap();
        assert_eq!(
            json!(descriptor.picture_id.map(|id| id.value)),
            case["picture_id"]
        );
        assert_eq!(descriptor.starts_frame(), case["starts_frame"]);
        assert_eq!(
            descriptor.starts_keyframe(&payload),
            case["starts_keyframe"]
        );
        assert_eq!(
            json!(descriptor.size(&payload).map(|(w, h)| [w, h])),
            case["size"]
        );
        if case.get("tid").is_some() {
            let tid = descriptor
                .temporal
                .map(|tid| [tid, u8::from(descriptor.layer_sync)]);
            assert_eq!(json!(tid), case["tid"]);
            assert_eq!(json!(descriptor.tl0_pic_idx), case["tl0_pic_idx"]);
            assert_eq!(json!(descriptor.key_idx), case["key_idx"]);
        }
    }
}

#[test]
fn h264_by_x264() {
    for case in cases("h264_by_x264.json") {
        let nals = h264::Nals::parse(&hex(&case["hex"])).unwrap();
        assert_eq!(nals.starts_keyframe(), case["starts_keyframe"]);
        assert_eq!(nals.idr || nals.sps || nals.pps, case["keyframe"]);
    }
}

#[test]
fn opus_by_libopus() {
    for case in cases("opus_by_libopus.json") {
        let toc = opus::Toc::parse(&hex(&case["hex"])).unwrap();
        assert_eq!(toc.duration_us(), case["duration_us"]);
        assert_eq!(toc.stereo, case["stereo"]);
        assert!(!toc.dtx);
    }
}

#[test]
fn rtp_by_chromium() {
    let (mut key_frames, mut probes, mut repairs) = (0, 0, 0);
    for case in cases("chromium_plain.json")
        .iter()
        .filter(|case| case["kind"] == "rtp")
    {
        let packet = hex(&case["hex"]);
        let header = Header::parse(&packet).unwrap();
        let extensions: Vec<Value> = header
            .extensions(&packet)
            .map(|element| json!([element.id, to_hex(element.value)]))
            .collect();
        assert_eq!(header.marker, case["marker"]);
        assert_eq!(header.payload_type, case["payload_type"]);
        assert_eq!(header.seq.0, case["seq"]);
        assert_eq!(header.time.0, case["time"]);
        assert_eq!(header.ssrc.0, case["ssrc"]);
        assert_eq!(json!(extensions), case["extensions"]);
        let payload = header.payload(&packet).unwrap();
        assert_eq!(payload.len() as u64, number(&case["payload_len"]));
        // Chromium's own numbers: Opus is 111, VP8 is 96 and its RTX is 97.
        match header.payload_type {
            111 => assert_eq!(opus::Toc::parse(payload).unwrap().duration_us(), 20_000),
            _ if payload.is_empty() => probes += 1,
            97 => {
                let (_, original) = rtx::parse(payload).unwrap();
                vp8::Descriptor::parse(original).unwrap();
                repairs += 1;
            }
            _ => {
                let descriptor = vp8::Descriptor::parse(payload).unwrap();
                assert!(descriptor.picture_id.is_some_and(|id| id.wide));
                key_frames += usize::from(descriptor.size(payload) == Some((640, 480)));
            }
        }
    }
    assert!(key_frames > 0 && probes > 0 && repairs > 0);
}

#[test]
fn rtcp_by_chromium() {
    for case in cases("chromium_plain.json")
        .iter()
        .filter(|case| case["kind"] == "rtcp")
    {
        let datagram = hex(&case["hex"]);
        let blocks: Vec<Block<'_>> = Compound::new(&datagram)
            .map(|block| block.unwrap())
            .collect();
        assert_eq!(blocks.len(), case["types"].as_array().unwrap().len());
        for (block, packet_type) in blocks.iter().zip(case["types"].as_array().unwrap()) {
            match (block, number(packet_type)) {
                (Block::SenderReport(sr), 200) => assert!(sr.facts.packets > 0),
                (Block::ReceiverReport(rr), 201) => assert!(rr.blocks().count() > 0),
                (Block::Sdes(sdes), 202) => assert_eq!(sdes.cnames().next().unwrap().1.len(), 16),
                (Block::TransportFeedback(feedback), 205) => check_feedback(feedback, case),
                (
                    Block::Other {
                        packet_type: 207, ..
                    },
                    207,
                ) => {}
                (other, packet_type) => panic!("{other:?} for {packet_type}"),
            }
        }
    }
}

/// tshark agrees, and when we tell of the same arrivals, the message is no longer than Chromium's.
fn check_feedback(feedback: &rtcp::TransportFeedback<'_>, case: &Value) {
    assert_eq!(feedback.base.0, case["base"]);
    assert_eq!(feedback.count, case["count"]);
    assert_eq!(feedback.reference, case["reference"]);
    assert_eq!(feedback.feedback_count, case["feedback_count"]);
    let deltas: Vec<i16> = feedback
        .packets()
        .filter_map(|packet| packet.delta_ticks)
        .collect();
    assert_eq!(json!(deltas), case["deltas_ticks"]);
    let arrivals: Vec<Option<u64>> = feedback
        .packets()
        .map(|packet| packet.arrival_us.map(|us| us as u64))
        .collect();
    let head = FeedbackHead {
        sender: feedback.sender,
        media: feedback.media,
        feedback_count: feedback.feedback_count,
    };
    let mut ours = Vec::new();
    rtcp::append_transport_feedback(head, feedback.base, &arrivals, &mut ours);
    assert!(ours.len() <= hex(&case["hex"]).len());
    let Some(Ok(Block::TransportFeedback(again))) = Compound::new(&ours).next() else {
        panic!("not feedback");
    };
    assert!(again.packets().eq(feedback.packets()));
}
