//! Addresses, lengths, joined datagrams and drops, on loopback.

use std::net::UdpSocket;

use super::*;
use crate::bind::bind_shard;
use crate::offload::Offload;

const SPLIT: Offload = Offload {
    gso: false,
    gro: true,
};

fn receive_some(batch: &mut ReceiveBatch, socket: &BoundSocket, wanted: usize) -> usize {
    for _ in 0..1000 {
        let count = batch.receive(socket).unwrap();
        if count >= wanted {
            return count;
        }
        std::thread::yield_now();
    }
    0
}

/// A message's datagrams as text.
fn texts(batch: &mut ReceiveBatch, index: usize) -> Vec<String> {
    let ranges = batch.message(index).datagrams().collect::<Vec<_>>();
    let text = |range| String::from_utf8_lossy(batch.datagram(index, range)).into_owned();
    ranges.into_iter().map(text).collect()
}

#[test]
fn tells_the_address_that_was_asked_and_the_sender() {
    let (sockets, port) = bind_shard(&[], 0).unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"one", ("127.0.0.1", port)).unwrap();
    sender.send_to(b"three", ("127.0.0.3", port)).unwrap();
    let mut batch = ReceiveBatch::new(false);
    assert_eq!(receive_some(&mut batch, &sockets[0], 2), 2);
    for (index, local, text) in [(0, "127.0.0.1", "one"), (1, "127.0.0.3", "three")] {
        let path = batch.message(index).path.unwrap();
        assert_eq!(path.local.to_string(), local);
        assert_eq!(path.remote, sender.local_addr().unwrap());
        assert_eq!(texts(&mut batch, index), [text]);
    }
    assert_eq!(batch.receive(&sockets[0]).unwrap(), 0);
}

#[test]
fn an_ipv6_sender_is_told_with_the_address_asked() {
    let Ok((sockets, port)) = bind_shard(&["::1".parse().unwrap()], 0) else {
        return;
    }; // a machine without IPv6
    let sender = UdpSocket::bind("[::1]:0").unwrap();
    sender.send_to(b"six", ("::1", port)).unwrap();
    let mut batch = ReceiveBatch::new(true);
    assert_eq!(receive_some(&mut batch, &sockets[0], 1), 1);
    let path = batch.message(0).path.unwrap();
    assert_eq!(
        (path.local.to_string().as_str(), path.remote),
        ("::1", sender.local_addr().unwrap())
    );
}

#[test]
fn one_byte_too_long_is_marked_truncated_with_and_without_gro() {
    for gro in [false, true] {
        let (sockets, port) = bind_shard(&[], 0).unwrap();
        let offload = Offload { gso: false, gro }.switch_on(&sockets);
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for len in [DATAGRAM_BYTES_MAX, DATAGRAM_BYTES_MAX + 1] {
            sender.send_to(&vec![7; len], ("127.0.0.1", port)).unwrap();
        }
        let mut batch = ReceiveBatch::new(offload.gro);
        assert_eq!(receive_some(&mut batch, &sockets[0], 2), 2);
        assert!(!batch.message(0).truncated);
        assert!(batch.message(1).truncated);
    }
}

#[test]
fn datagrams_that_the_kernel_joined_come_apart_again() {
    let (sockets, port) = bind_shard(&[], 0).unwrap();
    if !SPLIT.switch_on(&sockets).gro {
        return; // a kernel without UDP GRO
    }
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let size: libc::c_int = 3;
    // What is sent in segments stays joined on loopback as far as a socket that takes it so.
    // SAFETY: an open descriptor and a live c_int.
    let set = unsafe {
        libc::setsockopt(
            std::os::fd::AsRawFd::as_raw_fd(&sender),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            (&raw const size).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    assert_eq!(set, 0);
    sender.send_to(b"onetwosix10", ("127.0.0.1", port)).unwrap();
    sender.send_to(b"", ("127.0.0.1", port)).unwrap();
    let mut batch = ReceiveBatch::new(true);
    assert_eq!(receive_some(&mut batch, &sockets[0], 2), 2);
    assert_eq!(texts(&mut batch, 0), ["one", "two", "six", "10"]);
    assert_eq!(batch.message(0).len(), 11);
    assert_eq!(texts(&mut batch, 1), [""], "an empty datagram is one, too");
}

#[test]
fn the_kernels_drops_are_told() {
    let (sockets, port) = bind_shard(&["127.0.0.1".parse().unwrap()], 0).unwrap();
    let small: libc::c_int = 4096;
    // SAFETY: an open descriptor and a live c_int.
    unsafe {
        let len = size_of::<libc::c_int>() as libc::socklen_t;
        libc::setsockopt(
            sockets[0].fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUF,
            (&raw const small).cast(),
            len,
        );
    }
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..100 {
        sender.send_to(&[0; 1000], ("127.0.0.1", port)).unwrap();
    }
    let mut batch = ReceiveBatch::new(false);
    while batch.receive(&sockets[0]).unwrap() > 0 {}
    // The count rides on the next datagram that gets in.
    sender.send_to(b"after", ("127.0.0.1", port)).unwrap();
    assert_eq!(receive_some(&mut batch, &sockets[0], 1), 1);
    assert!(batch.message(0).overflow.unwrap() > 0);
}
