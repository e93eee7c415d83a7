//! The outbox to the sockets: in batches, from the address that was asked, never waiting. What the kernel will not take now
//! is dropped and counted; RTX repairs it, and a late packet would be worth less than the room it takes.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, SocketAddr};

use engine::api::{Outbox, Path};

use crate::bind::{BoundSocket, socket_for};
use crate::counters::ShardCounters;
use crate::run::{Run, SEGMENTS_MAX, runs};

/// Messages of one sendmmsg.
const BATCH_MAX: usize = 64;

/// Room for packet info of either family and, later, the GSO segment size.
const CONTROL_BYTES: usize = 64;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// Buffers for one batch, made once.
pub(crate) struct SendBatch {
    names: Box<[libc::sockaddr_storage]>,
    controls: Box<[Control]>,
    iovecs: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    /// Segments and bytes of each message, for the counters.
    sizes: Box<[(u32, usize)]>,
    filled: usize,
}

impl SendBatch {
    pub(crate) fn new() -> Self {
        // SAFETY: all-zero bytes are a valid value of these plain C structs: null pointers, zero lengths, no flags.
        let (name, iovec, header) = unsafe {
            (
                zeroed::<libc::sockaddr_storage>(),
                zeroed::<libc::iovec>(),
                zeroed::<libc::mmsghdr>(),
            )
        };
        Self {
            names: vec![name; BATCH_MAX].into_boxed_slice(),
            controls: vec![Control([0; CONTROL_BYTES]); BATCH_MAX].into_boxed_slice(),
            iovecs: vec![iovec; BATCH_MAX].into_boxed_slice(),
            headers: vec![header; BATCH_MAX].into_boxed_slice(),
            sizes: vec![(0, 0); BATCH_MAX].into_boxed_slice(),
            filled: 0,
        }
    }

    /// Send every datagram of the outbox, in order per socket.
    pub(crate) fn send(
        &mut self,
        sockets: &[BoundSocket],
        outbox: &Outbox,
        counters: &mut ShardCounters,
    ) {
        let mut current = None;
        for run in runs(&outbox.datagrams, SEGMENTS_MAX) {
            let Some(socket) = socket_for(sockets, &run.path) else {
                counters.out_no_socket += u64::from(run.segments);
                continue;
            };
            // A range outside the arena would be an engine bug; it costs that datagram only.
            let Some(bytes) = outbox.arena.get(run.start..run.start + run.len) else {
                counters.out_refused += u64::from(run.segments);
                continue;
            };
            if self.filled == BATCH_MAX || current.is_some_and(|current| current != socket) {
                self.send_filled(current.map(|index| &sockets[index]), counters);
            }
            current = Some(socket);
            self.push(&run, bytes);
        }
        self.send_filled(current.map(|index| &sockets[index]), counters);
    }

    fn push(&mut self, run: &Run, bytes: &[u8]) {
        let index = self.filled;
        self.filled += 1;
        self.sizes[index] = (run.segments, run.len);
        let name_len = write_name(&mut self.names[index], run.path.remote);
        // sendmmsg only reads through this pointer.
        self.iovecs[index] = libc::iovec {
            iov_base: bytes.as_ptr().cast_mut().cast(),
            iov_len: bytes.len(),
        };
        let control_len = write_control(&mut self.controls[index], &run.path);
        let header = &mut self.headers[index];
        header.msg_len = 0;
        header.msg_hdr.msg_name = (&raw mut self.names[index]).cast();
        header.msg_hdr.msg_namelen = name_len;
        header.msg_hdr.msg_iov = &raw mut self.iovecs[index];
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_control = if control_len == 0 {
            std::ptr::null_mut()
        } else {
            (&raw mut self.controls[index]).cast()
        };
        header.msg_hdr.msg_controllen = control_len as _;
        header.msg_hdr.msg_flags = 0;
    }

    /// Only called while the outbox whose bytes the batch points at is borrowed by `send`.
    fn send_filled(&mut self, socket: Option<&BoundSocket>, counters: &mut ShardCounters) {
        let filled = std::mem::take(&mut self.filled);
        let Some(socket) = socket else { return };
        let mut from = 0;
        while from < filled {
            // SAFETY: entries `from..filled` were written by `push` in this `send`: they point at this value's buffers and at
            // the arena, all alive and unchanged over the call.
            let sent = unsafe {
                libc::sendmmsg(
                    socket.fd(),
                    self.headers.as_mut_ptr().add(from),
                    (filled - from) as libc::c_uint,
                    libc::MSG_DONTWAIT as _,
                )
            };
            if sent > 0 {
                for (segments, bytes) in &self.sizes[from..from + sent as usize] {
                    counters.datagrams_out += u64::from(*segments);
                    counters.bytes_out += *bytes as u64;
                }
                from += sent as usize;
                continue;
            }
            from += self.count_refusal(from, filled, counters);
        }
    }

    /// Why the message at `from` was not taken; how many messages to give up.
    fn count_refusal(&self, from: usize, filled: usize, counters: &mut ShardCounters) -> usize {
        let segments = |range: std::ops::Range<usize>| -> u64 {
            self.sizes[range]
                .iter()
                .map(|(segments, _)| u64::from(*segments))
                .sum()
        };
        match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => 0,
            // EWOULDBLOCK is the same number on Linux: the send buffer is full for the rest of the batch, too.
            Some(libc::EAGAIN) => {
                counters.out_would_block += segments(from..filled);
                filled - from
            }
            Some(libc::ENOBUFS | libc::ENOMEM) => {
                counters.out_no_buffers += segments(from..filled);
                filled - from
            }
            // Of this one destination (EPERM, EHOSTUNREACH, EMSGSIZE, EINVAL, ...): the others go on.
            _ => {
                counters.out_refused += segments(from..from + 1);
                1
            }
        }
    }
}

fn write_name(name: &mut libc::sockaddr_storage, remote: SocketAddr) -> libc::socklen_t {
    match remote {
        SocketAddr::V4(remote) => {
            let value = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: remote.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(remote.ip().octets()),
                },
                sin_zero: [0; 8],
            };
            // SAFETY: sockaddr_storage is large and aligned enough for every sockaddr.
            unsafe { (&raw mut *name).cast::<libc::sockaddr_in>().write(value) };
            size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(remote) => {
            let value = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: remote.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr {
                    s6_addr: remote.ip().octets(),
                },
                sin6_scope_id: remote.scope_id(),
            };
            // SAFETY: as above.
            unsafe { (&raw mut *name).cast::<libc::sockaddr_in6>().write(value) };
            size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// Packet info that makes the datagram leave from `path.local`; 0 bytes when that is unknown (no packet info on receive).
fn write_control(control: &mut Control, path: &Path) -> usize {
    match (path.local, path.remote) {
        (local, _) if local.is_unspecified() => 0,
        (IpAddr::V4(local), _) => {
            // The interface is left to the routing table: with policy routing the address decides.
            let info = libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr {
                    s_addr: u32::from_ne_bytes(local.octets()),
                },
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            write_message(control, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
        }
        (IpAddr::V6(local), remote) => {
            // A link-local pair is only meaningful on its interface.
            let scope = if let SocketAddr::V6(remote) = remote {
                remote.scope_id()
            } else {
                0
            };
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr {
                    s6_addr: local.octets(),
                },
                ipi6_ifindex: scope,
            };
            write_message(control, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info)
        }
    }
}

/// One control message with `payload`; its length with padding.
fn write_message<T: Copy>(
    control: &mut Control,
    level: libc::c_int,
    kind: libc::c_int,
    payload: T,
) -> usize {
    let len = size_of::<T>() as libc::c_uint;
    // SAFETY: CMSG_SPACE of either packet info is at most 40 bytes, below CONTROL_BYTES; the buffer has the header's
    // alignment, and the payload is written unaligned within it.
    unsafe {
        let space = libc::CMSG_SPACE(len) as usize;
        debug_assert!(space <= CONTROL_BYTES);
        let header = control.0.as_mut_ptr().cast::<libc::cmsghdr>();
        (*header).cmsg_level = level;
        (*header).cmsg_type = kind;
        (*header).cmsg_len = libc::CMSG_LEN(len) as _;
        libc::CMSG_DATA(header).cast::<T>().write_unaligned(payload);
        space
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind::bind_shard;
    use engine::api::Datagram;
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
        SendBatch::new().send(
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
        SendBatch::new().send(&sockets, &outbox(&[(path, b"six")]), &mut counters);
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
        let mut messages: Vec<(Path, &[u8])> =
            vec![(good, b"a"), (bad, b"b"), (other_family, b"c")];
        messages.extend((0..100).map(|_| (good, &b"d"[..])));
        let mut counters = ShardCounters::default();
        SendBatch::new().send(&sockets, &outbox(&messages), &mut counters);
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
        SendBatch::new().send(&sockets, &out, &mut counters);
        assert_eq!((counters.out_refused, counters.datagrams_out), (1, 0));
    }
}
