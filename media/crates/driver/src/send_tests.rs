//! Addresses, runs, refusals and their counters, on loopback.

use super::*;
use crate::bind::bind_shard;
use engine::api::{Datagram, Path};
use std::net::UdpSocket;
use std::time::Duration;

fn outbox(messages: &[(Path, &[u8])]) -> Outbox {
    let mut out = Outbox::default();
    for (path, bytes) in messages {
        let start = out.arena.len() as u32;
        out.arena.extend_from_slice(bytes);
        out.datagrams.push(Datagram {
            path: *path,
            start,
            len: bytes.len() as u32,
        });
    }
    out
}

fn reader(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    socket
}

#[test]
fn leaves_from_the_address_that_was_asked() {
    let (sockets, port) = bind_shard(&[], 0).unwrap();
    let reader = reader("127.0.0.1:0");
    let local = "127.0.0.7".parse().unwrap();
    let path = Path {
        local,
        remote: reader.local_addr().unwrap(),
    };
    let mut counters = ShardCounters::default();
    SendBatch::new(true).send(
        &sockets,
        &outbox(&[(path, b"first"), (path, b"second")]),
        &mut counters,
    );
    let mut buffer = [0; 64];
    let (len, from) = reader.recv_from(&mut buffer).unwrap();
    assert_eq!(
        (&buffer[..len], from),
        (&b"first"[..], SocketAddr::new(local, port))
    );
    assert_eq!(reader.recv_from(&mut buffer).unwrap().0, 6);
    assert_eq!((counters.datagrams_out, counters.bytes_out), (2, 11));
}

#[test]
fn leaves_from_the_ipv6_address_that_was_asked() {
    let Ok((sockets, port)) = bind_shard(&["::1".parse().unwrap()], 0) else {
        return;
    }; // a machine without IPv6
    let reader = reader("[::1]:0");
    let path = Path {
        local: "::1".parse().unwrap(),
        remote: reader.local_addr().unwrap(),
    };
    let mut counters = ShardCounters::default();
    SendBatch::new(true).send(&sockets, &outbox(&[(path, b"six")]), &mut counters);
    let (_, from) = reader.recv_from(&mut [0; 8]).unwrap();
    assert_eq!(from.port(), port);
}

#[test]
fn a_refused_destination_is_counted_and_the_others_go_on() {
    let (sockets, _) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let reader = reader("127.0.0.1:0");
    let local = "127.0.0.1".parse().unwrap();
    let good = Path {
        local,
        remote: reader.local_addr().unwrap(),
    };
    let bad = Path {
        local,
        remote: "127.0.0.1:0".parse().unwrap(),
    };
    let other_family = Path {
        local,
        remote: "[::1]:9".parse().unwrap(),
    };
    let mut messages: Vec<(Path, &[u8])> = vec![(good, b"a"), (bad, b"b"), (other_family, b"c")];
    messages.extend((0..100).map(|_| (good, &b"d"[..])));
    let mut counters = ShardCounters::default();
    SendBatch::new(true).send(&sockets, &outbox(&messages), &mut counters);
    assert_eq!(
        (
            counters.out_refused,
            counters.out_no_socket,
            counters.datagrams_out
        ),
        (1, 1, 101)
    );
    for _ in 0..101 {
        reader.recv_from(&mut [0; 8]).unwrap();
    }
}

#[test]
fn a_range_outside_the_arena_is_counted() {
    let (sockets, _) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let path = Path {
        local: "127.0.0.1".parse().unwrap(),
        remote: "127.0.0.1:9".parse().unwrap(),
    };
    let mut out = outbox(&[(path, b"a")]);
    out.datagrams[0].len = 2;
    let mut counters = ShardCounters::default();
    SendBatch::new(true).send(&sockets, &out, &mut counters);
    assert_eq!((counters.out_refused, counters.datagrams_out), (1, 0));
}

/// What arrives, and what was counted, when one frame of `sizes` goes to each of two readers.
fn send_frames(batch: &mut SendBatch, sizes: &[usize]) -> (Vec<Vec<usize>>, ShardCounters) {
    let (sockets, _) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let readers = [reader("127.0.0.1:0"), reader("127.0.0.1:0")];
    let bytes = vec![0; 2000];
    let mut messages: Vec<(Path, &[u8])> = Vec::new();
    for reader in &readers {
        let path = Path {
            local: "127.0.0.1".parse().unwrap(),
            remote: reader.local_addr().unwrap(),
        };
        messages.extend(sizes.iter().map(|&len| (path, &bytes[..len])));
    }
    let mut counters = ShardCounters::default();
    batch.send(&sockets, &outbox(&messages), &mut counters);
    let read = |reader: &UdpSocket| reader.recv_from(&mut [0; 2048]).unwrap().0;
    let arrived = readers
        .iter()
        .map(|reader| sizes.iter().map(|_| read(reader)).collect())
        .collect();
    (arrived, counters)
}

#[test]
fn a_frame_is_one_message_with_gso_and_the_same_datagrams_without() {
    let sizes = [1200, 1200, 1200, 1200, 700];
    for (gso, messages) in [(true, 2), (false, 10)] {
        let (arrived, counters) = send_frames(&mut SendBatch::new(gso), &sizes);
        assert_eq!(arrived, [sizes, sizes]);
        assert_eq!(
            (counters.datagrams_out, counters.messages_out),
            (10, messages)
        );
        assert_eq!(counters.bytes_out, 2 * 5500);
    }
}

#[test]
fn what_the_kernel_will_not_cut_goes_one_by_one() {
    let (sockets, _) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let reader = reader("127.0.0.1:0");
    let path = Path {
        local: "127.0.0.1".parse().unwrap(),
        remote: reader.local_addr().unwrap(),
    };
    // No run may have so many segments: the kernel refuses it, whatever the device.
    let messages = vec![(path, &b"two"[..]); 130];
    let out = outbox(&messages);
    let mut batch = SendBatch::new(true);
    batch.segments_max = 130;
    let mut counters = ShardCounters::default();
    batch.send(&sockets, &out, &mut counters);
    for _ in 0..130 {
        assert_eq!(reader.recv_from(&mut [0; 8]).unwrap().0, 3);
    }
    assert_eq!(
        (counters.datagrams_out, counters.out_cuts_refused),
        (130, 1)
    );
    // Again and again: it is given up.
    for _ in 1..CUTS_REFUSED_MAX {
        assert!(batch.joins());
        batch.send(&sockets, &out, &mut counters);
    }
    assert!(!batch.joins());
}

#[test]
fn a_run_to_nowhere_is_counted_whole_and_says_nothing_of_cutting() {
    let (sockets, _) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let path = Path {
        local: "127.0.0.1".parse().unwrap(),
        remote: "127.0.0.1:0".parse().unwrap(),
    };
    let mut batch = SendBatch::new(true);
    let mut counters = ShardCounters::default();
    for _ in 0..2 * CUTS_REFUSED_MAX {
        let messages: [(Path, &[u8]); 3] = [(path, b"abc"), (path, b"abc"), (path, b"abc")];
        batch.send(&sockets, &outbox(&messages), &mut counters);
    }
    assert!(batch.joins());
    assert_eq!(counters.out_refused, 6 * u64::from(CUTS_REFUSED_MAX));
}
