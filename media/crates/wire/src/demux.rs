//! Which protocol a datagram belongs to, by its first bytes (RFC 7983 section 7, RFC 5761 section 4).

/// What one UDP port may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatagramKind {
    /// First byte 0 to 3.
    Stun,
    /// First byte 20 to 63.
    Dtls,
    /// First byte 128 to 191, second not an RTCP packet type.
    Rtp,
    /// First byte 128 to 191, second 192 to 223 (RFC 5761 section 4).
    Rtcp,
    /// Anything else, among it TURN channels and the empty datagram.
    Unknown,
}

/// Looks at two bytes. A match promises nothing about the rest.
#[inline]
pub fn demux(datagram: &[u8]) -> DatagramKind {
    match datagram {
        [0..=3, ..] => DatagramKind::Stun,
        [20..=63, ..] => DatagramKind::Dtls,
        [128..=191, 192..=223, ..] => DatagramKind::Rtcp,
        [128..=191, _, ..] => DatagramKind::Rtp,
        _ => DatagramKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_decide() {
        assert_eq!(demux(&[]), DatagramKind::Unknown);
        assert_eq!(demux(&[0, 1]), DatagramKind::Stun);
        assert_eq!(demux(&[4, 1]), DatagramKind::Unknown);
        assert_eq!(demux(&[22, 254]), DatagramKind::Dtls);
        assert_eq!(demux(&[64, 0]), DatagramKind::Unknown);
        assert_eq!(demux(&[128]), DatagramKind::Unknown);
        assert_eq!(demux(&[0x80, 111]), DatagramKind::Rtp);
        assert_eq!(demux(&[0x80, 0x80 | 111]), DatagramKind::Rtp);
        assert_eq!(demux(&[0x81, 200]), DatagramKind::Rtcp);
        assert_eq!(demux(&[0x8f, 205]), DatagramKind::Rtcp);
        assert_eq!(demux(&[192, 200]), DatagramKind::Unknown);
    }
}
