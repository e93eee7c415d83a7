//! Plain sockets for the ends that are measured against: batches in with kernel timestamps and drops, runs out.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

const BATCH: usize = 64;
const CONTROL_BYTES: usize = 128;
/// Large enough that a reader which loses the CPU for a while loses no packets: those would count as the server's.
const BUFFER_BYTES: libc::c_int = 8 * 1024 * 1024;

/// A socket on `address`, which need not be of this machine (IP_TRANSPARENT): so packets can come from far away.
pub fn bind(address: SocketAddrV4) -> io::Result<UdpSocket> {
    // SAFETY: no pointers; the result is checked, and owned by nobody else.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor.
    let socket = unsafe { <UdpSocket as std::os::fd::FromRawFd>::from_raw_fd(fd) };
    if !address.ip().is_loopback() {
        option(fd, libc::SOL_IP, libc::IP_TRANSPARENT, 1)?;
    }
    for name in [libc::SO_RCVBUFFORCE, libc::SO_RCVBUF] {
        if option(fd, libc::SOL_SOCKET, name, BUFFER_BYTES).is_ok() {
            break;
        }
    }
    let name = name_of(address);
    // SAFETY: a live sockaddr_in of its own length.
    let bound = unsafe {
        libc::bind(
            fd,
            (&raw const name).cast(),
            size_of::<libc::sockaddr_in>() as libc::socklen_t,
        )
    };
    if bound < 0 {
        return Err(io::Error::last_os_error());
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

pub fn option(
    fd: RawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: an open descriptor, and a live c_int of its own length.
    let set = unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if set < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn name_of(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(address.ip().octets()),
        },
        sin_zero: [0; 8],
    }
}

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// What came with a message.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    pub from: SocketAddrV4,
    /// When the kernel had it, on the wall clock; 0 where that is not asked for.
    pub at_ns: u64,
    pub overflow: u32,
    /// Datagrams of this size were joined (UDP GRO).
    pub segment_len: Option<usize>,
}

/// One recvmmsg or sendmmsg after another, with buffers made once.
pub struct Batch {
    bytes: Box<[u8]>,
    message_bytes: usize,
    names: Box<[libc::sockaddr_in]>,
    controls: Box<[Control]>,
    iovecs: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    filled: usize,
}

// SAFETY: the pointers of `iovecs` and `headers` are set anew before each call and lead into this value's own boxes, which
// move with it.
unsafe impl Send for Batch {}

impl Batch {
    pub fn new(message_bytes: usize) -> Self {
        // SAFETY: all-zero bytes are valid values of these plain C structs.
        let (name, iovec, header) = unsafe { (zeroed(), zeroed(), zeroed()) };
        Self {
            bytes: vec![0; message_bytes * BATCH].into_boxed_slice(),
            message_bytes,
            names: vec![name; BATCH].into_boxed_slice(),
            controls: vec![Control([0; CONTROL_BYTES]); BATCH].into_boxed_slice(),
            iovecs: vec![iovec; BATCH].into_boxed_slice(),
            headers: vec![header; BATCH].into_boxed_slice(),
            filled: 0,
        }
    }

    /// Messages that are there; 0 for none.
    pub fn receive(&mut self, fd: RawFd) -> usize {
        for (index, buffer) in self.bytes.chunks_exact_mut(self.message_bytes).enumerate() {
            self.iovecs[index] = libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: buffer.len(),
            };
            let header = &mut self.headers[index].msg_hdr;
            header.msg_name = (&raw mut self.names[index]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            header.msg_iov = &raw mut self.iovecs[index];
            header.msg_iovlen = 1;
            header.msg_control = (&raw mut self.controls[index]).cast();
            header.msg_controllen = CONTROL_BYTES as _;
        }
        // SAFETY: the headers point at buffers of this value with their own lengths.
        let count = unsafe {
            libc::recvmmsg(
                fd,
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        usize::try_from(count).unwrap_or(0)
    }

    /// The `index`-th message of the last `receive`.
    pub fn message(&mut self, index: usize) -> (Came, &mut [u8]) {
        let header = &self.headers[index];
        let name = &self.names[index];
        let mut came = Came {
            from: SocketAddrV4::new(
                Ipv4Addr::from(name.sin_addr.s_addr.to_ne_bytes()),
                u16::from_be(name.sin_port),
            ),
            at_ns: 0,
            overflow: 0,
            segment_len: None,
        };
        // SAFETY: the kernel left whole control messages in a live, aligned buffer of this value.
        let mut message = unsafe { libc::CMSG_FIRSTHDR(&raw const header.msg_hdr) };
        while !message.is_null() {
            // SAFETY: as above; each payload is of the kernel's type for its level and type, read unaligned.
            unsafe {
                let payload = libc::CMSG_DATA(message);
                match ((*message).cmsg_level, (*message).cmsg_type) {
                    (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                        let at = payload.cast::<libc::timespec>().read_unaligned();
                        came.at_ns = at.tv_sec as u64 * 1_000_000_000 + at.tv_nsec as u64;
                    }
                    (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                        came.overflow = payload.cast::<u32>().read_unaligned();
                    }
                    (libc::SOL_UDP, libc::UDP_GRO) => {
                        let len = payload.cast::<libc::c_int>().read_unaligned();
                        came.segment_len = usize::try_from(len).ok();
                    }
                    _ => {}
                }
                message = libc::CMSG_NXTHDR(&raw const header.msg_hdr, message);
            }
        }
        let start = index * self.message_bytes;
        let len = (header.msg_len as usize).min(self.message_bytes);
        (came, &mut self.bytes[start..start + len])
    }

    /// One more message to send: its bytes are written by `fill` into a buffer that is empty. `segment_len`: to be cut (UDP GSO).
    pub fn push(
        &mut self,
        fd: RawFd,
        to: SocketAddrV4,
        segment_len: usize,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) {
        if self.filled == BATCH {
            self.send(fd);
        }
        let index = self.filled;
        let start = index * self.message_bytes;
        let buffer = &mut self.bytes[start..start + self.message_bytes];
        let len = fill(buffer);
        self.iovecs[index] = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: len,
        };
        self.names[index] = name_of(to);
        let header = &mut self.headers[index].msg_hdr;
        header.msg_name = (&raw mut self.names[index]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        header.msg_iov = &raw mut self.iovecs[index];
        header.msg_iovlen = 1;
        header.msg_control = (&raw mut self.controls[index]).cast();
        header.msg_flags = 0;
        // SAFETY: the buffer is aligned and larger than one control message with two bytes.
        unsafe {
            let message = self.controls[index].0.as_mut_ptr().cast::<libc::cmsghdr>();
            (*message).cmsg_level = libc::SOL_UDP;
            (*message).cmsg_type = libc::UDP_SEGMENT;
            (*message).cmsg_len = libc::CMSG_LEN(2) as _;
            let payload = libc::CMSG_DATA(message).cast::<u16>();
            payload.write_unaligned(segment_len as u16);
            header.msg_controllen = if len > segment_len {
                libc::CMSG_SPACE(2) as _
            } else {
                0
            };
        }
        self.filled += 1;
    }

    /// Send what was pushed; what the kernel will not take is lost.
    pub fn send(&mut self, fd: RawFd) {
        let mut from = 0;
        while from < self.filled {
            // SAFETY: `from..filled` were written by `push` and point at buffers of this value.
            let sent = unsafe {
                libc::sendmmsg(
                    fd,
                    self.headers.as_mut_ptr().add(from),
                    (self.filled - from) as libc::c_uint,
                    0,
                )
            };
            from += usize::try_from(sent).unwrap_or(1).max(1);
        }
        self.filled = 0;
    }
}

/// Waits for any of several sockets; each is told by its place.
pub struct Waiter(RawFd);

impl Waiter {
    pub fn new(sockets: &[UdpSocket]) -> io::Result<Self> {
        // SAFETY: no pointers.
        let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if epoll < 0 {
            return Err(io::Error::last_os_error());
        }
        for (index, socket) in sockets.iter().enumerate() {
            let mut event = libc::epoll_event {
                events: libc::EPOLLIN as u32,
                u64: index as u64,
            };
            // SAFETY: open descriptors and a live event.
            unsafe {
                libc::epoll_ctl(
                    epoll,
                    libc::EPOLL_CTL_ADD,
                    socket.as_raw_fd(),
                    &raw mut event,
                )
            };
        }
        Ok(Self(epoll))
    }

    /// The places of those that are ready, within `timeout_ms`.
    pub fn wait(&self, timeout_ms: i32, ready: &mut Vec<usize>) {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 256];
        // SAFETY: the array has as many entries as is said.
        let count = unsafe {
            libc::epoll_wait(self.0, events.as_mut_ptr(), events.len() as i32, timeout_ms)
        };
        ready.clear();
        let count = usize::try_from(count).unwrap_or(0);
        ready.extend(events[..count].iter().map(|event| event.u64 as usize));
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // SAFETY: our own descriptor, closed once.
        unsafe { libc::close(self.0) };
    }
}

/// The wall clock, which kernel timestamps are on.
pub fn wall_ns() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_arrives_as_datagrams_with_their_time() {
        let loopback = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let (from, to) = (bind(loopback).unwrap(), bind(loopback).unwrap());
        option(to.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1).unwrap();
        let std::net::SocketAddr::V4(address) = to.local_addr().unwrap() else {
            panic!("an IPv4 socket")
        };
        let mut out = Batch::new(64);
        out.push(from.as_raw_fd(), address, 3, |buffer| {
            buffer[..7].copy_from_slice(b"onetwo7");
            7
        });
        out.send(from.as_raw_fd());
        let waiter = Waiter::new(std::slice::from_ref(&to)).unwrap();
        let mut ready = Vec::new();
        waiter.wait(1000, &mut ready);
        assert_eq!(ready, [0]);
        let mut batch = Batch::new(64);
        assert_eq!(batch.receive(to.as_raw_fd()), 3);
        let (came, bytes) = batch.message(2);
        assert_eq!(bytes, b"7");
        assert!(came.at_ns > 0 && came.at_ns <= wall_ns());
    }
}
