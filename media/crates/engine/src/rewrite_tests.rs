//! The running numbers of a Slot, tried on hand-made packets.

use wire::codec::vp8;

use super::*;

const TEMPORAL_MAX: u8 = 3;

fn source(layer: u8) -> Source {
    Source {
        at: 0,
        track: TrackKey(1),
        layer,
        epoch: 0,
    }
}

/// A VP8 payload with 15-bit picture id, TL0PICIDX and TID (RFC 7741 section 4.2).
fn payload(first: bool, key: bool, picture: u16, tl0: u8, tid: u8, sync: bool) -> Vec<u8> {
    let mut bytes = vec![0x80 | (u8::from(first) << 4), 0xe0];
    bytes.extend_from_slice(&(picture | 0x8000).to_be_bytes());
    bytes.extend_from_slice(&[tl0, (tid << 6) | (u8::from(sync) << 5)]);
    bytes.extend_from_slice(&[u8::from(!key), 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]);
    bytes
}

struct Frames {
    seq: u64,
    time: u32,
    picture: u16,
    tl0: u8,
}

impl Frames {
    fn frame(&mut self, packets: u64, key: bool, tid: u8, sync: bool) -> Vec<Cached> {
        self.time = self.time.wrapping_add(3000);
        self.picture = (self.picture + 1) & 0x7fff;
        self.tl0 = self.tl0.wrapping_add(u8::from(tid == 0));
        (0..packets)
            .map(|at| {
                let payload = payload(at == 0, key, self.picture, self.tl0, tid, sync);
                self.seq += 1;
                Cached {
                    seq: ExtSeq(self.seq),
                    time: RtpTime(self.time),
                    arrival: Mono(0),
                    marker: at + 1 == packets,
                    shape: Shape::of(crate::api::CodecName::Vp8, &payload),
                    payload,
                }
            })
            .collect()
    }
}

fn sent(step: Step) -> Rewritten {
    match step {
        Step::Send(rewritten) => rewritten,
        other => panic!("{other:?}"),
    }
}

fn rewritten_ids(packet: &Cached, rewritten: &Rewritten) -> (u16, u8) {
    let mut payload = packet.payload.clone();
    let Ok(descriptor) = vp8::Descriptor::parse(&payload) else {
        panic!("descriptor")
    };
    descriptor.rewrite(&mut payload, rewritten.picture, rewritten.tl0);
    let Ok(read) = vp8::Descriptor::parse(&payload) else {
        panic!("descriptor")
    };
    (
        read.picture_id.map_or(0, |id| id.value),
        read.tl0_pic_idx.unwrap_or(0),
    )
}

#[test]
fn sequence_time_and_picture_ids_run_on_over_a_switch() {
    let mut rewriter = Rewriter::new(90_000, 100, u32::MAX - 4000, true);
    let mut low = Frames {
        seq: 70_000,
        time: 5,
        picture: 0x7ffd,
        tl0: 254,
    };
    let mut high = Frames {
        seq: 900,
        time: 1 << 31,
        picture: 3,
        tl0: 7,
    };
    let mut ids = Vec::new();
    let mut numbers = Vec::new();
    let mut times: Vec<RtpTime> = Vec::new();
    let mut now = 0;
    for frame in 0..12 {
        now += 33_000;
        let packets = if frame < 6 {
            low.frame(2, frame == 0, 0, false)
        } else {
            high.frame(3, frame == 6, 0, false)
        };
        if frame % 6 == 0 {
            rewriter.switch(
                source(frame / 6),
                &packets[0],
                None,
                TEMPORAL_MAX,
                Mono(now),
            );
        }
        for packet in &packets {
            let rewritten = sent(rewriter.place(packet, TEMPORAL_MAX, Mono(now)));
            numbers.push(rewritten.number);
            ids.push(rewritten_ids(packet, &rewritten));
            times.push(rewritten.time);
        }
    }
    assert_eq!(numbers, (101..101 + 30).collect::<Vec<_>>());
    ids.dedup();
    assert_eq!(ids.len(), 12);
    for pair in ids.windows(2) {
        assert_eq!(pair[1].0, (pair[0].0 + 1) & 0x7fff);
        assert_eq!(pair[1].1, pair[0].1.wrapping_add(1));
    }
    times.dedup();
    assert_eq!(times.len(), 12);
    for pair in times.windows(2) {
        let step = pair[1].distance_from(pair[0]);
        assert!((2900..3100).contains(&step), "{step}");
    }
}

#[test]
fn a_dropped_temporal_layer_leaves_no_trace() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut frames = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let mut numbers = Vec::new();
    let mut pictures = Vec::new();
    for frame in 0..40u8 {
        let tid = [0, 2, 1, 2][usize::from(frame % 4)];
        let packets = frames.frame(2, frame == 0, tid, tid > 0);
        if frame == 0 {
            rewriter.switch(source(0), &packets[0], None, 1, Mono(0));
        }
        for packet in &packets {
            match rewriter.place(packet, 1, Mono(u64::from(frame) * 33_000)) {
                Step::Send(rewritten) => {
                    numbers.push(rewritten.number);
                    pictures.push(rewritten_ids(packet, &rewritten).0);
                }
                step => assert_eq!((step, tid), (Step::Drop, 2)),
            }
        }
    }
    assert_eq!(numbers, (101..101 + 40).collect::<Vec<_>>());
    pictures.dedup();
    assert!(
        pictures.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{pictures:?}"
    );
}

#[test]
fn a_late_part_of_a_dropped_frame_fills_its_number() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut frames = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let key = frames.frame(1, true, 0, false);
    let dropped = frames.frame(3, false, 2, true);
    let next = frames.frame(1, false, 0, false);
    rewriter.switch(source(0), &key[0], None, 0, Mono(0));
    assert_eq!(sent(rewriter.place(&key[0], 0, Mono(0))).number, 101);
    assert_eq!(rewriter.place(&dropped[0], 0, Mono(1)), Step::Drop);
    assert_eq!(rewriter.place(&dropped[2], 0, Mono(2)), Step::Drop);
    assert_eq!(sent(rewriter.place(&next[0], 0, Mono(3))).number, 103);
    assert!(matches!(
        rewriter.place(&dropped[1], 0, Mono(4)),
        Step::Fill(Rewritten { number: 102, .. })
    ));
    assert_eq!(rewriter.place(&dropped[1], 0, Mono(5)), Step::Refuse);
}

#[test]
fn a_frame_that_came_whole_but_late_is_sent_even_if_unwanted_now() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut frames = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let key = frames.frame(1, true, 0, false);
    let late = frames.frame(2, false, 2, true);
    let next = frames.frame(1, false, 0, false);
    rewriter.switch(source(0), &key[0], None, 0, Mono(0));
    let first = sent(rewriter.place(&key[0], 0, Mono(0)));
    let last = sent(rewriter.place(&next[0], 0, Mono(1)));
    assert_eq!((first.number, last.number), (101, 104));
    assert_eq!(last.picture, first.picture + 2);
    assert_eq!(sent(rewriter.place(&late[0], 0, Mono(2))).number, 102);
    assert_eq!(
        sent(rewriter.place(&late[1], 0, Mono(2))).picture,
        first.picture + 1
    );
}

#[test]
fn a_temporal_layer_begins_where_the_frame_says_so() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut frames = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let mut flowing = Vec::new();
    for frame in 0..12u8 {
        let allowed = if frame < 4 { 0 } else { 1 };
        let tid = frame % 2;
        let packets = frames.frame(1, frame == 0, tid, tid == 1 && frame == 9);
        if frame == 0 {
            rewriter.switch(source(0), &packets[0], None, allowed, Mono(0));
        }
        if matches!(rewriter.place(&packets[0], allowed, Mono(0)), Step::Send(_)) {
            flowing.push(frame);
        }
    }
    assert_eq!(flowing, [0, 2, 4, 6, 8, 9, 10, 11]);
}

#[test]
fn a_repeat_carries_what_the_first_did() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut low = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let mut high = Frames {
        seq: 10_000,
        time: 77,
        picture: 9,
        tl0: 90,
    };
    let before = low.frame(2, true, 0, false);
    rewriter.switch(source(0), &before[0], None, TEMPORAL_MAX, Mono(0));
    let first: Vec<Rewritten> = before
        .iter()
        .map(|packet| sent(rewriter.place(packet, 3, Mono(0))))
        .collect();
    let after = high.frame(2, true, 0, false);
    rewriter.switch(source(1), &after[0], None, TEMPORAL_MAX, Mono(33_000));
    let second: Vec<Rewritten> = after
        .iter()
        .map(|packet| sent(rewriter.place(packet, 3, Mono(33_000))))
        .collect();
    for (packets, sent, layer) in [(&before, &first, 0), (&after, &second, 1)] {
        for (packet, rewritten) in packets.iter().zip(sent) {
            let found = rewriter.resend(SeqNo(rewritten.number as u16), Mono(50_000), 20);
            assert_eq!(
                found,
                Ok((
                    rewritten.number,
                    source(layer),
                    Carried::Media(packet.seq.seq())
                ))
            );
            assert_eq!(rewriter.repeat(rewritten.number, packet), Some(*rewritten));
        }
    }
}

#[test]
fn time_moves_by_capture_where_known_and_never_back() {
    let mut rewriter = Rewriter::new(90_000, 100, 1000, true);
    let mut low = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let mut high = Frames {
        seq: 10,
        time: 77,
        picture: 9,
        tl0: 90,
    };
    let before = low.frame(1, true, 0, false);
    rewriter.switch(source(0), &before[0], None, TEMPORAL_MAX, Mono(0));
    let first = sent(rewriter.place(&before[0], 3, Mono(0)));
    let after = high.frame(1, true, 0, false);
    let mut by_capture = rewriter.clone();
    by_capture.switch(
        source(1),
        &after[0],
        Some(33_333),
        TEMPORAL_MAX,
        Mono(50_000),
    );
    let second = sent(by_capture.place(&after[0], 3, Mono(50_000)));
    assert_eq!(second.time.distance_from(first.time), 2999);
    let mut same_instant = rewriter.clone();
    same_instant.switch(source(1), &after[0], Some(0), TEMPORAL_MAX, Mono(2_000));
    assert_eq!(
        sent(same_instant.place(&after[0], 3, Mono(2_000)))
            .time
            .distance_from(first.time),
        900
    );
    rewriter.switch(
        source(1),
        &after[0],
        Some(-9_000_000),
        TEMPORAL_MAX,
        Mono(50_000),
    );
    assert_eq!(
        sent(rewriter.place(&after[0], 3, Mono(50_000)))
            .time
            .distance_from(first.time),
        4500
    );
}

#[test]
fn a_probe_takes_no_number() {
    let mut rewriter = Rewriter::new(48_000, 100, 9, false);
    let packet = |seq: u64| Cached {
        seq: ExtSeq(seq),
        time: RtpTime(seq as u32 * 960),
        arrival: Mono(0),
        marker: false,
        shape: Shape::default(),
        payload: vec![1],
    };
    rewriter.switch(source(0), &packet(50), None, 0, Mono(0));
    assert_eq!(sent(rewriter.place(&packet(50), 0, Mono(0))).number, 101);
    assert_eq!(rewriter.skip(ExtSeq(51), RtpTime(0), Mono(0)), Step::Drop);
    assert_eq!(sent(rewriter.place(&packet(53), 0, Mono(0))).number, 103);
    assert!(matches!(
        rewriter.skip(ExtSeq(52), RtpTime(0), Mono(0)),
        Step::Fill(Rewritten { number: 102, .. })
    ));
}

#[test]
fn a_straggler_from_before_a_switch_fills_its_hole_and_nothing_else() {
    let mut rewriter = Rewriter::new(90_000, 100, 9, true);
    let mut low = Frames {
        seq: 10,
        time: 5,
        picture: 100,
        tl0: 1,
    };
    let mut high = Frames {
        seq: 10_000,
        time: 77,
        picture: 9,
        tl0: 90,
    };
    let key = low.frame(1, true, 0, false);
    let lost = low.frame(1, false, 0, false);
    let last = low.frame(1, false, 0, false);
    let unseen = low.frame(1, false, 0, false);
    rewriter.switch(source(0), &key[0], None, TEMPORAL_MAX, Mono(0));
    let first = sent(rewriter.place(&key[0], 3, Mono(0)));
    assert_eq!(sent(rewriter.place(&last[0], 3, Mono(0))).number, 103);
    let after = high.frame(1, true, 0, false);
    rewriter.switch(source(1), &after[0], None, TEMPORAL_MAX, Mono(33_000));
    let next = sent(rewriter.place(&after[0], 3, Mono(33_000)));
    assert_eq!(next.number, 104);
    assert!(rewriter.belongs_to_previous(source(0), lost[0].seq));
    assert!(
        !rewriter.belongs_to_previous(source(0), unseen[0].seq),
        "it never had a number"
    );
    assert!(!rewriter.belongs_to_previous(source(1), lost[0].seq));
    let filled = sent(rewriter.place_in_previous(&lost[0], Mono(40_000)));
    assert_eq!((filled.number, filled.picture), (102, first.picture + 1));
    assert_eq!(
        rewriter.place_in_previous(&lost[0], Mono(41_000)),
        Step::Refuse
    );
    assert_eq!(
        rewriter.time(),
        next.time,
        "the Slot's own time does not go back"
    );
}
