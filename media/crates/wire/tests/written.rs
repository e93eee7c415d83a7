//! What we write, for other programs to read: `tests/vectors/wire/by_homeroom.json` holds it, and this test keeps the file
//! true. `HOMEROOM_WRITE_VECTORS=1` writes it anew. `tests/vectors/test_wire.py` shows it to aiortc, aioice and tshark.

mod support;

use serde_json::{Value, json};
use support::{Password, folder, to_hex};
use wire::rtcp::report::SenderFacts;
use wire::rtcp::{self, FeedbackHead, FirEntry, ReportBlock};
use wire::rtp::extension::{AbsSendTime, AudioLevel, transport_cc};
use wire::rtp::{HeaderExtension, HeaderSpec};
use wire::stun::{Class, METHOD_BINDING, TransactionId, Writer};
use wire::{RtpTime, SeqNo, Ssrc};

fn rtp_cases(cases: &mut Vec<Value>) {
    let sequence = transport_cc::encode(SeqNo(0xfffe));
    let sent = AbsSendTime::from_us(63_500_000).encode();
    let level = AudioLevel {
        voice: true,
        level: 33,
    }
    .encode();
    let long = [7u8; 17];
    let mixed = [
        HeaderExtension {
            id: 3,
            value: &sequence,
        },
        HeaderExtension {
            id: 2,
            value: &sent,
        },
        HeaderExtension {
            id: 1,
            value: &level,
        },
        HeaderExtension {
            id: 4,
            value: b"v1",
        },
    ];
    let two_byte = [
        HeaderExtension {
            id: 15,
            value: b"q",
        },
        HeaderExtension {
            id: 5,
            value: &long,
        },
    ];
    let csrcs = [Ssrc(0xdead_beef), Ssrc(1)];
    for (extensions, csrcs) in [
        (&[][..], &[][..]),
        (&mixed[..], &[][..]),
        (&two_byte[..], &csrcs[..]),
    ] {
        let spec = HeaderSpec {
            marker: extensions.len() == 4,
            payload_type: 96,
            seq: SeqNo(65535),
            time: RtpTime(0xffff_fff0),
            ssrc: Ssrc(0x8000_0001),
            csrcs,
            extensions,
        };
        let mut packet = Vec::new();
        spec.append(&mut packet).unwrap();
        assert_eq!(packet.len(), spec.encoded_len());
        packet.extend_from_slice(b"payload");
        cases.push(json!({
            "kind": "rtp", "hex": to_hex(&packet), "marker": spec.marker, "payload_type": 96, "seq": 65535,
            "time": 0xffff_fff0u32, "ssrc": 0x8000_0001u32, "payload": to_hex(b"payload"),
            "csrcs": csrcs.iter().map(|csrc| csrc.0).collect::<Vec<_>>(),
            "extensions": extensions.iter().map(|e| json!([e.id, to_hex(e.value)])).collect::<Vec<_>>(),
        }));
    }
}

fn rtcp_cases(cases: &mut Vec<Value>) {
    let block = ReportBlock {
        ssrc: Ssrc(7),
        fraction_lost: 12,
        packets_lost: -3,
        highest_seq: 0x10005,
        jitter: 99,
        last_sr: 0xaabb_ccdd,
        delay_since_last_sr: 65536,
    };
    let told = json!([7, 12, -3, 0x10005, 99, 0xaabb_ccddu32, 65536]);
    let facts = SenderFacts {
        ssrc: Ssrc(1),
        ntp: 0xe000_0000_8000_0000,
        time: RtpTime(90000),
        packets: 5,
        octets: 6000,
    };
    let mut push = |says: Value, write: &dyn Fn(&mut Vec<u8>)| {
        let mut packet = Vec::new();
        write(&mut packet);
        cases.push(json!({"kind": "rtcp", "hex": to_hex(&packet), "says": says}));
    };
    push(
        json!([
            ["sr", 1, facts.ntp, 90000, 5, 6000, [told, told]],
            ["sdes", [[1, "a-cname/1"]]]
        ]),
        &|out| {
            rtcp::append_sender_report(&facts, &[block, block], out);
            rtcp::append_sdes_cname(Ssrc(1), "a-cname/1", out);
        },
    );
    push(json!([["rr", 2, [told]]]), &|out| {
        rtcp::append_receiver_report(Ssrc(2), &[block], out)
    });
    push(json!([["rr", 2, []], ["sdes", [[2, "abc"]]]]), &|out| {
        rtcp::append_receiver_report(Ssrc(2), &[], out);
        rtcp::append_sdes_cname(Ssrc(2), "abc", out);
    });
    push(json!([["bye", [1, 2]]]), &|out| {
        rtcp::append_bye(&[Ssrc(1), Ssrc(2)], out)
    });
    let missing = [5u16, 6, 21, 22, 1000, 65535];
    push(json!([["nack", 3, 4, missing]]), &|out| {
        rtcp::append_nack(Ssrc(3), Ssrc(4), &missing.map(SeqNo), out);
    });
    push(json!([["pli", 5, 6], ["fir", 5, [[6, 9]]]]), &|out| {
        rtcp::append_pli(Ssrc(5), Ssrc(6), out);
        rtcp::append_fir(
            Ssrc(5),
            FirEntry {
                media: Ssrc(6),
                number: 9,
            },
            out,
        );
    });
    push(json!([["remb", 8, 1_500_000, [11, 12]]]), &|out| {
        rtcp::append_remb(Ssrc(8), 1_500_000, &[Ssrc(11), Ssrc(12)], out);
    });
}

fn feedback_cases(cases: &mut Vec<Value>) {
    let steady: Vec<Option<u64>> = (0..40).map(|n| Some(5_000_000 + n * 5_000)).collect();
    let lossy: Vec<Option<u64>> = (0..60)
        .map(|n| (n % 3 != 1).then_some(64_000 * 77 + n * 2_250))
        .collect();
    let late = vec![
        Some(900_000),
        None,
        Some(1_200_000),
        Some(1_199_000),
        None,
        None,
        Some(1_300_250),
    ];
    let gap: Vec<Option<u64>> = (0..300)
        .map(|n| (!(3..=295).contains(&n)).then_some(1_000 * n))
        .collect();
    for (base, arrivals) in [(10u16, steady), (65500, lossy), (65533, late), (1, gap)] {
        let mut packet = Vec::new();
        let head = FeedbackHead {
            sender: Ssrc(1),
            media: Ssrc(2),
            feedback_count: 42,
        };
        let progress = rtcp::append_transport_feedback(head, SeqNo(base), &arrivals, &mut packet);
        assert_eq!(
            (progress.statuses, progress.written),
            (arrivals.len(), true)
        );
        let ticks: Vec<u64> = arrivals.iter().flatten().map(|us| us / 250).collect();
        let reference = arrivals.iter().flatten().next().unwrap() / 64_000;
        let mut previous = reference * 256;
        let deltas: Vec<i64> = ticks
            .iter()
            .map(|&tick| {
                let delta = tick as i64 - previous as i64;
                previous = tick;
                delta
            })
            .collect();
        cases.push(json!({
            "kind": "twcc", "hex": to_hex(&packet), "base": base, "count": arrivals.len(), "reference": reference,
            "feedback_count": 42, "received": arrivals.iter().map(Option::is_some).collect::<Vec<_>>(),
            "deltas_ticks": deltas,
        }));
    }
}

fn stun_cases(cases: &mut Vec<Value>) {
    let key = "a password of 24 letters";
    let transaction = TransactionId(*b"transaction!");
    for address in [
        "192.0.2.1:32853",
        "[2001:db8::77]:9",
        "[::ffff:10.0.0.1]:5000",
    ] {
        let mut packet = Vec::new();
        let address: std::net::SocketAddr = address.parse().unwrap();
        Writer::new(Class::Success, METHOD_BINDING, transaction, &mut packet)
            .xor_mapped_address(address)
            .finish(Some(&Password(key.into())));
        let told = json!({"XOR-MAPPED-ADDRESS": [address.ip().to_canonical().to_string(), address.port()]});
        cases.push(json!({"kind": "stun", "hex": to_hex(&packet), "key": key, "attributes": told}));
    }
    let mut packet = Vec::new();
    Writer::new(Class::Error, METHOD_BINDING, transaction, &mut packet)
        .error_code(487, "Role Conflict")
        .finish(Some(&Password(key.into())));
    let told = json!({"ERROR-CODE": [487, "Role Conflict"]});
    cases.push(json!({"kind": "stun", "hex": to_hex(&packet), "key": key, "attributes": told}));
    let mut packet = Vec::new();
    Writer::new(Class::Request, METHOD_BINDING, transaction, &mut packet)
        .username("ours:them")
        .priority(77)
        .ice_controlling(5)
        .use_candidate()
        .finish(Some(&Password(key.into())));
    let told = json!({"USERNAME": "ours:them", "PRIORITY": 77, "ICE-CONTROLLING": 5, "USE-CANDIDATE": null});
    cases.push(json!({"kind": "stun", "hex": to_hex(&packet), "key": key, "attributes": told}));
}

#[test]
fn the_committed_file_is_what_we_write() {
    let mut cases = Vec::new();
    rtp_cases(&mut cases);
    rtcp_cases(&mut cases);
    feedback_cases(&mut cases);
    stun_cases(&mut cases);
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let note = "Written by crates/wire/tests/written.rs. Witness: aiortc, aioice and tshark, see tests/vectors/test_wire.py.";
    let text = format!(
        "{{\"note\": \"{note}\",\n\"cases\": [\n{}\n]}}\n",
        lines.join(",\n")
    );
    let path = folder().join("by_homeroom.json");
    if std::env::var_os("HOMEROOM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
