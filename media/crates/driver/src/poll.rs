//! epoll over a shard's sockets and its command bell.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// More descriptors than a shard has: its sockets and one bell.
const READY_MAX: usize = 64;

pub(crate) struct Poll {
    epoll: OwnedFd,
    ready: [libc::epoll_event; READY_MAX],
    ready_count: usize,
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the result is checked before it is owned.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: fd is a fresh descriptor that nobody else owns.
        let epoll = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self {
            epoll,
            ready: [libc::epoll_event { events: 0, u64: 0 }; READY_MAX],
            ready_count: 0,
        })
    }

    /// Level-triggered: a socket that was not read empty is ready again.
    pub(crate) fn add(&self, fd: RawFd, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: both descriptors are open, `event` lives over the call.
        let result = unsafe {
            libc::epoll_ctl(
                self.epoll.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                fd,
                &raw mut event,
            )
        };
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    /// Wait until something is ready or `timeout_us` is over, rounded up to the millisecond so that it never spins.
    pub(crate) fn wait(&mut self, timeout_us: u64) -> io::Result<()> {
        let timeout_ms = i32::try_from(timeout_us.div_ceil(1000)).unwrap_or(i32::MAX);
        self.ready_count = 0;
        // SAFETY: `ready` has READY_MAX entries, and the call writes at most so many.
        let count = unsafe {
            libc::epoll_wait(
                self.epoll.as_raw_fd(),
                self.ready.as_mut_ptr(),
                READY_MAX as i32,
                timeout_ms,
            )
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted {
                Ok(())
            } else {
                Err(error)
            };
        }
        self.ready_count = count as usize;
        Ok(())
    }

    pub(crate) fn ready_count(&self) -> usize {
        self.ready_count
    }

    /// The token of the `index`-th ready descriptor of the last wait.
    pub(crate) fn token(&self, index: usize) -> u64 {
        self.ready[..self.ready_count][index].u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bell::Bell;

    #[test]
    fn tells_which_descriptor_is_ready() {
        let (first, second) = (Bell::new().unwrap(), Bell::new().unwrap());
        let mut poll = Poll::new().unwrap();
        poll.add(first.fd(), 1).unwrap();
        poll.add(second.fd(), 2).unwrap();
        poll.wait(0).unwrap();
        assert_eq!(poll.ready_count(), 0);
        second.ring();
        poll.wait(1_000_000).unwrap();
        assert_eq!(poll.ready_count(), 1);
        assert_eq!(poll.token(0), 2);
    }
}
