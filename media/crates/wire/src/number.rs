//! Numbers that wrap, as types that know it.

/// A 16-bit RTP sequence number (RFC 3550 section 5.1). Has no order: compare by [`SeqNo::distance_from`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeqNo(pub u16);

impl SeqNo {
    /// This many steps on, wrapping.
    #[inline]
    #[must_use]
    pub fn plus(self, steps: u16) -> SeqNo {
        SeqNo(self.0.wrapping_add(steps))
    }

    /// This many steps back, wrapping.
    #[inline]
    #[must_use]
    pub fn minus(self, steps: u16) -> SeqNo {
        SeqNo(self.0.wrapping_sub(steps))
    }

    /// The following number.
    #[inline]
    #[must_use]
    pub fn next(self) -> SeqNo {
        self.plus(1)
    }

    /// Signed shortest way from `other` to here; positive when this one is newer. Exactly half the circle counts as older.
    #[inline]
    pub fn distance_from(self, other: SeqNo) -> i16 {
        self.0.wrapping_sub(other.0) as i16
    }

    /// Whether this one follows `other` on the shorter way.
    #[inline]
    pub fn is_newer_than(self, other: SeqNo) -> bool {
        self.distance_from(other) > 0
    }
}

/// A sequence number with its rollovers counted: `rollovers * 65536 + SeqNo`. Ordered and never wraps in practice.
/// For SRTP it is the packet index, of which 48 bits are used (RFC 3711 section 3.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtSeq(pub u64);

impl ExtSeq {
    /// From a rollover counter and a sequence number.
    #[inline]
    pub fn new(rollovers: u32, seq: SeqNo) -> ExtSeq {
        ExtSeq((u64::from(rollovers) << 16) | u64::from(seq.0))
    }

    /// The 16 bits that travel.
    #[inline]
    pub fn seq(self) -> SeqNo {
        SeqNo(self.0 as u16)
    }

    /// How often the sequence has wrapped: the ROC of SRTP.
    #[inline]
    pub fn rollovers(self) -> u32 {
        (self.0 >> 16) as u32
    }

    /// The following number.
    #[inline]
    #[must_use]
    pub fn next(self) -> ExtSeq {
        ExtSeq(self.0.wrapping_add(1))
    }

    /// This many steps on.
    #[inline]
    #[must_use]
    pub fn plus(self, steps: u64) -> ExtSeq {
        ExtSeq(self.0.wrapping_add(steps))
    }

    /// The extended number closest to this one that has `seq` as its 16 bits (the guess of RFC 3711 section 3.3.1).
    /// Never below zero: before the first rollover an old number is taken as it stands.
    #[inline]
    #[must_use]
    pub fn nearest(self, seq: SeqNo) -> ExtSeq {
        let step = i64::from(seq.distance_from(self.seq()));
        match self.0.checked_add_signed(step) {
            Some(value) => ExtSeq(value),
            None => ExtSeq(u64::from(seq.0)),
        }
    }
}

/// Turns a run of [`SeqNo`] into [`ExtSeq`]: remembers the newest and places each next one nearest to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeqUnwrapper {
    newest: Option<ExtSeq>,
}

impl SeqUnwrapper {
    /// Nothing seen.
    pub fn new() -> SeqUnwrapper {
        SeqUnwrapper::default()
    }

    /// The extended number of `seq`; moves on when it is the newest. The first starts one rollover up, so that a straggler
    /// from before it still has a smaller number.
    #[inline]
    pub fn unwrap(&mut self, seq: SeqNo) -> ExtSeq {
        let ext = self.peek(seq);
        if self.newest.is_none_or(|newest| ext > newest) {
            self.newest = Some(ext);
        }
        ext
    }

    /// Same answer without moving.
    #[inline]
    pub fn peek(&self, seq: SeqNo) -> ExtSeq {
        match self.newest {
            Some(newest) => newest.nearest(seq),
            None => ExtSeq::new(1, seq),
        }
    }

    /// The newest seen.
    #[inline]
    pub fn newest(&self) -> Option<ExtSeq> {
        self.newest
    }
}

/// A 32-bit RTP timestamp in units of the codec's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RtpTime(pub u32);

impl RtpTime {
    /// This many ticks on, wrapping.
    #[inline]
    #[must_use]
    pub fn plus(self, ticks: u32) -> RtpTime {
        RtpTime(self.0.wrapping_add(ticks))
    }

    /// This many ticks back, wrapping.
    #[inline]
    #[must_use]
    pub fn minus(self, ticks: u32) -> RtpTime {
        RtpTime(self.0.wrapping_sub(ticks))
    }

    /// Signed shortest way from `other` to here, in ticks; positive when this one is later.
    #[inline]
    pub fn distance_from(self, other: RtpTime) -> i32 {
        self.0.wrapping_sub(other.0) as i32
    }

    /// Whether this one is later than `other` on the shorter way.
    #[inline]
    pub fn is_newer_than(self, other: RtpTime) -> bool {
        self.distance_from(other) > 0
    }
}

/// A synchronisation source (RFC 3550 section 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_wrap() {
        assert_eq!(SeqNo(65535).next(), SeqNo(0));
        assert_eq!(SeqNo(0).minus(1), SeqNo(65535));
        assert!(SeqNo(3).is_newer_than(SeqNo(65533)));
        assert!(!SeqNo(65533).is_newer_than(SeqNo(3)));
        assert!(!SeqNo(7).is_newer_than(SeqNo(7)));
        assert_eq!(SeqNo(2).distance_from(SeqNo(65534)), 4);
    }

    #[test]
    fn rtp_times_wrap() {
        assert_eq!(RtpTime(u32::MAX).plus(3), RtpTime(2));
        assert_eq!(RtpTime(2).distance_from(RtpTime(u32::MAX)), 3);
        assert!(RtpTime(2).is_newer_than(RtpTime(u32::MAX - 90_000)));
    }

    #[test]
    fn an_extended_number_has_both_parts() {
        let ext = ExtSeq::new(3, SeqNo(9));
        assert_eq!((ext.rollovers(), ext.seq()), (3, SeqNo(9)));
        assert_eq!(
            ExtSeq::new(3, SeqNo(65535)).next(),
            ExtSeq::new(4, SeqNo(0))
        );
    }

    #[test]
    fn the_nearest_crosses_the_wrap_both_ways() {
        assert_eq!(
            ExtSeq::new(1, SeqNo(65534)).nearest(SeqNo(2)),
            ExtSeq::new(2, SeqNo(2))
        );
        assert_eq!(
            ExtSeq::new(2, SeqNo(2)).nearest(SeqNo(65534)),
            ExtSeq::new(1, SeqNo(65534))
        );
        assert_eq!(
            ExtSeq::new(0, SeqNo(2)).nearest(SeqNo(65534)),
            ExtSeq::new(0, SeqNo(65534))
        );
    }

    #[test]
    fn the_unwrapper_goes_on_for_days() {
        let mut unwrapper = SeqUnwrapper::new();
        let first = unwrapper.unwrap(SeqNo(65530)).0;
        for step in 0..1_000_000u64 {
            let ext = unwrapper.unwrap(SeqNo((65530 + step) as u16));
            assert_eq!(ext.0, first + step);
        }
        assert_eq!(
            unwrapper.unwrap(SeqNo((65530 + 999_990u64) as u16)).0,
            first + 999_990
        );
        assert_eq!(unwrapper.newest().map(|e| e.0), Some(first + 999_999));
    }

    #[test]
    fn a_straggler_from_before_the_first_is_older() {
        let mut unwrapper = SeqUnwrapper::new();
        let first = unwrapper.unwrap(SeqNo(1));
        assert!(unwrapper.unwrap(SeqNo(65535)) < first);
    }
}
