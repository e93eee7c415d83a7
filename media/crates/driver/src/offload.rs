//! Many datagrams in one pass through the kernel: UDP GSO (cut on the way out) and UDP GRO (joined on the way in).
//!
//! Asked for once, at start; a kernel that has not got it (before 4.18 and 5.0) is served datagram by datagram.

use std::io;

use crate::bind::BoundSocket;

/// What to use of it. The default is all that the kernel has; less is for tests and measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offload {
    pub gso: bool,
    pub gro: bool,
}

impl Default for Offload {
    fn default() -> Self {
        Self {
            gso: true,
            gro: true,
        }
    }
}

impl Offload {
    /// Switch on what is wanted; what the kernel has of it, on every one of the sockets.
    pub(crate) fn switch_on(self, sockets: &[BoundSocket]) -> Self {
        let every = |wanted: bool, name, value| {
            wanted
                && sockets
                    .iter()
                    .all(|socket| socket.set_udp_option(name, value).is_ok())
        };
        Self {
            // A size of 0 changes nothing, but only a kernel that knows the option takes it; runs carry their own size.
            gso: every(self.gso, libc::UDP_SEGMENT, 0),
            gro: every(self.gro, libc::UDP_GRO, 1),
        }
    }
}

/// Whether an error means that this run cannot be cut by the kernel, though its datagrams may pass one by one: the device
/// cannot do checksums (EIO), or the path's MTU is below the segment size (EINVAL, EMSGSIZE).
pub(crate) fn is_cut_refused(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE | libc::EOPNOTSUPP)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind::bind_shard;

    #[test]
    fn only_what_is_wanted_is_switched_on() {
        let (sockets, _) = bind_shard(&[], 0).unwrap();
        let none = Offload {
            gso: false,
            gro: false,
        };
        assert_eq!(none.switch_on(&sockets), none);
        let found = Offload::default().switch_on(&sockets);
        // Every kernel that CI runs on has both.
        assert_eq!(found, Offload::default());
    }
}
