//! Packets in groups, and how much longer a group travelled than the one before (draft-ietf-rmcat-gcc-02 sections 5.1, 5.2).
//!
//! Changed from the draft: groups that hold probe packets are skipped whole (see `trendline`), and a group is also closed by
//! time on the sender's side only, since our frames leave as runs.

use crate::api::Mono;

/// Packets sent within this time of a group's first belong to it (section 5.2).
const BURST_US: u64 = 5_000;

/// Packets that arrive this close behind each other after a hold-up on the way count as one burst (section 5.2).
const ARRIVAL_BURST_US: i64 = 5_000;

/// But no burst grows longer than this.
const BURST_MAX_US: i64 = 100_000;

/// Receiver time that jumps by more than this against ours is a new clock, not a delay.
const JUMP_MAX_US: i64 = 3_000_000;

#[derive(Clone, Copy)]
struct Group {
    sent_first: Mono,
    sent_last: Mono,
    arrived_first: i64,
    arrived_last: i64,
    bytes: u32,
}

/// Between two neighbouring groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct GroupDelta {
    /// Last packet to last packet, sender's clock.
    pub sent_ms: f32,
    /// Last packet to last packet, receiver's clock.
    pub arrived_ms: f32,
    /// When the later group was complete, receiver's clock.
    pub complete_us: i64,
}

#[derive(Default)]
pub(super) struct Groups {
    current: Option<Group>,
    previous: Option<Group>,
}

impl Groups {
    /// A received packet, in the order of sending. A delta comes out when the packet begins a new group.
    pub fn push(&mut self, sent: Mono, arrived_us: i64, bytes: u16) -> Option<GroupDelta> {
        let packet = Group {
            sent_first: sent,
            sent_last: sent,
            arrived_first: arrived_us,
            arrived_last: arrived_us,
            bytes: bytes.into(),
        };
        let Some(current) = &mut self.current else {
            self.current = Some(packet);
            return None;
        };
        if sent < current.sent_first {
            return None; // Late news about an earlier group: its delta is out already.
        }
        if belongs(current, sent, arrived_us) {
            current.sent_last = sent;
            current.arrived_last = current.arrived_last.max(arrived_us);
            current.bytes = current.bytes.saturating_add(bytes.into());
            return None;
        }
        let done = *current;
        let delta = self.previous.and_then(|previous| between(&previous, &done));
        self.previous = Some(done);
        self.current = Some(packet);
        delta
    }

    /// Begin anew, as after a pause or a jump of the receiver's clock.
    pub fn reset(&mut self) {
        *self = Groups::default();
    }
}

fn belongs(group: &Group, sent: Mono, arrived_us: i64) -> bool {
    if sent.0 - group.sent_first.0 <= BURST_US {
        return true;
    }
    let arrived_delta = arrived_us - group.arrived_last;
    let sent_delta = (sent.0 - group.sent_last.0) as i64;
    let shrank = arrived_delta - sent_delta < 0;
    shrank && arrived_delta <= ARRIVAL_BURST_US && arrived_us - group.arrived_first < BURST_MAX_US
}

fn between(previous: &Group, done: &Group) -> Option<GroupDelta> {
    let sent_us = done.sent_last.0.saturating_sub(previous.sent_last.0) as i64;
    let arrived_us = done.arrived_last - previous.arrived_last;
    if (arrived_us - sent_us).abs() > JUMP_MAX_US {
        return None;
    }
    Some(GroupDelta {
        sent_ms: sent_us as f32 / 1e3,
        arrived_ms: arrived_us as f32 / 1e3,
        complete_us: done.arrived_last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_one_group_and_deltas_tell_the_growth_of_delay() {
        let mut groups = Groups::default();
        for (sent, arrived) in [
            (0, 1_000),
            (1_000, 9_000),
            (20_000, 30_000),
            (21_000, 38_000),
        ] {
            assert_eq!(groups.push(Mono(sent), arrived, 1_200), None);
        }
        let delta = groups
            .push(Mono(40_000), 60_000, 100)
            .expect("third group begins");
        assert_eq!(
            delta,
            GroupDelta {
                sent_ms: 20.0,
                arrived_ms: 29.0,
                complete_us: 38_000
            }
        );
    }

    #[test]
    fn packets_held_up_together_are_one_burst() {
        let mut groups = Groups::default();
        for sent in [0, 20_000, 40_000] {
            assert_eq!(
                groups.push(Mono(sent), 100_000 + sent as i64 / 20, 100),
                None
            );
        }
    }
}
