//! The two ways this crate says no.

/// What foreign bytes got wrong. An ordinary value: counted and dropped by the caller, never logged per packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// Ends before the fixed part of its format does.
    TooShort,
    /// Not version 2 (RTP, RTCP), or no magic cookie (STUN).
    Version,
    /// A length field points outside the bytes, or is not a multiple it must be.
    Length,
    /// Padding is zero or longer than what it pads, or stands where it must not.
    Padding,
    /// A field has a value that its format forbids.
    Value,
    /// More items than this implementation reads.
    TooMany,
    /// A checksum (STUN FINGERPRINT) does not match.
    Checksum,
}

impl Malformed {
    /// Stable name for counters.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::TooShort => "too_short",
            Malformed::Version => "version",
            Malformed::Length => "length",
            Malformed::Padding => "padding",
            Malformed::Value => "value",
            Malformed::TooMany => "too_many",
            Malformed::Checksum => "checksum",
        }
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Malformed {}

/// A writer was asked for something its format cannot hold. Our own mistake, not the other side's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unwritable {
    /// The buffer given is too small.
    NoRoom,
    /// A value does not fit its field.
    Value,
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Unwritable::NoRoom => "no room",
            Unwritable::Value => "value does not fit",
        })
    }
}

impl std::error::Error for Unwritable {}
