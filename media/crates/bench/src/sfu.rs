//! The media plane as the product runs it: real sockets, real SRTP, one shard. Its agent's part is played by this file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use driver::{Offload, Plane, PlaneConfig, SpoolConfig};

use crate::meter::Meter;
use crate::scene::{self, ROOM, Scene, Seat};
use crate::serve::{number, serve};

/// As the agent drains.
const DRAIN_EVERY: Duration = Duration::from_millis(50);
const EVENTS_MAX: usize = 1000;

struct Sfu {
    plane: Arc<Plane>,
    scene: Scene,
}

/// `sfu SCENE [plain] [recorded FOLDER SOCKET]`: answers `open FROM TO` and `mark`. `plain` leaves the kernel's offloads unused;
/// `recorded` writes every Track into the folder and sends it to the recorder at the socket.
pub fn run(arguments: &[&str]) -> Result<i32, String> {
    let scene = Scene::parse(arguments.first().copied().unwrap_or("video"))?;
    let all = arguments.get(1) != Some(&"plain");
    let config = PlaneConfig {
        shard_count: 1,
        bind_addresses: Vec::new(),
        port_first: 0,
        event_queue_max: 65_536,
        adapts: true,
        offload: Offload { gso: all, gro: all },
        spool: recorded_to(arguments),
    };
    let plane = Arc::new(Plane::start(&config).map_err(|error| error.to_string())?);
    let told = |error: driver::PlaneError| error.to_string();
    plane.open_room(ROOM, 0).map_err(told)?;
    for index in 0..scene.publishers() {
        let seat = Seat::publisher(index);
        plane
            .open_transport(scene::publish_transport(seat))
            .map_err(told)?;
        plane
            .install_keys(&seat.transport(), seat.keys().0)
            .map_err(told)?;
        plane.open_track(scene::track(scene, seat)).map_err(told)?;
        if config.spool.is_some() {
            plane.open_tap(scene::tap(seat)).map_err(told)?;
        }
    }
    let stop = Arc::new(AtomicBool::new(false));
    let drains = std::thread::spawn({
        let (plane, stop) = (Arc::clone(&plane), Arc::clone(&stop));
        move || {
            while !stop.load(Ordering::Relaxed) {
                while plane.drain(EVENTS_MAX).len() == EVENTS_MAX {}
                std::thread::sleep(DRAIN_EVERY);
            }
        }
    });
    let sfu = Sfu { plane, scene };
    crate::serve::say(&format!("{{\"port\":{}}}", sfu.plane.ports()[0]));
    let code = serve(|words| sfu.answer(words));
    stop.store(true, Ordering::Relaxed);
    let _ = drains.join();
    Ok(code)
}

fn recorded_to(arguments: &[&str]) -> Option<SpoolConfig> {
    let at = arguments.iter().position(|word| *word == "recorded")?;
    Some(SpoolConfig {
        folder: Some(arguments.get(at + 1)?.into()),
        media_id: "med_measured".into(),
        node: "here".into(),
        recorder_address: Some(format!("unix:{}", arguments.get(at + 2)?)),
        recorder_token: crate::recorder::TOKEN.to_vec(),
    })
}

impl Sfu {
    fn answer(&self, words: &[&str]) -> Result<String, String> {
        match words.first().copied() {
            Some("open") => self.open(number(words, 1)?, number(words, 2)?),
            Some("mark") => self.mark(),
            _ => Err("open FROM TO, or mark".to_owned()),
        }
    }

    /// Subscribers `from..to`: transport, keys and subscription of each, as fast as the shard takes them. It does not wait
    /// until they are carried out: a snapshot of hundreds would hold up the very packets that are watched.
    fn open(&self, from: u32, to: u32) -> Result<String, String> {
        for index in from..to {
            let seat = Seat::subscriber(index);
            self.ask(|plane| plane.open_transport(scene::subscribe_transport(seat)))?;
            self.ask(|plane| plane.install_keys(&seat.transport(), seat.keys().0))?;
            if let Some(subscription) = scene::subscription(self.scene, seat) {
                self.ask(|plane| plane.open_subscription(subscription.clone()))?;
            }
        }
        Ok("{}".to_owned())
    }

    fn ask(&self, one: impl Fn(&Plane) -> Result<(), driver::PlaneError>) -> Result<(), String> {
        loop {
            match one(&self.plane) {
                Err(driver::PlaneError::Busy(_)) => std::thread::sleep(Duration::from_millis(1)),
                done => return done.map_err(|error| error.to_string()),
            }
        }
    }

    /// The meter stands between two snapshots at the end and the beginning of a measured stretch, so that they cost it nothing:
    /// `before` is to be used as the start of the next stretch, `after` as the end of the last.
    fn mark(&self) -> Result<String, String> {
        let after = Meter::read();
        let began = Instant::now();
        let snapshot = self.plane.snapshot().map_err(|error| error.to_string())?;
        let (_, rest) = snapshot
            .split_once("\"counters\":")
            .ok_or("a snapshot without counters")?;
        let (counters, _) = rest.split_once('}').ok_or("counters without an end")?;
        let (before, snapshot_us) = (Meter::read(), began.elapsed().as_micros());
        Ok(format!(
            "{{\"snapshot_us\":{snapshot_us},\"after\":{{{}}},\"before\":{{{}}},\"counters\":{counters}}}}}",
            after.members(),
            before.members()
        ))
    }
}
