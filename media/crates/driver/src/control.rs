//! Control messages of the kernel's datagram calls: the address that was asked, drops, and the size of segments.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use engine::api::Path;

/// Room for packet info of either family (at most 40 bytes with header and padding), a segment size and an overflow count
/// (24 each).
pub(crate) const CONTROL_BYTES: usize = 128;

/// Control messages need the alignment of their header.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(crate) struct Control([u8; CONTROL_BYTES]);

impl Control {
    pub(crate) const EMPTY: Self = Self([0; CONTROL_BYTES]);

    /// Write `payload` as a control message behind the first `filled` bytes; how many are filled then.
    fn put<T: Copy>(
        &mut self,
        filled: usize,
        level: libc::c_int,
        kind: libc::c_int,
        payload: T,
    ) -> usize {
        let len = size_of::<T>() as libc::c_uint;
        // SAFETY: CMSG_SPACE and CMSG_LEN only compute. The assertion keeps header and payload inside the buffer, `filled` is
        // a sum of CMSG_SPACEs and so a multiple of the header's alignment, and the payload is written unaligned.
        unsafe {
            let space = libc::CMSG_SPACE(len) as usize;
            assert!(filled + space <= CONTROL_BYTES);
            let header = self.0.as_mut_ptr().add(filled).cast::<libc::cmsghdr>();
            (*header).cmsg_level = level;
            (*header).cmsg_type = kind;
            (*header).cmsg_len = libc::CMSG_LEN(len) as _;
            libc::CMSG_DATA(header).cast::<T>().write_unaligned(payload);
            filled + space
        }
    }

    /// Packet info that makes a datagram leave from `path.local`; 0 bytes when that is unknown (no packet info on receive).
    pub(crate) fn put_source(&mut self, path: &Path) -> usize {
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
                self.put(0, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
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
                self.put(0, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info)
            }
        }
    }

    /// Behind `filled` bytes: the kernel is to cut what is sent into segments of this size (UDP GSO).
    pub(crate) fn put_segment_len(&mut self, filled: usize, segment_len: u16) -> usize {
        self.put(filled, libc::SOL_UDP, libc::UDP_SEGMENT, segment_len)
    }
}

/// What the kernel told with one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The local address that was asked.
    pub(crate) local: Option<IpAddr>,
    /// The socket's running count of drops.
    pub(crate) overflow: Option<u32>,
    /// The kernel joined datagrams of this size (UDP GRO); the last may be shorter.
    pub(crate) segment_len: Option<usize>,
}

impl Told {
    pub(crate) fn read(header: &libc::msghdr) -> Self {
        let mut told = Self::default();
        // SAFETY: `header` is as the kernel left it: its control pointer and length name a live, aligned buffer that holds
        // whole control messages, and the macros stay within that length.
        let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
        while !message.is_null() {
            // SAFETY: `message` is a whole control message in that buffer; each payload type is the kernel's for its level
            // and type, read unaligned.
            unsafe {
                told.note(&*message, libc::CMSG_DATA(message));
                message = libc::CMSG_NXTHDR(header, message);
            }
        }
        told
    }

    /// # Safety
    /// `payload` points at the payload that the kernel writes for `message`'s level and type.
    unsafe fn note(&mut self, message: &libc::cmsghdr, payload: *const u8) {
        // SAFETY: the caller's promise; each payload type is the kernel's for its level and type.
        unsafe {
            match (message.cmsg_level, message.cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = payload.cast::<libc::in_pktinfo>().read_unaligned();
                    // The address to answer from: for unicast the one that was asked.
                    let local = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes());
                    self.local = Some(IpAddr::V4(local));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = payload.cast::<libc::in6_pktinfo>().read_unaligned();
                    self.local = Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)));
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    self.overflow = Some(payload.cast::<u32>().read_unaligned());
                }
                (libc::SOL_UDP, libc::UDP_GRO) => {
                    let len = payload.cast::<libc::c_int>().read_unaligned();
                    self.segment_len = usize::try_from(len).ok().filter(|len| *len > 0);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::zeroed;

    fn header(control: &mut Control, filled: usize) -> libc::msghdr {
        // SAFETY: all-zero bytes are a valid msghdr: null pointers and zero lengths.
        let mut header = unsafe { zeroed::<libc::msghdr>() };
        header.msg_control = (&raw mut *control).cast();
        header.msg_controllen = filled as _;
        header
    }

    #[test]
    fn source_and_segment_size_stand_side_by_side() {
        for local in ["127.0.0.9", "fe80::9"] {
            let local: IpAddr = local.parse().unwrap();
            let mut control = Control::EMPTY;
            let path = Path {
                local,
                remote: SocketAddr::new(local, 1),
            };
            let filled = control.put_source(&path);
            let both = control.put_segment_len(filled, 1200);
            assert!(filled > 0 && both > filled && both <= CONTROL_BYTES);
            // The kernel writes packet info of the same form, so that reading finds the address again.
            let told = Told::read(&header(&mut control, both));
            assert_eq!(told.local, Some(local));
            let told = Told::read(&header(&mut control, filled));
            assert_eq!((told.local, told.segment_len), (Some(local), None));
        }
    }

    #[test]
    fn what_the_kernel_tells_is_read_and_the_rest_is_passed_over() {
        let mut control = Control::EMPTY;
        let filled = control.put(0, libc::SOL_SOCKET, 9999, 1u64);
        let filled = control.put(filled, libc::SOL_SOCKET, libc::SO_RXQ_OVFL, 7u32);
        let filled = control.put(filled, libc::SOL_UDP, libc::UDP_GRO, 1200 as libc::c_int);
        let told = Told::read(&header(&mut control, filled));
        let expected = Told {
            local: None,
            overflow: Some(7),
            segment_len: Some(1200),
        };
        assert_eq!(told, expected);
        assert_eq!(Told::read(&header(&mut control, 0)), Told::default());
    }
}
