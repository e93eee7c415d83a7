//! A bot's subscribe transport: what it sees and hears in each Slot.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use str0m::media::{KeyframeRequestKind, Mid};
use str0m::rtp::RtpPacket;

use crate::books::Books;
use crate::mic;
use crate::orders::{News, Shown, tell};
use crate::picture::{Eye, Outcome};
use crate::sound::Ear;
use crate::stamp::Tag;
use crate::transport::{Said, Transport};

/// A Slot that was just opened may begin in the middle of a sentence.
const SETTLE: Duration = Duration::from_secs(2);

pub struct Subscribe {
    pub transport: Transport,
    bot: u32,
    ears: HashMap<Mid, Ear>,
    eyes: HashMap<Mid, Eye>,
    epoch: Instant,
    connected_at: Option<Instant>,
    heard: bool,
}

impl Subscribe {
    pub fn new(bot: u32, transport: Transport, epoch: Instant) -> Subscribe {
        Subscribe {
            transport,
            bot,
            ears: HashMap::new(),
            eyes: HashMap::new(),
            epoch,
            connected_at: None,
            heard: false,
        }
    }

    pub fn show(&mut self, slots: &[Shown], now: Instant, books: &mut Books) {
        for slot in slots {
            let mid: Mid = slot.mid.as_str().into();
            let tag = slot
                .from
                .zip(slot.source)
                .map(|(bot, source)| Tag::new(bot, source.number(), 0));
            let eye = self.eyes.entry(mid).or_default();
            let outcome = eye.show(tag.map(Tag::track), now, books);
            books.bot(self.bot).freezes += u64::from(outcome.freezes);
        }
    }

    /// The run is over or the transport goes: freezes that still last are counted.
    pub fn end(&mut self, now: Instant, books: &mut Books) {
        for eye in self.eyes.values_mut() {
            let mut outcome = Outcome::default();
            eye.end(now, books, &mut outcome);
            books.bot(self.bot).freezes += u64::from(outcome.freezes);
        }
    }

    pub fn heed(&mut self, said: Said, now: Instant, books: &mut Books) {
        match said {
            Said::State("connected") => self.connected_at = Some(now),
            Said::Packet(mid, packet) => {
                // Audio slots are a0, a1, …; video slots v0, v1, … (docs/protocol.md names them in `slots`).
                if self
                    .transport
                    .rtc
                    .media(mid)
                    .is_some_and(|media| media.kind().is_audio())
                {
                    self.hear(mid, &packet, books);
                } else {
                    self.see(mid, &packet, books);
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, mid: Mid, packet: &RtpPacket, books: &mut Books) {
        books.bot(self.bot).received_audio += 1;
        let Some(stamp) = mic::read(&packet.payload) else {
            return;
        };
        if !self.heard {
            self.heard = true;
            tell(&News::Sound { bot: self.bot });
        }
        let open = self.connected_at.unwrap_or(packet.timestamp) + SETTLE;
        let now_us = packet.timestamp.duration_since(self.epoch).as_micros() as u64;
        let open_us = open.duration_since(self.epoch).as_micros() as u64;
        let ear = self.ears.entry(mid).or_default();
        ear.hear(&stamp, now_us, open_us, books);
    }

    fn see(&mut self, mid: Mid, packet: &RtpPacket, books: &mut Books) {
        let now = packet.timestamp;
        books.bot(self.bot).received_video += 1;
        if let Some(stamp) = crate::vp8::read(&packet.payload).and_then(|piece| piece.stamp) {
            let now_us = now.duration_since(self.epoch).as_micros() as u64;
            books
                .video_latency
                .add(now_us.saturating_sub(stamp.sent_us));
        }
        let eye = self.eyes.entry(mid).or_default();
        let outcome = eye.take(
            *packet.seq_no,
            packet.header.marker,
            &packet.payload,
            now,
            books,
        );
        let book = books.bot(self.bot);
        book.frames += u64::from(outcome.frames);
        book.freezes += u64::from(outcome.freezes);
        if let Some(after) = outcome.first_after {
            books.pictures_first.add(after.as_millis() as u64);
            tell(&News::Picture {
                bot: self.bot,
                mid: mid.to_string(),
                after_ms: after.as_secs_f64() * 1e3,
            });
        }
        if outcome.ask_keyframe
            && let Some(rx) = self
                .transport
                .rtc
                .direct_api()
                .stream_rx(&packet.header.ssrc)
        {
            rx.request_keyframe(KeyframeRequestKind::Pli);
        }
    }
}
