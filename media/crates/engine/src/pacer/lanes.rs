//! The bounded backlog: one lane of waiting packets per slot, served in turn, so that a large key frame of one picture does not
//! hold up the others.
//!
//! All nodes stand in one slab made at start. When it is full, or holds too many bytes, whole frames go, oldest first; see
//! [`Lanes::make_room`].

use super::{Exit, FrameKind};

const NONE: u16 = u16::MAX;

/// Packets served from one lane before the next has its turn: enough for a run (UDP GSO), little enough for the others.
const RUN_MAX: u8 = 4;

#[derive(Clone, Copy)]
struct Node<H> {
    handle: H,
    order: u32,
    frame: u32,
    bytes: u16,
    next: u16,
    kind: FrameKind,
}

#[derive(Clone, Copy)]
struct Lane {
    head: u16,
    tail: u16,
    /// The frame whose packets were last let out; what is left of it cannot be dropped whole.
    started: Option<u32>,
    /// The last frame dropped; its packets may still be arriving.
    dropped: Option<u32>,
    /// A frame that others refer to was dropped: nothing but a key frame makes sense to the decoder.
    broken: bool,
}

const LANE: Lane = Lane {
    head: NONE,
    tail: NONE,
    started: None,
    dropped: None,
    broken: false,
};

/// What may go first when room is needed.
#[derive(Clone, Copy, PartialEq)]
enum Victim {
    Discardable,
    Delta,
    Any,
}

pub(super) struct Lanes<H> {
    nodes: Box<[Option<Node<H>>]>,
    /// Indices of empty nodes.
    free: Vec<u16>,
    lanes: Box<[Lane]>,
    cursor: usize,
    run: u8,
    order: u32,
    pub packets: usize,
    pub bytes: usize,
    pub frames_dropped: u64,
}

impl<H: Copy> Lanes<H> {
    pub fn new(slots: usize, packets: usize) -> Lanes<H> {
        let packets = packets.clamp(16, usize::from(NONE) - 1);
        Lanes {
            nodes: vec![None; packets].into_boxed_slice(),
            free: (0..packets as u16).rev().collect(),
            lanes: vec![LANE; slots.max(1)].into_boxed_slice(),
            cursor: 0,
            run: 0,
            order: 0,
            packets: 0,
            bytes: 0,
            frames_dropped: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.packets == 0
    }

    pub fn knows(&self, slot: u16) -> bool {
        usize::from(slot) < self.lanes.len()
    }

    /// Whether the decoder could use a packet of this frame at all. A key frame mends a broken lane.
    pub fn admits(&mut self, slot: u16, frame: u32, kind: FrameKind) -> bool {
        let lane = &mut self.lanes[usize::from(slot)];
        if lane.dropped == Some(frame) {
            return false;
        }
        if lane.broken && kind == FrameKind::Key {
            lane.broken = false;
        }
        !lane.broken
    }

    /// A packet of this frame leaves past the lanes.
    pub fn passed(&mut self, slot: u16, frame: u32) {
        self.lanes[usize::from(slot)].started = Some(frame);
    }

    /// Append; the slab must have room (see [`Lanes::make_room`]).
    pub fn push(&mut self, slot: u16, frame: u32, kind: FrameKind, handle: H, bytes: u16) {
        let Some(index) = self.free.pop() else { return };
        self.order = self.order.wrapping_add(1);
        self.nodes[usize::from(index)] = Some(Node {
            handle,
            order: self.order,
            frame,
            bytes,
            next: NONE,
            kind,
        });
        let lane = &mut self.lanes[usize::from(slot)];
        let tail = std::mem::replace(&mut lane.tail, index);
        if tail == NONE {
            lane.head = index;
        } else if let Some(node) = &mut self.nodes[usize::from(tail)] {
            node.next = index;
        }
        self.packets += 1;
        self.bytes += usize::from(bytes);
    }

    /// The next packet in turn: handle and bytes.
    pub fn pop(&mut self) -> Option<(H, u16)> {
        if self.packets == 0 {
            return None;
        }
        let count = self.lanes.len();
        if self.run >= RUN_MAX || self.lanes[self.cursor].head == NONE {
            self.run = 0;
            let from = self.cursor + 1;
            self.cursor = (0..count)
                .map(|n| (from + n) % count)
                .find(|&n| self.lanes[n].head != NONE)?;
        }
        self.run += 1;
        let index = self.lanes[self.cursor].head;
        let node = self.nodes[usize::from(index)].take()?;
        let lane = &mut self.lanes[self.cursor];
        lane.head = node.next;
        if lane.head == NONE {
            lane.tail = NONE;
        }
        lane.started = Some(node.frame);
        self.give_back(index, node.bytes);
        Some((node.handle, node.bytes))
    }

    /// Drop until one more packet fits. `false`: nothing whole is left to drop.
    pub fn make_room(&mut self, bytes: u16, bytes_max: usize, exit: &mut impl Exit<H>) -> bool {
        while self.free.is_empty() || self.bytes + usize::from(bytes) > bytes_max {
            // First what nobody refers to; then the oldest frame with all that refers to it; a key frame last, since without it
            // there is no picture at all.
            let dropped = self.drop_oldest(Victim::Discardable, exit)
                || self.drop_oldest(Victim::Delta, exit)
                || self.drop_oldest(Victim::Any, exit);
            if !dropped {
                return !self.free.is_empty();
            }
        }
        true
    }

    /// Refuse the frame of an arriving packet: it and what refers to it make no sense any more.
    pub fn refuse(&mut self, slot: u16, frame: u32, exit: &mut impl Exit<H>) {
        let lane = &mut self.lanes[usize::from(slot)];
        lane.dropped = Some(frame);
        lane.broken = true;
        self.frames_dropped += 1;
        exit.broken(slot);
    }

    /// A key frame arrives: what waits before it in the slot is worth nothing any more, except the rest of a frame under way.
    pub fn supersede(&mut self, slot: u16, key: u32, exit: &mut impl Exit<H>) {
        let lane = self.lanes[usize::from(slot)];
        let newest = self.nodes.get(usize::from(lane.tail)).copied().flatten();
        if newest.is_some_and(|node| node.frame != key) {
            self.frames_dropped += 1;
            self.retain(usize::from(slot), exit, |node| {
                node.frame == key || lane.started == Some(node.frame)
            });
        }
    }

    /// Everything of a slot goes, and what was broken is forgotten: it shows something else from now on.
    pub fn clear(&mut self, slot: u16, exit: &mut impl Exit<H>) {
        self.retain(usize::from(slot), exit, |_| false);
        self.lanes[usize::from(slot)] = LANE;
    }

    fn drop_oldest(&mut self, victim: Victim, exit: &mut impl Exit<H>) -> bool {
        let Some((slot, frame)) = self.find_oldest(victim) else {
            return false;
        };
        let lane = &mut self.lanes[slot];
        lane.dropped = Some(frame);
        self.frames_dropped += 1;
        if victim == Victim::Discardable {
            self.retain(slot, exit, |node| node.frame != frame);
            return true;
        }
        // The frame, and all after it up to the next key frame.
        let (mut dropping, mut mended) = (false, false);
        let mut last = frame;
        self.retain(slot, exit, |node| {
            if node.frame == frame {
                dropping = true;
            } else if dropping && node.kind == FrameKind::Key {
                dropping = false;
                mended = true;
            }
            if dropping {
                last = node.frame;
            }
            !dropping
        });
        let lane = &mut self.lanes[slot];
        lane.dropped = Some(last);
        if !mended {
            lane.broken = true;
            exit.broken(slot as u16);
        }
        true
    }

    /// Slot and frame of the oldest packet of a whole frame of the kind.
    fn find_oldest(&self, victim: Victim) -> Option<(usize, u32)> {
        let mut oldest: Option<(u32, usize, u32)> = None;
        for (slot, lane) in self.lanes.iter().enumerate() {
            let mut index = lane.head;
            while index != NONE {
                let Some(node) = &self.nodes[usize::from(index)] else {
                    break;
                };
                let fits = match victim {
                    Victim::Discardable => node.kind == FrameKind::Discardable,
                    Victim::Delta => node.kind != FrameKind::Key,
                    Victim::Any => true,
                };
                if fits && lane.started != Some(node.frame) {
                    let older = oldest
                        .is_none_or(|(order, _, _)| (node.order.wrapping_sub(order) as i32) < 0);
                    if older {
                        oldest = Some((node.order, slot, node.frame));
                    }
                    break; // The rest of the lane is younger.
                }
                index = node.next;
            }
        }
        oldest.map(|(_, slot, frame)| (slot, frame))
    }

    fn retain(
        &mut self,
        slot: usize,
        exit: &mut impl Exit<H>,
        mut keep: impl FnMut(&Node<H>) -> bool,
    ) {
        let (mut index, mut kept) = (self.lanes[slot].head, NONE);
        self.lanes[slot].head = NONE;
        while index != NONE {
            let Some(node) = self.nodes[usize::from(index)] else {
                break;
            };
            if keep(&node) {
                match kept {
                    NONE => self.lanes[slot].head = index,
                    before => self.link(before, index),
                }
                kept = index;
            } else {
                self.nodes[usize::from(index)] = None;
                self.give_back(index, node.bytes);
                exit.dropped(node.handle);
            }
            index = node.next;
        }
        if kept != NONE {
            self.link(kept, NONE);
        }
        self.lanes[slot].tail = kept;
    }

    fn link(&mut self, from: u16, to: u16) {
        if let Some(node) = &mut self.nodes[usize::from(from)] {
            node.next = to;
        }
    }

    fn give_back(&mut self, index: u16, bytes: u16) {
        self.free.push(index);
        self.packets -= 1;
        self.bytes -= usize::from(bytes);
    }
}
