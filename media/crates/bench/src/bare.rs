//! A bare forwarder: what any server must spend at least. The same crypto library, cut sends and joined receives; no ICE but
//! "whoever names a seat sits there", no RTCP, no cache, no switching, no windows.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

use crate::meter::Meter;
use crate::net::{Batch, Waiter, bind, option};
use crate::scene::{Scene, Seat, VIDEO_TYPE};
use crate::serve::{number, say, serve};

const HEADER: usize = 12;
const TAG: usize = 16;
/// All packets of a batch to one subscriber.
const RUN_BYTES: usize = 64 * 1024;

/// One key and salt.
struct Aead {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Aead {
    /// RFC 3711 section 4.3.3 with the salt of RFC 7714 section 11.
    fn new(master_key: &[u8], master_salt: &[u8]) -> Option<Self> {
        let prf = EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, master_key).ok()?).ok()?;
        let derive = |label: u8| {
            let mut iv = [0u8; 16];
            iv[..12].copy_from_slice(master_salt.get(..12)?);
            iv[7] ^= label;
            let mut bytes = [0u8; 16];
            let context = EncryptionContext::Iv128(FixedLength::from(iv));
            prf.less_safe_encrypt(&mut bytes, context).ok()?;
            Some(bytes)
        };
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &derive(0)?).ok()?);
        let salt = *derive(2)?.first_chunk()?;
        Some(Self { key, salt })
    }

    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let mut nonce = self.salt;
        let place = (u128::from(ssrc) << 48) | u128::from(index);
        for (byte, place) in nonce.iter_mut().zip(&place.to_be_bytes()[4..]) {
            *byte ^= place;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

struct Subscriber {
    aead: Aead,
    address: SocketAddrV4,
    ssrc: u32,
    index: u64,
}

struct Bare {
    socket: UdpSocket,
    publisher: Aead,
    subscribers: Vec<Subscriber>,
    /// Keys of seats that nobody has taken yet.
    empty: HashMap<usize, Aead>,
    /// Payloads of one batch, with marker and time.
    packets: Vec<(bool, [u8; 4], Vec<u8>)>,
    out: Batch,
}

static DATAGRAMS_OUT: AtomicU64 = AtomicU64::new(0);
static MESSAGES_OUT: AtomicU64 = AtomicU64::new(0);

/// `bare SCENE`: answers `open FROM TO` and `mark`.
pub fn run(arguments: &[&str]) -> Result<i32, String> {
    let scene = Scene::parse(arguments.first().copied().unwrap_or("video"))?;
    if !scene.is_video() {
        return Err("the bare forwarder has one publisher of video".to_owned());
    }
    let socket =
        bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)).map_err(|error| error.to_string())?;
    let port = socket
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    let (keys, _) = Seat::publisher(0).keys();
    let publisher = Aead::new(&keys.remote_key, &keys.remote_salt).ok_or("keys")?;
    let bare = Mutex::new(Bare {
        socket,
        publisher,
        subscribers: Vec::new(),
        empty: HashMap::new(),
        packets: Vec::new(),
        out: Batch::new(RUN_BYTES),
    });
    let bare: &'static Mutex<Bare> = Box::leak(Box::new(bare));
    std::thread::spawn(move || forward(bare));
    say(&format!("{{\"port\":{port}}}"));
    Ok(serve(|words| answer(bare, words)))
}

fn lock(bare: &Mutex<Bare>) -> std::sync::MutexGuard<'_, Bare> {
    bare.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn answer(bare: &Mutex<Bare>, words: &[&str]) -> Result<String, String> {
    match words.first().copied() {
        Some("open") => {
            for index in number::<u32>(words, 1)?..number::<u32>(words, 2)? {
                let (keys, _) = Seat::subscriber(index).keys();
                let aead = Aead::new(&keys.local_key, &keys.local_salt).ok_or("keys")?;
                lock(bare).empty.insert(index as usize, aead);
            }
            Ok("{}".to_owned())
        }
        Some("mark") => {
            let members = Meter::read().members();
            Ok(format!(
                "{{\"after\":{{{members}}},\"before\":{{{members}}},\"counters\":{{\"driver_datagrams_out\":{},\
                 \"driver_messages_out\":{}}}}}",
                DATAGRAMS_OUT.load(Ordering::Relaxed),
                MESSAGES_OUT.load(Ordering::Relaxed)
            ))
        }
        _ => Err("open FROM TO, or mark".to_owned()),
    }
}

fn forward(bare: &Mutex<Bare>) {
    let (waiter, fd) = {
        let bare = lock(bare);
        let fd = bare.socket.as_raw_fd();
        let _ = option(fd, libc::SOL_UDP, libc::UDP_GRO, 1);
        (Waiter::new(std::slice::from_ref(&bare.socket)), fd)
    };
    let Ok(waiter) = waiter else { return };
    let mut batch = Batch::new(RUN_BYTES);
    let mut ready = Vec::new();
    loop {
        waiter.wait(1000, &mut ready);
        let count = batch.receive(fd);
        let mut bare = lock(bare);
        for index in 0..count {
            let (came, bytes) = batch.message(index);
            let segment_len = came.segment_len.unwrap_or(bytes.len()).max(1);
            for datagram in bytes.chunks_mut(segment_len) {
                bare.take(came.from, datagram);
            }
        }
        bare.send();
    }
}

impl Bare {
    fn take(&mut self, from: SocketAddrV4, datagram: &mut [u8]) {
        match wire::demux(datagram) {
            wire::DatagramKind::Stun => self.seat(from, datagram),
            wire::DatagramKind::Rtp => {
                self.open(datagram);
            }
            _ => {}
        }
    }

    /// A check: whoever names an empty seat takes it; any datagram answers it.
    fn seat(&mut self, from: SocketAddrV4, datagram: &[u8]) {
        let seat = wire::stun::Message::parse(datagram)
            .ok()
            .and_then(|message| wire::stun::local_ufrag(&message).and_then(Seat::of_ufrag));
        let Some(seat) = seat else { return };
        let taken = seat
            .subscriber_index()
            .and_then(|index| self.empty.remove(&index));
        if let Some(aead) = taken {
            self.subscribers.push(Subscriber {
                aead,
                address: from,
                ssrc: seat.slot_ssrc(0),
                index: 100,
            });
            let _ = self.socket.send_to(datagram, from);
        }
    }

    fn open(&mut self, datagram: &mut [u8]) -> Option<()> {
        let header = wire::rtp::Header::parse(datagram).ok()?;
        // One publisher that never wraps in a measure's time.
        let nonce = self.publisher.nonce(header.ssrc.0, u64::from(header.seq.0));
        let (head, body) = datagram.split_at_mut(header.header_len);
        let plain = self
            .publisher
            .key
            .open_in_place(nonce, Aad::from(&*head), body)
            .ok()?;
        self.packets
            .push((header.marker, header.time.0.to_be_bytes(), plain.to_vec()));
        Some(())
    }

    /// All packets of the batch to each subscriber, in one cut send.
    fn send(&mut self) {
        let Self {
            packets,
            subscribers,
            out,
            socket,
            ..
        } = self;
        let Some((_, _, first)) = packets.first() else {
            return;
        };
        let segment_len = HEADER + first.len() + TAG;
        // Packets of a measure are all as long as the first, so each piece is one run.
        for packets in packets.chunks(RUN_BYTES.min(65_000) / segment_len) {
            for subscriber in subscribers.iter_mut() {
                let to = subscriber.address;
                out.push(socket.as_raw_fd(), to, segment_len, |buffer| {
                    let mut at = 0;
                    for packet in packets {
                        at += subscriber.seal(packet, &mut buffer[at..]);
                    }
                    at
                });
                DATAGRAMS_OUT.fetch_add(packets.len() as u64, Ordering::Relaxed);
                MESSAGES_OUT.fetch_add(1, Ordering::Relaxed);
            }
            out.send(socket.as_raw_fd());
        }
        packets.clear();
    }
}

impl Subscriber {
    fn seal(
        &mut self,
        (marker, time, payload): &(bool, [u8; 4], Vec<u8>),
        out: &mut [u8],
    ) -> usize {
        self.index += 1;
        let end = HEADER + payload.len();
        out[0] = 0x80;
        out[1] = VIDEO_TYPE | u8::from(*marker) << 7;
        out[2..4].copy_from_slice(&(self.index as u16).to_be_bytes());
        out[4..8].copy_from_slice(time);
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        out[HEADER..end].copy_from_slice(payload);
        let nonce = self.aead.nonce(self.ssrc, self.index);
        let (head, body) = out.split_at_mut(HEADER);
        let (body, tag) = body.split_at_mut(payload.len());
        // Sizes are right and the key is good: there is nothing to refuse.
        if let Ok(made) = self
            .aead
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(&*head), body)
        {
            tag[..TAG].copy_from_slice(made.as_ref());
        }
        end + TAG
    }
}
