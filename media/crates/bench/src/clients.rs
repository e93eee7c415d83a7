//! Publishers and subscribers: they keep their consent, send when told, count what arrives and open some of it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::srtp::{Opener, contexts};

use crate::meter::Meter;
use crate::net::{Batch, Waiter, bind, option};
use crate::publisher::{FILLING, Publisher, STAMP_LEN, check};
use crate::scene::{Scene, Seat};
use crate::serve::{number, say, serve};

/// As Chromium checks the pair that it uses.
const CHECK_EVERY: Duration = Duration::from_millis(2500);
/// One subscriber in so many opens all that it gets.
const SAMPLE: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(20);
/// Nothing came for so long: all that is under way has arrived.
const SETTLED: Duration = Duration::from_millis(150);
const SETTLE_MAX: Duration = Duration::from_secs(3);
/// Far away: nobody is there, and the route leads into a device that drops.
const AWAY: [u8; 2] = [10, 99];

/// What the readers saw.
#[derive(Default)]
struct Seen {
    delivered: AtomicU64,
    answered: AtomicU32,
    /// Subscribers to whom media has come.
    newcomers: AtomicU32,
    verified: AtomicU64,
    /// Opened, but not what was sent; or not to be opened at all.
    wrong: AtomicU64,
    /// Drops in the readers' own sockets.
    own_drops: AtomicU64,
    latencies_ns: Mutex<Vec<u64>>,
    stop: AtomicBool,
}

struct Clients {
    scene: Scene,
    server: SocketAddr,
    publishers: Vec<Publisher>,
    subscribers: Vec<UdpSocket>,
    /// So many of them have been heard of.
    arrived: usize,
    away: bool,
    seen: Arc<Seen>,
    checks: u32,
    checked: Instant,
    readers: Vec<std::thread::JoinHandle<()>>,
}

/// `clients SCENE ADDRESS:PORT here|away`: answers `join FROM TO`, `go FRAMES FRAMES_PER_S`,
/// `arrive FRAMES FRAMES_PER_S TO` and `check`.
pub fn run(arguments: &[&str]) -> Result<i32, String> {
    let scene = Scene::parse(arguments.first().copied().unwrap_or("video"))?;
    let server: SocketAddr = arguments
        .get(1)
        .and_then(|text| text.parse().ok())
        .ok_or("ADDRESS:PORT of the server")?;
    let away = arguments.get(2) == Some(&"away");
    let told = |error: std::io::Error| error.to_string();
    let publishers = (0..scene.publishers())
        .map(|index| {
            let socket = bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
            Ok(Publisher::new(index, scene, socket))
        })
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(told)?;
    let mut clients = Clients {
        scene,
        server,
        publishers,
        subscribers: Vec::new(),
        arrived: 0,
        away,
        seen: Arc::default(),
        checks: 0,
        checked: Instant::now(),
        readers: Vec::new(),
    };
    clients.check();
    say("{}");
    let code = serve(|words| clients.answer(words));
    clients.seen.stop.store(true, Ordering::Relaxed);
    for reader in clients.readers {
        let _ = reader.join();
    }
    Ok(code)
}

impl Clients {
    fn answer(&mut self, words: &[&str]) -> Result<String, String> {
        match words.first().copied() {
            Some("join") => self.join(number(words, 1)?, number(words, 2)?),
            Some("go") => Ok(self.go(number(words, 1)?, number(words, 2)?, 0)),
            // As `go`, while the subscribers up to TO take their places one after another.
            Some("arrive") => {
                let to = number(words, 3)?;
                self.place_more(to)?;
                Ok(self.go(number(words, 1)?, number(words, 2)?, to))
            }
            Some("check") => {
                self.check();
                Ok("{}".to_owned())
            }
            _ => Err(
                "join FROM TO, go FRAMES FRAMES_PER_S, arrive FRAMES FRAMES_PER_S TO, or check"
                    .to_owned(),
            ),
        }
    }

    /// Subscribers `from..to` take their places and are heard of by the server.
    fn join(&mut self, from: u32, to: u32) -> Result<String, String> {
        let began = Instant::now();
        let wanted = self.seen.answered.load(Ordering::Relaxed) + (to - from);
        self.place_more(to)?;
        for index in from..to {
            self.check_one(index);
        }
        while !self.away && self.seen.answered.load(Ordering::Relaxed) < wanted {
            if began.elapsed() > PATIENCE {
                return Err("not every check was answered".to_owned());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(format!("{{\"took_s\":{}}}", began.elapsed().as_secs_f64()))
    }

    /// Sockets and a reader for the subscribers up to `to`; nobody hears of them yet.
    fn place_more(&mut self, to: u32) -> Result<(), String> {
        let from = self.subscribers.len() as u32;
        let told = |error: std::io::Error| error.to_string();
        let sockets = (from..to)
            .map(|index| self.place(index))
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(told)?;
        if !self.away {
            self.start_reader(from, &sockets).map_err(told)?;
        }
        self.arrived = from as usize;
        self.subscribers.extend(sockets);
        Ok(())
    }

    fn check_one(&mut self, index: u32) {
        self.checks += 1;
        self.arrived = self.arrived.max(index as usize + 1);
        let bytes = check(Seat::subscriber(index), self.checks);
        let _ = self.subscribers[index as usize].send_to(&bytes, self.server);
    }

    fn place(&self, index: u32) -> std::io::Result<UdpSocket> {
        let address = if self.away {
            let [first, second] = AWAY;
            let host = Ipv4Addr::new(first, second, (index / 200) as u8, (index % 200 + 1) as u8);
            SocketAddrV4::new(host, 0)
        } else {
            SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)
        };
        let socket = bind(address)?;
        for name in [libc::SO_TIMESTAMPNS, libc::SO_RXQ_OVFL] {
            option(socket.as_raw_fd(), libc::SOL_SOCKET, name, 1)?;
        }
        Ok(socket)
    }

    fn start_reader(&mut self, from: u32, sockets: &[UdpSocket]) -> std::io::Result<()> {
        let sockets = sockets
            .iter()
            .map(UdpSocket::try_clone)
            .collect::<std::io::Result<Vec<_>>>()?;
        let reader = Reader::new(from, sockets, Arc::clone(&self.seen))?;
        self.readers.push(std::thread::spawn(move || reader.run()));
        Ok(())
    }

    /// Everybody's consent, renewed.
    fn check(&mut self) {
        self.checks += 1;
        for publisher in &self.publishers {
            let bytes = check(publisher.seat, self.checks);
            let _ = publisher.socket.send_to(&bytes, self.server);
        }
        for (index, socket) in (0..).zip(self.subscribers.iter().take(self.arrived)) {
            let bytes = check(Seat::subscriber(index), self.checks);
            let _ = socket.send_to(&bytes, self.server);
        }
        self.checked = Instant::now();
    }

    /// Frames of every publisher at an even pace, and arrivals over their whole time. What was sent, what arrived, how late.
    fn go(&mut self, frames: u32, frames_per_s: f64, arrive_to: u32) -> String {
        let arrive_from = self.arrived as u32;
        let newcomers = self.seen.newcomers.load(Ordering::Relaxed);
        self.seen
            .latencies_ns
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let before = self.counts();
        let cpu = Meter::read().cpu_ns;
        let began = Instant::now();
        for frame in 0..frames {
            let due = Duration::from_secs_f64(f64::from(frame) / frames_per_s);
            if let Some(left) = due.checked_sub(began.elapsed()) {
                std::thread::sleep(left);
            }
            for publisher in &mut self.publishers {
                publisher.send_frame(self.server);
            }
            // The last ones have a tenth of the time left to hear something.
            let arriving = u64::from(arrive_to.saturating_sub(arrive_from));
            let share = arriving * u64::from(frame + 1) * 10 / (u64::from(frames) * 9);
            let due = arrive_from + share.min(arriving) as u32;
            for index in self.arrived as u32..due {
                self.check_one(index);
            }
            if self.checked.elapsed() > CHECK_EVERY {
                self.check();
            }
        }
        let took_s = began.elapsed().as_secs_f64();
        self.settle();
        let after = self.counts();
        let each = u64::from(self.scene.packets_per_frame() * frames);
        let sent = each * self.publishers.len() as u64;
        let [delivered, verified, wrong, own_drops] =
            std::array::from_fn(|index| after[index] - before[index]);
        let [p50, p99, p999, most] = self.latencies();
        let newcomers = self.seen.newcomers.load(Ordering::Relaxed) - newcomers;
        let cpu_ns = Meter::read().cpu_ns - cpu;
        format!(
            "{{\"sent\":{sent},\"took_s\":{took_s},\"delivered\":{delivered},\"verified\":{verified},\"wrong\":{wrong},\
             \"own_drops\":{own_drops},\"latency_us_p50\":{p50},\"latency_us_p99\":{p99},\"latency_us_p999\":{p999},\"latency_us_max\":{most},\"newcomers\":{newcomers},\
             \"clients_cpu_ns\":{cpu_ns}}}"
        )
    }

    /// Wait for what is still under way: a late packet is late, not lost.
    fn settle(&self) {
        let began = Instant::now();
        let mut before = self.counts();
        while began.elapsed() < SETTLE_MAX {
            std::thread::sleep(SETTLED);
            let now = self.counts();
            if now == before {
                return;
            }
            before = now;
        }
    }

    fn counts(&self) -> [u64; 4] {
        let seen = &self.seen;
        [
            &seen.delivered,
            &seen.verified,
            &seen.wrong,
            &seen.own_drops,
        ]
        .map(|count| count.load(Ordering::Relaxed))
    }

    fn latencies(&self) -> [f64; 4] {
        let mut all = self
            .seen
            .latencies_ns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.sort_unstable();
        let rank = |share: f64| {
            let at = (all.len() as f64 * share) as usize;
            let found = all.get(at.min(all.len().saturating_sub(1)));
            found.map_or(0.0, |ns| *ns as f64 / 1000.0)
        };
        [rank(0.5), rank(0.99), rank(0.999), rank(1.0)]
    }
}

struct Reader {
    sockets: Vec<UdpSocket>,
    waiter: Waiter,
    batch: Batch,
    openers: HashMap<usize, Opener>,
    drops: Vec<u32>,
    served: Vec<bool>,
    seen: Arc<Seen>,
}

impl Reader {
    fn new(from: u32, sockets: Vec<UdpSocket>, seen: Arc<Seen>) -> std::io::Result<Self> {
        let opener = |index: u32| {
            let (_, opener) = contexts(&Seat::subscriber(index).keys().1)
                .unwrap_or_else(|_| panic!("made keys fit their profile"));
            ((index - from) as usize, opener)
        };
        let to = from + sockets.len() as u32;
        Ok(Self {
            waiter: Waiter::new(&sockets)?,
            batch: Batch::new(2048),
            openers: (from..to)
                .filter(|index| index % SAMPLE == 0)
                .map(opener)
                .collect(),
            drops: vec![0; sockets.len()],
            served: vec![false; sockets.len()],
            sockets,
            seen,
        })
    }

    fn run(mut self) {
        let mut ready = Vec::new();
        while !self.seen.stop.load(Ordering::Relaxed) {
            self.waiter.wait(100, &mut ready);
            for place in &ready {
                self.read(*place);
            }
        }
    }

    fn read(&mut self, place: usize) {
        let count = self.batch.receive(self.sockets[place].as_raw_fd());
        let mut delivered = 0;
        for index in 0..count {
            let (came, bytes) = self.batch.message(index);
            let before = std::mem::replace(&mut self.drops[place], came.overflow);
            let drops = u64::from(came.overflow.wrapping_sub(before));
            self.seen.own_drops.fetch_add(drops, Ordering::Relaxed);
            match wire::demux(bytes) {
                wire::DatagramKind::Stun => {
                    self.seen.answered.fetch_add(1, Ordering::Relaxed);
                }
                wire::DatagramKind::Rtp => {
                    delivered += 1;
                    if let Some(opener) = self.openers.get_mut(&place) {
                        look(opener, bytes, came.at_ns, &self.seen);
                    }
                }
                _ => {}
            }
        }
        self.seen.delivered.fetch_add(delivered, Ordering::Relaxed);
        if delivered > 0 && !std::mem::replace(&mut self.served[place], true) {
            self.seen.newcomers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Open a packet, see that it is what was sent, and how long it was under way.
fn look(opener: &mut Opener, bytes: &mut [u8], at_ns: u64, seen: &Seen) {
    let stamp = opener.open_rtp(bytes).ok().and_then(|opened| {
        let packet = &bytes[..opened.len];
        let payload = opened.header.payload(packet).ok()?;
        let (body, stamp) = payload.split_last_chunk::<STAMP_LEN>()?;
        (body.last() == Some(&FILLING)).then(|| u64::from_be_bytes(*stamp))
    });
    let Some(sent_ns) = stamp else {
        seen.wrong.fetch_add(1, Ordering::Relaxed);
        return;
    };
    seen.verified.fetch_add(1, Ordering::Relaxed);
    seen.latencies_ns
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(at_ns.saturating_sub(sent_ns));
}
