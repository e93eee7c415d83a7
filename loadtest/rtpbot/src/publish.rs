//! A bot's publish transport: which sources it carries, and their packets when they are due.

use std::time::{Duration, Instant};

use str0m::change::SdpPendingOffer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt, Simulcast, SimulcastLayer};
use str0m::rtp::{ExtensionValues, RtpWrite};

use crate::books::Books;
use crate::camera::Camera;
use crate::mic::Mic;
use crate::orders::{Offered, Source, TrackWish};
use crate::transport::{Said, Transport};

enum Device {
    Mic(Mic),
    Camera(Camera),
}

struct Sender {
    wish: TrackWish,
    mid: Mid,
    device: Device,
    /// Of each Layer. Begin small: an SRTP receiver assumes the first index to be without a rollover.
    numbers: Vec<u64>,
}

pub struct Publish {
    pub transport: Transport,
    bot: u32,
    senders: Vec<Sender>,
    pending: Option<SdpPendingOffer>,
    epoch: Instant,
}

impl Publish {
    pub fn new(bot: u32, transport: Transport, epoch: Instant) -> Publish {
        Publish {
            transport,
            bot,
            senders: Vec::new(),
            pending: None,
            epoch,
        }
    }

    /// Publish exactly these; the offer that says so.
    pub fn offer(
        &mut self,
        wishes: &[TrackWish],
        now: Instant,
    ) -> Result<(String, Vec<Offered>), String> {
        let has = |source: Source, senders: &[Sender]| {
            senders.iter().any(|one| one.wish.source == source)
        };
        let mut changes = self.transport.rtc.sdp_api();
        for gone in &self.senders {
            if !wishes.iter().any(|wish| wish.source == gone.wish.source) {
                changes.set_direction(gone.mid, Direction::Inactive);
            }
        }
        self.senders
            .retain(|one| wishes.iter().any(|wish| wish.source == one.wish.source));
        for wish in wishes {
            if has(wish.source, &self.senders) {
                continue;
            }
            let kind = if wish.source.is_audio() {
                MediaKind::Audio
            } else {
                MediaKind::Video
            };
            let mid = changes.add_media(kind, Direction::SendOnly, None, None, simulcast(wish));
            self.senders.push(sender(self.bot, wish, mid, now));
        }
        let (offer, pending) = changes.apply().ok_or("nothing changes")?;
        self.pending = Some(pending);
        let offered = |one: &Sender| Offered {
            mid: one.mid.to_string(),
            source: one.wish.source,
        };
        Ok((
            offer.to_sdp_string(),
            self.senders.iter().map(offered).collect(),
        ))
    }

    pub fn accept(&mut self, sdp: &str) -> Result<(), String> {
        let pending = self.pending.take().ok_or("no offer is open")?;
        self.transport.accept(pending, sdp)
    }

    pub fn speak(&mut self, on: bool) {
        for sender in &mut self.senders {
            if let Device::Mic(mic) = &mut sender.device {
                mic.speak(on);
            }
        }
    }

    pub fn deadline(&self) -> Instant {
        let devices = self.senders.iter().map(|sender| sender.device.due());
        let soonest = devices.min().filter(|_| self.sends());
        soonest.map_or(self.transport.deadline(), |due| {
            due.min(self.transport.deadline())
        })
    }

    fn sends(&self) -> bool {
        self.transport.connected && !self.transport.failed && self.pending.is_none()
    }

    pub fn heed(&mut self, said: &Said) {
        if let Said::KeyframeAsked(mid, rid) = said
            && let Some(sender) = self.senders.iter_mut().find(|one| one.mid == *mid)
            && let Device::Camera(camera) = &mut sender.device
        {
            camera.ask_key(rid.as_deref());
        }
    }

    /// Writes what is due; the caller ticks the transport afterwards.
    pub fn produce(&mut self, now: Instant, books: &mut Books) {
        if !self.sends() {
            return;
        }
        for sender in &mut self.senders {
            let late = now.saturating_duration_since(sender.device.due());
            if late.is_zero() && sender.device.due() > now {
                continue;
            }
            if late < Duration::from_secs(1) {
                books.own_lateness.add(late.as_micros() as u64);
            }
            sender.device.skip_to(now);
            let sent_us = now.duration_since(self.epoch).as_micros() as u64;
            let packets = match &mut sender.device {
                Device::Mic(mic) => write_sound(
                    &mut self.transport,
                    sender.mid,
                    &mut sender.numbers,
                    mic,
                    now,
                    sent_us,
                ),
                Device::Camera(camera) => {
                    let shots = camera.shoot(sent_us);
                    let keys = shots.iter().filter(|shot| shot.3).count();
                    books.keyframes_sent += keys as u64;
                    write_shots(
                        &mut self.transport,
                        sender.mid,
                        &sender.wish,
                        &mut sender.numbers,
                        shots,
                        now,
                    )
                }
            };
            books.bot(self.bot).sent_packets += packets.unwrap_or(0);
        }
    }
}

impl Device {
    fn due(&self) -> Instant {
        match self {
            Device::Mic(mic) => mic.due(),
            Device::Camera(camera) => camera.due(),
        }
    }

    fn skip_to(&mut self, now: Instant) {
        match self {
            Device::Mic(mic) => mic.skip_to(now),
            Device::Camera(camera) => camera.skip_to(now),
        }
    }
}

fn sender(bot: u32, wish: &TrackWish, mid: Mid, now: Instant) -> Sender {
    let number = wish.source.number();
    let device = if wish.source.is_audio() {
        Device::Mic(Mic::new(bot, number, now))
    } else {
        // People's cameras do not shoot in step.
        let phase = Duration::from_micros(u64::from(bot).wrapping_mul(7_919) % 40_000);
        Device::Camera(Camera::new(
            bot,
            number,
            wish.fps,
            &wish.layers,
            now + phase,
        ))
    };
    Sender {
        wish: wish.clone(),
        mid,
        device,
        numbers: vec![1; wish.layers.len().max(1)],
    }
}

/// One Layer alone is no simulcast.
fn simulcast(wish: &TrackWish) -> Option<Simulcast> {
    (wish.layers.len() > 1).then(|| {
        let mut simulcast = Simulcast::new();
        for layer in &wish.layers {
            simulcast.add_send_layer(SimulcastLayer::new(&layer.rid));
        }
        simulcast
    })
}

fn payload_type(transport: &Transport, codec: Codec) -> Option<Pt> {
    let config = transport.rtc.codec_config();
    config
        .iter()
        .find(|one| one.spec().codec == codec)
        .map(|one| one.pt())
}

fn write_sound(
    transport: &mut Transport,
    mid: Mid,
    numbers: &mut [u64],
    mic: &mut Mic,
    now: Instant,
    sent_us: u64,
) -> Option<u64> {
    let spoken = mic.record(sent_us)?;
    let pt = payload_type(transport, Codec::Opus)?;
    let mut direct = transport.rtc.direct_api();
    let tx = direct.stream_tx_by_mid(mid, None)?;
    let levels = ExtensionValues {
        audio_level: Some(spoken.level_dbov),
        voice_activity: Some(spoken.level_dbov > -127),
        ..Default::default()
    };
    let number = numbers.first_mut()?;
    let write = RtpWrite::new(pt, (*number).into(), spoken.rtp_time, now, spoken.payload);
    tx.write_rtp(write.marker(spoken.marker).ext_vals(levels));
    *number += 1;
    Some(1)
}

type Shot = (usize, u32, Vec<Vec<u8>>, bool);

fn write_shots(
    transport: &mut Transport,
    mid: Mid,
    wish: &TrackWish,
    numbers: &mut [u64],
    shots: Vec<Shot>,
    now: Instant,
) -> Option<u64> {
    let pt = payload_type(transport, Codec::Vp8)?;
    let mut direct = transport.rtc.direct_api();
    let mut written = 0;
    for (layer, rtp_time, packets, _) in shots {
        let rid = (wish.layers.len() > 1).then(|| wish.layers[layer].rid.as_str().into());
        let tx = direct.stream_tx_by_mid(mid, rid)?;
        let count = packets.len();
        for (at, payload) in packets.into_iter().enumerate() {
            let write = RtpWrite::new(pt, numbers[layer].into(), rtp_time, now, payload);
            tx.write_rtp(write.marker(at + 1 == count).nackable(true));
            numbers[layer] += 1;
            written += 1;
        }
    }
    Some(written)
}
