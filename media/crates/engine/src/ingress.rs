//! The way of a media packet through the engine, from its datagram to what every subscriber will be sent.

use wire::rtp::{Header, rtx};
use wire::{ExtSeq, RtpTime, SeqNo};

use crate::api::{CodecName, Event, Kind};
use crate::arrivals::Arrival;
use crate::context::Cx;
use crate::counters::Reason;
use crate::fanout::Fan;
use crate::numbers::JUMP_MAX;
use crate::picture::Shape;
use crate::publish::{Latched, Said};
use crate::room::Room;
use crate::srtp::{OpenError, OpenedRtp};
use crate::track::Track;
use crate::transport::{Role, Transport};

/// Largest payload taken: browsers stop at 1200 bytes a packet; more would not fit a path once our own header, RTX and the
/// tag are around it.
const PAYLOAD_MAX: usize = 1300;
/// A gap this long could let new packets overtake gathered ones in a layer's ring: what is gathered leaves first.
const GAP_FLUSHES: u64 = 8;

/// A packet under its own media SSRC: as it came, or restored from RTX.
struct Restored<'a> {
    seq: SeqNo,
    time: RtpTime,
    marker: bool,
    repaired: bool,
    payload: &'a [u8],
}

impl Room {
    /// The whole way (DESIGN section 4): header and replay check, SRTP open, arrival noted, Track and Layer, RTX unwrapped,
    /// holes noted, cached once, and offered to each Slot that watches: select, rewrite, gather. Sealing and sending follow
    /// in [`Room::flush`].
    pub fn receive_rtp(
        &mut self,
        from: u32,
        datagram: &mut [u8],
        cx: &mut Cx<'_>,
    ) -> Result<(), Reason> {
        let transport = self.transports.get_mut(from).ok_or(UNPROVEN)?;
        let opened = open(transport, datagram, cx)?;
        let packet = &datagram[..opened.len];
        let said = Said::read(&transport.spec.extensions, opened.header.extensions(packet));
        let Role::Publish(publish) = &mut transport.role else {
            return Err(|c| &mut c.drop_wrong_direction);
        };
        if let Some(number) = said.transport_cc {
            publish.feedback.note(number, opened.header.ssrc, cx.now);
        }
        let latched = match publish.find(opened.header.ssrc) {
            Some(latched) => latched,
            None => self.latch(from, &opened.header, &said, cx)?,
        };
        let track = self.tracks.get_mut(latched.track).ok_or(UNKNOWN_SSRC)?;
        let restored = restore(track, latched, &opened.header, packet, cx)?;
        let arrival = note_arrival(track, latched, &restored, opened.len, cx)?;
        if let Arrival::Next { missing, .. } = arrival
            && missing >= GAP_FLUSHES
        {
            self.flush_media(cx);
        }
        self.accept(latched, arrival, &restored, said.audio_level, cx)
    }

    /// An SSRC that is not known yet. Learning it may begin a layer anew, so what is gathered of it leaves first.
    fn latch(
        &mut self,
        from: u32,
        header: &Header,
        said: &Said<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<Latched, Reason> {
        self.flush_media(cx);
        let publish = self
            .transports
            .get_mut(from)
            .and_then(Transport::publish)
            .ok_or(UNKNOWN_SSRC)?;
        publish.learn(header, said, &mut self.tracks)
    }

    /// A packet that is new to us, of a layer that we know.
    fn accept(
        &mut self,
        latched: Latched,
        arrival: Arrival,
        restored: &Restored<'_>,
        audio_level: Option<u8>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Reason> {
        let (Arrival::Next { seq, .. } | Arrival::Late { seq }) = arrival else {
            return Err(|c| &mut c.drop_duplicate);
        };
        let at = latched.track;
        let track = self.tracks.get_mut(at).ok_or(UNKNOWN_SSRC)?;
        if let Arrival::Next { seq, missing } = arrival
            && missing > JUMP_MAX
        {
            // An outage, or a source that jumped: nothing before it can be repaired, so pictures wait for a key frame.
            let layer = &mut track.layers[usize::from(latched.layer)];
            layer.restart();
            layer.since = seq.0;
        }
        if !track.layers[usize::from(latched.layer)].nacks.is_empty() {
            self.attention.push((at, latched.layer));
        }
        if track.spec.muted || seq.0 < track.layers[usize::from(latched.layer)].since {
            return Err(|c| &mut c.drop_muted);
        }
        if track.spec.kind == Kind::Audio
            && track
                .voice
                .hear(audio_level, restored.payload.len(), cx.now)
        {
            self.voices_changed |= track.spec.audible;
        }
        if restored.payload.is_empty() {
            let (track, mut fan) = self.fan(at, cx).ok_or(UNKNOWN_SSRC)?;
            fan.skip(track, at, latched.layer, seq, restored.time);
            return Err(|c| &mut c.drop_empty);
        }
        let late = matches!(arrival, Arrival::Late { .. });
        keep(track, latched.layer, seq, restored, late, cx)?;
        if !track.layers[usize::from(latched.layer)].live {
            self.layer_came_alive(at, latched.layer, cx);
        }
        let (track, mut fan) = self.fan(at, cx).ok_or(UNKNOWN_SSRC)?;
        fan.offer(track, at, latched.layer, seq, late);
        if track.layers[usize::from(latched.layer)].keyframes.wanted() {
            self.attention.push((at, latched.layer));
        }
        Ok(())
    }

    /// A Track apart from the subscribers that it is fanned out to.
    fn fan<'a, 'c>(
        &'a mut self,
        at: u32,
        cx: &'a mut Cx<'c>,
    ) -> Option<(&'a mut Track, Fan<'a, 'c>)> {
        let Self {
            transports,
            tracks,
            waiting,
            gathered,
            ..
        } = self;
        Some((
            tracks.get_mut(at)?,
            Fan {
                transports,
                waiting,
                gathered,
                cx,
            },
        ))
    }

    fn layer_came_alive(&mut self, at: u32, layer: u8, cx: &mut Cx<'_>) {
        let Some(track) = self.tracks.get_mut(at) else {
            return;
        };
        track.layers[usize::from(layer)].live = true;
        let event = Event::TrackLive {
            track: track.key(),
            spatial: layer,
            active: true,
        };
        self.voices_changed |= track.spec.audible;
        cx.out.events.push(event);
        self.retarget(at, cx);
    }
}

const UNPROVEN: Reason = |c| &mut c.drop_unproven_address;
const UNKNOWN_SSRC: Reason = |c| &mut c.drop_unknown_ssrc;
const TOO_OLD: Reason = |c| &mut c.drop_too_old;

/// Open a packet in place, with its transport's keys.
fn open(
    transport: &mut Transport,
    datagram: &mut [u8],
    cx: &mut Cx<'_>,
) -> Result<OpenedRtp, Reason> {
    let crypto = transport
        .crypto
        .as_mut()
        .ok_or::<Reason>(|c| &mut c.drop_no_keys)?;
    let opened = crypto.opener.open_rtp(datagram).map_err(open_error)?;
    transport.ice.note_media(cx.now);
    transport.stats.packets_in += 1;
    transport.stats.bytes_in += datagram.len() as u64;
    cx.counters.rtp_in += 1;
    Ok(opened)
}

/// The counter of an opener's refusal.
pub fn open_error(error: OpenError) -> Reason {
    match error {
        OpenError::Malformed(_) | OpenError::NotEncrypted => |c| &mut c.drop_malformed,
        OpenError::Forged => |c| &mut c.drop_forged,
        OpenError::Replayed => |c| &mut c.drop_replayed,
        OpenError::TooOld => |c| &mut c.drop_too_old,
        OpenError::SourcesFull => |c| &mut c.drop_sources_full,
    }
}

/// Unwrap RTX before anything else looks at the packet; check what it claims to be.
fn restore<'a>(
    track: &Track,
    latched: Latched,
    header: &Header,
    packet: &'a [u8],
    cx: &mut Cx<'_>,
) -> Result<Restored<'a>, Reason> {
    let payload = header
        .payload(packet)
        .map_err::<Reason, _>(|_| |c| &mut c.drop_malformed)?;
    let codec = &track.spec.codec;
    let type_wanted = if latched.rtx {
        codec.rtx_payload_type
    } else {
        Some(codec.payload_type)
    };
    // Browsers send a probe without payload under whichever type they like.
    if Some(header.payload_type) != type_wanted && !payload.is_empty() {
        return Err(|c| &mut c.drop_wrong_payload_type);
    }
    let (seq, payload, repaired) = if latched.rtx {
        cx.counters.rtx_in += 1;
        let (seq, original) = rtx::parse(payload).ok_or::<Reason>(|c| &mut c.drop_rtx_empty)?;
        (seq, original, true)
    } else {
        (header.seq, payload, false)
    };
    if payload.len() > PAYLOAD_MAX {
        return Err(|c| &mut c.drop_oversize);
    }
    Ok(Restored {
        seq,
        time: header.time,
        marker: header.marker,
        repaired,
        payload,
    })
}

/// Note the arrival; note the holes it opens or fills.
fn note_arrival(
    track: &mut Track,
    latched: Latched,
    restored: &Restored<'_>,
    len: usize,
    cx: &mut Cx<'_>,
) -> Result<Arrival, Reason> {
    let may_nack = track.spec.codec.nack;
    let layer = &mut track.layers[usize::from(latched.layer)];
    let arrival = if restored.repaired {
        layer.arrivals.note_repaired(restored.seq)
    } else {
        layer
            .arrivals
            .note(restored.seq, restored.time, len, cx.now)
    };
    match arrival {
        Arrival::Next { seq, missing } if missing > 0 && may_nack && layer.watched => {
            if !layer.nacks.skipped(seq.0 - missing, seq.0, cx.now) {
                layer.keyframes.want();
            }
        }
        Arrival::Next { .. } => {}
        Arrival::Late { seq } => layer.nacks.filled(seq.0, restored.repaired, cx.now),
        Arrival::Duplicate => return Err(|c| &mut c.drop_duplicate),
        Arrival::TooOld => return Err(TOO_OLD),
    }
    Ok(arrival)
}

/// Keep the packet once for all, with what it is within its picture.
fn keep(
    track: &mut Track,
    layer: u8,
    seq: ExtSeq,
    restored: &Restored<'_>,
    late: bool,
    cx: &Cx<'_>,
) -> Result<(), Reason> {
    let layer = &mut track.layers[usize::from(layer)];
    let shape = match track.spec.codec.name {
        CodecName::Opus => Shape::default(),
        video => Shape::of(video, restored.payload),
    };
    if shape.starts_keyframe {
        layer.keyframes.arrived();
    }
    layer.last_packet = Some(cx.now);
    if !late {
        layer.timeline.note_packet(restored.time, cx.now);
    }
    let Restored {
        time,
        marker,
        payload,
        ..
    } = *restored;
    let stored = layer.cache.store(seq, time, cx.now, marker, shape, payload);
    stored.map(|_| ()).ok_or(TOO_OLD)
}
