//! The outbox to the sockets: in batches, runs to one path in one piece that the kernel cuts, from the address that was asked, never waiting. What the kernel will not take now
//! is dropped and counted; RTX repairs it, and a late packet would be worth less than the room it takes.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::SocketAddr;

use engine::api::Outbox;

use crate::bind::{BoundSocket, socket_for};
use crate::control::Control;
use crate::counters::ShardCounters;
use crate::offload::is_cut_refused;
use crate::run::{Run, SEGMENTS_MAX, runs};

/// Messages of one sendmmsg.
const BATCH_MAX: usize = 64;

/// So many runs refused one after another, whose datagrams passed one by one: the device cannot do it, and asking each time
/// costs more than it ever saves.
const CUTS_REFUSED_MAX: u32 = 64;

/// One message of a batch.
#[derive(Clone, Copy)]
struct Message {
    segments: u32,
    segment_len: usize,
    len: usize,
    /// Control bytes without the segment size, which comes last.
    source_len: usize,
}

/// Buffers for one batch, made once.
pub(crate) struct SendBatch {
    names: Box<[libc::sockaddr_storage]>,
    controls: Box<[Control]>,
    iovecs: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    messages: Box<[Message]>,
    filled: usize,
    segments_max: u32,
    cuts_refused: u32,
}

impl SendBatch {
    /// `gso`: the kernel cuts runs into datagrams.
    pub(crate) fn new(gso: bool) -> Self {
        // SAFETY: all-zero bytes are a valid value of these plain C structs: null pointers, zero lengths, no flags.
        let (name, iovec, header) = unsafe {
            (
                zeroed::<libc::sockaddr_storage>(),
                zeroed::<libc::iovec>(),
                zeroed::<libc::mmsghdr>(),
            )
        };
        let message = Message {
            segments: 0,
            segment_len: 0,
            len: 0,
            source_len: 0,
        };
        Self {
            names: vec![name; BATCH_MAX].into_boxed_slice(),
            controls: vec![Control::EMPTY; BATCH_MAX].into_boxed_slice(),
            iovecs: vec![iovec; BATCH_MAX].into_boxed_slice(),
            headers: vec![header; BATCH_MAX].into_boxed_slice(),
            messages: vec![message; BATCH_MAX].into_boxed_slice(),
            filled: 0,
            segments_max: if gso { SEGMENTS_MAX } else { 1 },
            cuts_refused: 0,
        }
    }

    /// Whether runs are still handed to the kernel whole.
    pub(crate) fn joins(&self) -> bool {
        self.segments_max > 1
    }

    /// Send every datagram of the outbox, in order per socket.
    pub(crate) fn send(
        &mut self,
        sockets: &[BoundSocket],
        outbox: &Outbox,
        counters: &mut ShardCounters,
    ) {
        let mut current = None;
        for run in runs(&outbox.datagrams, self.segments_max) {
            let Some(socket) = socket_for(sockets, &run.path) else {
                counters.out_no_socket += u64::from(run.segments);
                continue;
            };
            // A range outside the arena would be an engine bug; it costs that run only.
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
        let name_len = write_name(&mut self.names[index], run.path.remote);
        // sendmmsg only reads through this pointer.
        self.iovecs[index] = libc::iovec {
            iov_base: bytes.as_ptr().cast_mut().cast(),
            iov_len: bytes.len(),
        };
        let control = &mut self.controls[index];
        let source_len = control.put_source(&run.path);
        let control_len = if run.segments > 1 {
            // A datagram has a 16-bit length.
            control.put_segment_len(source_len, run.segment_len as u16)
        } else {
            source_len
        };
        self.messages[index] = Message {
            segments: run.segments,
            segment_len: run.segment_len,
            len: run.len,
            source_len,
        };
        let header = &mut self.headers[index];
        header.msg_len = 0;
        header.msg_hdr.msg_name = (&raw mut self.names[index]).cast();
        header.msg_hdr.msg_namelen = name_len;
        header.msg_hdr.msg_iov = &raw mut self.iovecs[index];
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_flags = 0;
        point_control(&mut header.msg_hdr, control, control_len);
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
                for message in &self.messages[from..from + sent as usize] {
                    count_sent(message, counters);
                    if message.segments > 1 {
                        self.cuts_refused = 0;
                    }
                }
                from += sent as usize;
                continue;
            }
            let error = io::Error::last_os_error();
            if self.messages[from].segments > 1 && is_cut_refused(&error) {
                self.send_one_by_one(socket, from, counters);
                from += 1;
            } else {
                from += self.count_refusal(&error, from, filled, counters);
            }
        }
    }

    /// The kernel would not cut this run: its datagrams go by themselves. Only called from `send_filled`.
    fn send_one_by_one(
        &mut self,
        socket: &BoundSocket,
        index: usize,
        counters: &mut ShardCounters,
    ) {
        counters.out_cuts_refused += 1;
        let message = self.messages[index];
        let whole = self.iovecs[index];
        let header = &mut self.headers[index].msg_hdr;
        point_control(header, &mut self.controls[index], message.source_len);
        let mut passed = true;
        for start in (0..message.len).step_by(message.segment_len) {
            let len = message.segment_len.min(message.len - start);
            self.iovecs[index] = libc::iovec {
                iov_base: whole.iov_base.wrapping_byte_add(start),
                iov_len: len,
            };
            // SAFETY: as in `send_filled`; the vector names a part of the run's bytes.
            let sent = unsafe { libc::sendmsg(socket.fd(), header, libc::MSG_DONTWAIT) };
            let one = Message {
                segments: 1,
                len,
                ..message
            };
            if sent >= 0 {
                count_sent(&one, counters);
            } else {
                passed = false;
                counters.out_refused += 1;
            }
        }
        // When they do not pass either, it is the destination and not the cutting.
        self.cuts_refused += u32::from(passed);
        if self.cuts_refused >= CUTS_REFUSED_MAX {
            self.segments_max = 1;
        }
    }

    /// Why the message at `from` was not taken; how many messages to give up.
    fn count_refusal(
        &self,
        error: &io::Error,
        from: usize,
        filled: usize,
        counters: &mut ShardCounters,
    ) -> usize {
        let segments = |range: std::ops::Range<usize>| -> u64 {
            let messages = self.messages[range].iter();
            messages.map(|message| u64::from(message.segments)).sum()
        };
        match error.raw_os_error() {
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

fn count_sent(message: &Message, counters: &mut ShardCounters) {
    counters.messages_out += 1;
    counters.datagrams_out += u64::from(message.segments);
    counters.bytes_out += message.len as u64;
}

fn point_control(header: &mut libc::msghdr, control: &mut Control, len: usize) {
    header.msg_control = if len == 0 {
        std::ptr::null_mut()
    } else {
        (&raw mut *control).cast()
    };
    header.msg_controllen = len as _;
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

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
