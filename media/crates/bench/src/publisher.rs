//! One publisher's end: frames of sealed packets, each with the time that it was sent at in its last bytes.

use std::net::{SocketAddr, UdpSocket};

use engine::ice::password_tag;
use engine::srtp::{Sealer, contexts};
use wire::rtp::{HeaderExtension, HeaderSpec};
use wire::stun::{Class, IntegrityKey, METHOD_BINDING, TransactionId, Writer};
use wire::{ExtSeq, RtpTime, SeqNo, Ssrc};

use crate::net::wall_ns;
use crate::scene::{AUDIO_TYPE, LEVEL_ID, Scene, Seat, TRANSPORT_CC_ID, VIDEO_TYPE};

/// Bytes at the end of each payload: the wall clock in nanoseconds.
pub const STAMP_LEN: usize = 8;
/// Payload bytes between the codec's own and the stamp, for whoever checks that it arrived whole.
pub const FILLING: u8 = 0x5a;
/// A level of speech for the microphones that speak, and one of a quiet room.
const LOUD: u8 = 0x80 | 20;
const QUIET: u8 = 0x80 | 100;
/// Of the fifty, so many speak at a time.
const SPEAKING: u32 = 5;

struct Password(String);

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        password_tag(&self.0, parts)
    }
}

/// A seat's connectivity check; `number` makes it another one each time.
pub fn check(seat: Seat, number: u32) -> Vec<u8> {
    let mut id = [0; 12];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let mut out = Vec::new();
    Writer::new(Class::Request, METHOD_BINDING, TransactionId(id), &mut out)
        .username(&format!("{}:them", seat.ufrag()))
        .ice_controlling(1)
        .priority(100)
        .use_candidate()
        .finish(Some(&Password(seat.pwd())));
    out
}

pub struct Publisher {
    pub seat: Seat,
    pub socket: UdpSocket,
    index: u32,
    scene: Scene,
    sealer: Sealer,
    seq: u64,
    frame: u32,
    number: u16,
    packet: Vec<u8>,
}

impl Publisher {
    pub fn new(index: u32, scene: Scene, socket: UdpSocket) -> Self {
        let seat = Seat::publisher(index);
        let (sealer, _) =
            contexts(&seat.keys().1).unwrap_or_else(|_| panic!("made keys fit their profile"));
        Self {
            seat,
            socket,
            index,
            scene,
            sealer,
            seq: 100,
            frame: 0,
            number: 0,
            packet: Vec::new(),
        }
    }

    /// One frame, packet by packet as a browser's network thread does.
    pub fn send_frame(&mut self, to: SocketAddr) {
        self.frame += 1;
        let count = self.scene.packets_per_frame();
        for part in 0..count {
            self.make(part, part + 1 == count);
            // A full buffer would show as loss.
            let _ = self.socket.send_to(&self.packet, to);
        }
    }

    /// One frame's packets, for who needs no socket.
    pub fn frame(&mut self) -> Vec<Vec<u8>> {
        self.frame += 1;
        let count = self.scene.packets_per_frame();
        (0..count)
            .map(|part| {
                self.make(part, part + 1 == count);
                self.packet.clone()
            })
            .collect()
    }

    fn make(&mut self, part: u32, last: bool) {
        self.seq += 1;
        self.number = self.number.wrapping_add(1);
        let video = self.scene.is_video();
        let level = [
            if self.frame / 250 % (50 / SPEAKING) == self.index / SPEAKING {
                LOUD
            } else {
                QUIET
            },
        ];
        let number = self.number.to_be_bytes();
        let elements = [
            HeaderExtension {
                id: TRANSPORT_CC_ID,
                value: &number,
            },
            HeaderExtension {
                id: LEVEL_ID,
                value: &level,
            },
        ];
        let spec = HeaderSpec {
            marker: video && last,
            payload_type: if video { VIDEO_TYPE } else { AUDIO_TYPE },
            seq: SeqNo(self.seq as u16),
            time: RtpTime(self.frame.wrapping_mul(if video { 1800 } else { 960 })),
            ssrc: Ssrc(self.seat.ssrc()),
            csrcs: &[],
            extensions: if video { &elements[..1] } else { &elements },
        };
        self.packet.clear();
        let header_len = spec
            .append(&mut self.packet)
            .unwrap_or_else(|error| panic!("{error}"));
        if video {
            self.append_vp8(part == 0);
        }
        let end = header_len + self.scene.payload_len();
        self.packet.resize(end - STAMP_LEN, FILLING);
        self.packet.extend_from_slice(&wall_ns().to_be_bytes());
        let sealed = self
            .sealer
            .seal_rtp(ExtSeq(self.seq), header_len, &mut self.packet, 0);
        assert_eq!(sealed, Ok(()), "its own numbering");
    }

    /// RFC 7741 section 4.2: picture id of 15 bits, TL0PICIDX, TID 0. Each 50th frame is a key frame.
    fn append_vp8(&mut self, first: bool) {
        let frame = self.frame as u16;
        let [high, low] = (frame & 0x7fff).to_be_bytes();
        let start = if first { 0x10 } else { 0 };
        self.packet
            .extend_from_slice(&[0x80 | start, 0xe0, 0x80 | high, low, frame as u8, 0]);
        if first {
            let inter = u8::from(frame % 50 != 1);
            self.packet
                .extend_from_slice(&[inter, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01]);
        }
    }
}
