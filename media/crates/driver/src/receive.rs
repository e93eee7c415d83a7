//! A batch of datagrams from one socket, each with the pair of addresses that it came by.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use engine::api::Path;

use crate::bind::BoundSocket;

/// Datagrams of one recvmmsg. 64 amortise the call; more only delays the first of them.
pub(crate) const BATCH_MAX: usize = 64;

/// Browsers send up to 1200 bytes before SRTP; a ClientHello's first datagram is as long. Room for a full Ethernet frame.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 2048;

/// Room for packet info of either family, the overflow count and, later, the GRO segment size.
const CONTROL_BYTES: usize = 128;

/// Control messages need the alignment of their header.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// What one datagram came with.
pub(crate) struct Received<'a> {
    /// None: the sender's address is of no family that we know.
    pub(crate) path: Option<Path>,
    pub(crate) bytes: &'a mut [u8],
    pub(crate) truncated: bool,
    /// The kernel's running count of drops on this socket, where it tells.
    pub(crate) overflow: Option<u32>,
}

/// Buffers for one batch, made once and used for every socket of a shard.
pub(crate) struct ReceiveBatch {
    bytes: Box<[[u8; DATAGRAM_BYTES_MAX]]>,
    names: Box<[libc::sockaddr_storage]>,
    controls: Box<[Control]>,
    iovecs: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    bound: IpAddr,
}

impl ReceiveBatch {
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
            bytes: vec![[0; DATAGRAM_BYTES_MAX]; BATCH_MAX].into_boxed_slice(),
            names: vec![name; BATCH_MAX].into_boxed_slice(),
            controls: vec![Control([0; CONTROL_BYTES]); BATCH_MAX].into_boxed_slice(),
            iovecs: vec![iovec; BATCH_MAX].into_boxed_slice(),
            headers: vec![header; BATCH_MAX].into_boxed_slice(),
            bound: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }

    /// Take what is there, without waiting: the number of datagrams, 0 when there is none.
    pub(crate) fn receive(&mut self, socket: &BoundSocket) -> io::Result<usize> {
        self.point_headers();
        self.bound = socket.address;
        // SAFETY: the headers were just pointed at buffers of this value, which live and are not touched over the call;
        // their lengths are those of the buffers.
        let count = unsafe {
            libc::recvmmsg(
                socket.fd(),
                self.headers.as_mut_ptr(),
                BATCH_MAX as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        if count >= 0 {
            return Ok(count as usize);
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
            _ => Err(error),
        }
    }

    /// The kernel overwrites lengths and flags: they are set anew for each call.
    fn point_headers(&mut self) {
        for index in 0..BATCH_MAX {
            self.iovecs[index] = libc::iovec {
                iov_base: self.bytes[index].as_mut_ptr().cast(),
                iov_len: DATAGRAM_BYTES_MAX,
            };
            let header = &mut self.headers[index].msg_hdr;
            header.msg_name = (&raw mut self.names[index]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_iov = &raw mut self.iovecs[index];
            header.msg_iovlen = 1;
            header.msg_control = (&raw mut self.controls[index]).cast();
            header.msg_controllen = CONTROL_BYTES as _;
            header.msg_flags = 0;
            self.headers[index].msg_len = 0;
        }
    }

    /// The `index`-th datagram of the last `receive`; `index` is below its count.
    pub(crate) fn datagram(&mut self, index: usize) -> Received<'_> {
        let header = &self.headers[index];
        let (local, overflow) = read_control(&header.msg_hdr);
        let remote = socket_address(&self.names[index]);
        let len = (header.msg_len as usize).min(DATAGRAM_BYTES_MAX);
        let truncated = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
        let bound = self.bound;
        let path = remote.map(|remote| Path {
            local: local.unwrap_or(bound),
            remote,
        });
        Received {
            path,
            bytes: &mut self.bytes[index][..len],
            truncated,
            overflow,
        }
    }
}

/// Packet info (the local address that was asked) and the overflow count, where the kernel gave them.
fn read_control(header: &libc::msghdr) -> (Option<IpAddr>, Option<u32>) {
    let (mut local, mut overflow) = (None, None);
    // SAFETY: `header` is as the kernel left it: its control pointer and length name a live, aligned buffer that holds
    // whole control messages, and the macros stay within that length.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: `message` is a whole control message in that buffer; each payload type is the kernel's for its level
        // and type, read unaligned.
        unsafe {
            let payload = libc::CMSG_DATA(message);
            match ((*message).cmsg_level, (*message).cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = payload.cast::<libc::in_pktinfo>().read_unaligned();
                    // The address to answer from: for unicast the one that was asked.
                    local = Some(IpAddr::V4(Ipv4Addr::from(
                        info.ipi_spec_dst.s_addr.to_ne_bytes(),
                    )));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = payload.cast::<libc::in6_pktinfo>().read_unaligned();
                    local = Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)));
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    overflow = Some(payload.cast::<u32>().read_unaligned())
                }
                _ => {}
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    (local, overflow)
}

fn socket_address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: sockaddr_storage is large and aligned enough for every sockaddr, and the family says which it is.
            let name = unsafe { (&raw const *name).cast::<libc::sockaddr_in>().read() };
            let ip = Ipv4Addr::from(name.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddr::V4(SocketAddrV4::new(
                ip,
                u16::from_be(name.sin_port),
            )))
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let name = unsafe { (&raw const *name).cast::<libc::sockaddr_in6>().read() };
            let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
            // The flow label is no part of the pair; the scope is, for link-local addresses.
            Some(SocketAddr::V6(SocketAddrV6::new(
                ip,
                u16::from_be(name.sin6_port),
                0,
                name.sin6_scope_id,
            )))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind::bind_shard;
    use std::net::UdpSocket;

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

    #[test]
    fn tells_the_address_that_was_asked_and_the_sender() {
        let (sockets, port) = bind_shard(&[], 0).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"one", ("127.0.0.1", port)).unwrap();
        sender.send_to(b"three", ("127.0.0.3", port)).unwrap();
        let mut batch = ReceiveBatch::new();
        assert_eq!(receive_some(&mut batch, &sockets[0], 2), 2);
        let first = batch.datagram(0);
        let path = first.path.unwrap();
        assert_eq!(
            (path.local.to_string().as_str(), &*first.bytes),
            ("127.0.0.1", &b"one"[..])
        );
        assert_eq!(path.remote, sender.local_addr().unwrap());
        let second = batch.datagram(1);
        assert_eq!(
            (
                second.path.unwrap().local.to_string().as_str(),
                &*second.bytes
            ),
            ("127.0.0.3", &b"three"[..])
        );
        assert_eq!(batch.receive(&sockets[0]).unwrap(), 0);
    }

    #[test]
    fn an_ipv6_sender_is_told_with_the_address_asked() {
        let Ok((sockets, port)) = bind_shard(&["::1".parse().unwrap()], 0) else {
            return;
        }; // a machine without IPv6
        let sender = UdpSocket::bind("[::1]:0").unwrap();
        sender.send_to(b"six", ("::1", port)).unwrap();
        let mut batch = ReceiveBatch::new();
        assert_eq!(receive_some(&mut batch, &sockets[0], 1), 1);
        let path = batch.datagram(0).path.unwrap();
        assert_eq!(
            (path.local.to_string().as_str(), path.remote),
            ("::1", sender.local_addr().unwrap())
        );
    }

    #[test]
    fn one_byte_too_long_is_marked_truncated() {
        let (sockets, port) = bind_shard(&[], 0).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender
            .send_to(&[7; DATAGRAM_BYTES_MAX], ("127.0.0.1", port))
            .unwrap();
        sender
            .send_to(&[7; DATAGRAM_BYTES_MAX + 1], ("127.0.0.1", port))
            .unwrap();
        let mut batch = ReceiveBatch::new();
        assert_eq!(receive_some(&mut batch, &sockets[0], 2), 2);
        assert!(!batch.datagram(0).truncated);
        assert!(batch.datagram(1).truncated);
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
        let mut batch = ReceiveBatch::new();
        while batch.receive(&sockets[0]).unwrap() > 0 {}
        // The count rides on the next datagram that gets in.
        sender.send_to(b"after", ("127.0.0.1", port)).unwrap();
        assert_eq!(receive_some(&mut batch, &sockets[0], 1), 1);
        assert!(batch.datagram(0).overflow.unwrap() > 0);
    }
}
