//! A shard's UDP sockets: one port, one socket per address family (or per bind address), told apart by local address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

use engine::api::Path;
use socket2::{Domain, Protocol, Socket, Type};

/// 8 MiB holds 40 ms of 1200-byte packets at 1.6 Gbit/s: longer than a shard is ever away from its sockets.
const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// With `port` 0 the first socket's port may be taken on another address; so many are tried.
const FREE_PORT_TRIES: usize = 32;

/// One bound socket. Non-blocking, with packet info (the address that was asked) and overflow counts switched on.
pub(crate) struct BoundSocket {
    socket: Socket,
    /// The wildcard or the one address that it is bound to.
    pub(crate) address: IpAddr,
    /// The kernel's running count of datagrams it dropped on this socket, as last seen.
    pub(crate) overflow_seen: u32,
}

impl BoundSocket {
    pub(crate) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn sends(&self, path: &Path) -> bool {
        if self.address.is_ipv4() != path.remote.is_ipv4() {
            return false;
        }
        self.address.is_unspecified() || self.address == path.local
    }

    /// The receive and send buffer that the kernel granted, for the snapshot.
    pub(crate) fn buffer_bytes(&self) -> (usize, usize) {
        (
            self.socket.recv_buffer_size().unwrap_or(0),
            self.socket.send_buffer_size().unwrap_or(0),
        )
    }
}

/// The socket from which a datagram on this path must leave.
pub(crate) fn socket_for(sockets: &[BoundSocket], path: &Path) -> Option<usize> {
    sockets.iter().position(|socket| socket.sends(path))
}

/// Bind one shard's sockets, all on one port. `addresses` empty: both wildcards, where a machine may lack one family.
pub(crate) fn bind_shard(addresses: &[IpAddr], port: u16) -> io::Result<(Vec<BoundSocket>, u16)> {
    if port != 0 {
        return Ok((bind_all(addresses, port)?, port));
    }
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..FREE_PORT_TRIES {
        match bind_all(addresses, 0) {
            Ok(sockets) => {
                let port = local_port(&sockets)?;
                return Ok((sockets, port));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn bind_all(addresses: &[IpAddr], port: u16) -> io::Result<Vec<BoundSocket>> {
    let wildcards = [
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ];
    let (wanted, family_may_lack) = if addresses.is_empty() {
        (&wildcards[..], true)
    } else {
        (addresses, false)
    };
    let mut sockets = Vec::with_capacity(wanted.len());
    let mut port = port;
    let mut lacking = None;
    for &address in wanted {
        match bind_one(address, port) {
            Ok(socket) => sockets.push(socket),
            Err(error) if family_may_lack && is_family_lacking(&error) => {
                lacking = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        }
        port = local_port(&sockets)?;
    }
    if sockets.is_empty() {
        return Err(lacking.unwrap_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable)));
    }
    Ok(sockets)
}

fn is_family_lacking(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL | libc::EPROTONOSUPPORT | libc::EPFNOSUPPORT)
    )
}

fn local_port(sockets: &[BoundSocket]) -> io::Result<u16> {
    let first = sockets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let address = first
        .socket
        .local_addr()?
        .as_socket()
        .ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(address.port())
}

fn bind_one(address: IpAddr, port: u16) -> io::Result<BoundSocket> {
    let domain = if address.is_ipv4() {
        Domain::IPV4
    } else {
        Domain::IPV6
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // The IPv4 socket has the same port: two families on one socket would hide the address that was asked.
        socket.set_only_v6(true)?;
    }
    grow_buffers(&socket);
    let one: libc::c_int = 1;
    let packet_info = match address {
        IpAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO),
        IpAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
    };
    // A kernel without packet info still serves a machine with one address: the path's local end is then the bound one.
    let _ = set_option(&socket, packet_info.0, packet_info.1, one);
    let _ = set_option(&socket, libc::SOL_SOCKET, libc::SO_RXQ_OVFL, one);
    socket.bind(&SocketAddr::new(address, port).into())?;
    Ok(BoundSocket {
        socket,
        address,
        overflow_seen: 0,
    })
}

/// The forced options pass the system limit and need a capability; the plain ones are clipped to the limit.
fn grow_buffers(socket: &Socket) {
    let bytes = SOCKET_BUFFER_BYTES as libc::c_int;
    if set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes).is_err() {
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    }
    if set_option(socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, bytes).is_err() {
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    }
}

fn set_option(
    socket: &Socket,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the option's value is a live c_int of the length that is given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn wildcards_share_one_port() {
        let (sockets, port) = bind_shard(&[], 0).unwrap();
        assert_ne!(port, 0);
        for socket in &sockets {
            assert_eq!(local_port(std::slice::from_ref(socket)).unwrap(), port);
        }
        let path = Path {
            local: LOOPBACK,
            remote: SocketAddr::new(LOOPBACK, 9),
        };
        assert!(
            sockets[socket_for(&sockets, &path).unwrap()]
                .address
                .is_ipv4()
        );
    }

    #[test]
    fn a_taken_port_is_an_error() {
        let (_held, port) = bind_shard(&[LOOPBACK], 0).unwrap();
        let error = bind_shard(&[LOOPBACK], port).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_path_leaves_from_the_socket_that_was_asked() {
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        let (sockets, _) = bind_shard(&[LOOPBACK, other], 0).unwrap();
        let path = |local| Path {
            local,
            remote: SocketAddr::new(LOOPBACK, 9),
        };
        assert_eq!(socket_for(&sockets, &path(LOOPBACK)), Some(0));
        assert_eq!(socket_for(&sockets, &path(other)), Some(1));
        assert_eq!(
            socket_for(&sockets, &path(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)))),
            None
        );
        let v6 = Path {
            local: LOOPBACK,
            remote: "[::1]:9".parse().unwrap(),
        };
        assert_eq!(socket_for(&sockets, &v6), None);
    }

    #[test]
    fn the_kernel_grants_some_buffer() {
        let (sockets, _) = bind_shard(&[LOOPBACK], 0).unwrap();
        let (receive, send) = sockets[0].buffer_bytes();
        assert!(receive > 65_536 && send > 65_536, "{receive} {send}");
    }
}
