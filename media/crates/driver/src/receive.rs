//! A batch of datagrams from one socket, each with the pair of addresses that it came by.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ops::Range;

use engine::api::Path;

use crate::bind::BoundSocket;
use crate::control::{CONTROL_BYTES, Control, Told};

/// Messages of one recvmmsg. 64 amortise the call; more only delays the first of them.
pub(crate) const BATCH_MAX: usize = 64;

/// Browsers send up to 1200 bytes before SRTP; a ClientHello's first datagram is as long. Room for a full Ethernet frame.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 2048;

/// What the kernel may join into one message. Only the pages that are written to are ever there.
const JOINED_BYTES_MAX: usize = 65_536;

/// One message: a datagram, or several that the kernel joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    /// None: the sender's address is of no family that we know.
    pub(crate) path: Option<Path>,
    pub(crate) truncated: bool,
    /// The kernel's running count of drops on this socket, where it tells.
    pub(crate) overflow: Option<u32>,
    len: usize,
    segment_len: usize,
}

impl Received {
    /// Bytes of all its datagrams.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where each of its datagrams lies.
    pub(crate) fn datagrams(self) -> impl Iterator<Item = Range<usize>> {
        // An empty datagram is one, too.
        let count = self.len.div_ceil(self.segment_len).max(1);
        (0..count).map(move |index| {
            let start = index * self.segment_len;
            start..(start + self.segment_len).min(self.len)
        })
    }
}

/// Buffers for one batch, made once and used for every socket of a shard.
pub(crate) struct ReceiveBatch {
    bytes: Box<[u8]>,
    /// Bytes of one message's buffer.
    message_bytes: usize,
    names: Box<[libc::sockaddr_storage]>,
    controls: Box<[Control]>,
    iovecs: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    bound: IpAddr,
}

impl ReceiveBatch {
    /// `gro`: the sockets may hand over joined datagrams.
    pub(crate) fn new(gro: bool) -> Self {
        // SAFETY: all-zero bytes are a valid value of these plain C structs: null pointers, zero lengths, no flags.
        let (name, iovec, header) = unsafe {
            (
                zeroed::<libc::sockaddr_storage>(),
                zeroed::<libc::iovec>(),
                zeroed::<libc::mmsghdr>(),
            )
        };
        let message_bytes = if gro {
            JOINED_BYTES_MAX
        } else {
            DATAGRAM_BYTES_MAX
        };
        Self {
            bytes: vec![0; message_bytes * BATCH_MAX].into_boxed_slice(),
            message_bytes,
            names: vec![name; BATCH_MAX].into_boxed_slice(),
            controls: vec![Control::EMPTY; BATCH_MAX].into_boxed_slice(),
            iovecs: vec![iovec; BATCH_MAX].into_boxed_slice(),
            headers: vec![header; BATCH_MAX].into_boxed_slice(),
            bound: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }

    /// Take what is there, without waiting: the number of messages, 0 when there is none.
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
        let buffers = self.bytes.chunks_exact_mut(self.message_bytes);
        for (index, buffer) in buffers.enumerate() {
            self.iovecs[index] = libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: buffer.len(),
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

    /// The `index`-th message of the last `receive`; `index` is below its count.
    pub(crate) fn message(&self, index: usize) -> Received {
        let header = &self.headers[index];
        let told = Told::read(&header.msg_hdr);
        let len = (header.msg_len as usize).min(self.message_bytes);
        let segment_len = told.segment_len.unwrap_or(len).max(1);
        let bound = self.bound;
        let path = socket_address(&self.names[index]).map(|remote| Path {
            local: told.local.unwrap_or(bound),
            remote,
        });
        Received {
            path,
            // Without GRO the buffer is so short; with it, the rule is the same.
            truncated: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0
                || segment_len > DATAGRAM_BYTES_MAX,
            overflow: told.overflow,
            len,
            segment_len,
        }
    }

    /// One datagram of the `index`-th message, by [`Received::datagrams`].
    pub(crate) fn datagram(&mut self, index: usize, range: Range<usize>) -> &mut [u8] {
        let start = index * self.message_bytes;
        &mut self.bytes[start + range.start..start + range.end]
    }
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
#[path = "receive_tests.rs"]
mod tests;
