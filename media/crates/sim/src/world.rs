//! A whole class in virtual time: one engine, its participants, and the networks between.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;

use engine::Engine;
use engine::api::{Command, EngineConfig, Event, Limits, Mono, Outbox, Path, RoomKey};

use crate::chance::Chance;
use crate::judge::{Judge, Reached, Verdict};
use crate::publisher::{Outgoing, Publisher};
use crate::subscriber::Subscriber;

pub const NTP_AT_ZERO: u64 = 0xe000_0000_0000_0000;
pub const ROOM: RoomKey = RoomKey(1);

enum Flight {
    /// To the engine, with the source packet it delivers.
    In {
        path: Path,
        bytes: Vec<u8>,
        what: Option<(u32, u8, u64)>,
    },
    ToPublisher(usize, Vec<u8>),
    ToSubscriber(usize, Vec<u8>),
}

pub struct World {
    pub engine: Engine,
    pub out: Outbox,
    pub chance: Chance,
    pub now: u64,
    pub publishers: Vec<Publisher>,
    pub subscribers: Vec<Subscriber>,
    pub judges: Vec<Judge>,
    pub reached: Reached,
    /// All events so far, with their time.
    pub events: Vec<(u64, Event)>,
    /// Keep `reached` this short; 0 for all.
    pub reached_max: usize,
    flights: HashMap<u64, Flight>,
    due: BinaryHeap<Reverse<(u64, u64)>>,
    flown: u64,
    addresses: HashMap<SocketAddr, (bool, usize)>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let limits = Limits {
            rooms_max: 100,
            transports_per_room_max: 2000,
            tracks_per_transport_max: 8,
            slots_per_transport_max: 40,
            cache_packets_max: 512,
            handshakes_per_s_max: 100,
        };
        let mut engine = Engine::new(EngineConfig {
            ntp_at_zero: NTP_AT_ZERO,
            seed,
            limits,
        });
        let mut out = Outbox::default();
        let opened = engine.command(Mono(0), Command::OpenRoom(ROOM), &mut out);
        assert_eq!(opened, Ok(()));
        Self {
            engine,
            out,
            chance: Chance::new(seed),
            now: 0,
            publishers: Vec::new(),
            subscribers: Vec::new(),
            judges: Vec::new(),
            reached: Reached::new(),
            events: Vec::new(),
            reached_max: 0,
            flights: HashMap::new(),
            due: BinaryHeap::new(),
            flown: 0,
            addresses: HashMap::new(),
        }
    }

    /// A command; refused ones fail the run.
    pub fn command(&mut self, command: Command) {
        let done = self.engine.command(Mono(self.now), command, &mut self.out);
        assert_eq!(done, Ok(()));
        self.drain();
    }

    /// Let virtual time pass.
    pub fn run(&mut self, us: u64) {
        let end = self.now + us;
        loop {
            let next = self.next();
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    fn next(&self) -> u64 {
        let flight = self.due.peek().map_or(u64::MAX, |Reverse((at, _))| *at);
        let publishers = self
            .publishers
            .iter()
            .map(Publisher::next_wake)
            .min()
            .unwrap_or(u64::MAX);
        let subscribers = self
            .subscribers
            .iter()
            .map(Subscriber::next_wake)
            .min()
            .unwrap_or(u64::MAX);
        flight
            .min(publishers)
            .min(subscribers)
            .min(self.engine.next_deadline().0)
    }

    fn step(&mut self) {
        self.land();
        self.engine.flush(Mono(self.now), &mut self.out);
        self.drain();
        self.wake();
        if self.engine.next_deadline().0 <= self.now {
            self.engine.tick(Mono(self.now), &mut self.out);
            self.drain();
        }
    }

    /// Everything that arrives now.
    fn land(&mut self) {
        while let Some(Reverse((at, id))) = self.due.peek().copied() {
            if at > self.now {
                break;
            }
            self.due.pop();
            match self.flights.remove(&id) {
                Some(Flight::In {
                    path,
                    mut bytes,
                    what,
                }) => {
                    // From an address that is not proven yet, nothing reaches anybody.
                    let opened = self.engine.counters().rtp_in;
                    self.engine
                        .receive(Mono(self.now), path, &mut bytes, &mut self.out);
                    if let Some((track, layer, seq)) = what
                        && self.engine.counters().rtp_in > opened
                    {
                        let reached = self.reached.entry((track, layer)).or_default();
                        reached.entry(seq).or_insert(self.now);
                        if self.reached_max > 0 && reached.len() > self.reached_max {
                            reached.pop_first();
                        }
                    }
                }
                Some(Flight::ToPublisher(at, mut bytes)) => {
                    let mut sent = Vec::new();
                    self.publishers[at].receive(self.now, &mut bytes, &mut sent);
                    self.fly_up(at, sent);
                }
                Some(Flight::ToSubscriber(at, mut bytes)) => {
                    self.subscribers[at].receive(self.now, &mut bytes)
                }
                None => {}
            }
        }
    }

    fn wake(&mut self) {
        for at in 0..self.publishers.len() {
            if self.publishers[at].next_wake() <= self.now {
                let mut sent = Vec::new();
                self.publishers[at].wake(self.now, &mut sent);
                self.addresses
                    .insert(self.publishers[at].end.path.remote, (true, at));
                self.fly_up(at, sent);
            }
        }
        for at in 0..self.subscribers.len() {
            if self.subscribers[at].next_wake() <= self.now {
                let mut sent = Vec::new();
                self.subscribers[at].wake(self.now, &mut sent);
                let end = &mut self.subscribers[at].end;
                self.addresses.insert(end.path.remote, (false, at));
                let path = end.path;
                for bytes in sent {
                    for arrival in end
                        .up
                        .send(self.now, bytes.len(), &mut self.chance)
                        .into_iter()
                        .flatten()
                    {
                        let flight = Flight::In {
                            path,
                            bytes: bytes.clone(),
                            what: None,
                        };
                        launch(
                            &mut self.flights,
                            &mut self.due,
                            &mut self.flown,
                            arrival,
                            flight,
                        );
                    }
                }
            }
        }
    }

    fn fly_up(&mut self, at: usize, sent: Vec<Outgoing>) {
        let end = &mut self.publishers[at].end;
        for Outgoing { bytes, what } in sent {
            for arrival in end
                .up
                .send(self.now, bytes.len(), &mut self.chance)
                .into_iter()
                .flatten()
            {
                let flight = Flight::In {
                    path: end.path,
                    bytes: bytes.clone(),
                    what,
                };
                launch(
                    &mut self.flights,
                    &mut self.due,
                    &mut self.flown,
                    arrival,
                    flight,
                );
            }
        }
    }

    /// What the engine wants sent and said.
    fn drain(&mut self) {
        for datagram in &self.out.datagrams {
            let bytes =
                &self.out.arena[datagram.start as usize..(datagram.start + datagram.len) as usize];
            let Some((is_publisher, at)) = self.addresses.get(&datagram.path.remote).copied()
            else {
                panic!("a datagram to an address that never checked in")
            };
            if !is_publisher {
                self.judges[at].see(self.now, bytes, &self.reached);
            }
            let end = if is_publisher {
                &mut self.publishers[at].end
            } else {
                &mut self.subscribers[at].end
            };
            // Who has moved does not hear what goes to the old address.
            if end.path.remote != datagram.path.remote {
                continue;
            }
            for arrival in end
                .down
                .send(self.now, bytes.len(), &mut self.chance)
                .into_iter()
                .flatten()
            {
                let bytes = bytes.to_vec();
                let flight = if is_publisher {
                    Flight::ToPublisher(at, bytes)
                } else {
                    Flight::ToSubscriber(at, bytes)
                };
                launch(
                    &mut self.flights,
                    &mut self.due,
                    &mut self.flown,
                    arrival,
                    flight,
                );
            }
        }
        for event in self.out.events.drain(..) {
            if !matches!(event, Event::Stats { .. }) {
                self.events.push((self.now, event));
            }
        }
        self.out.clear();
    }

    /// Judge everything that left, of each subscriber.
    pub fn finish(&mut self) -> Vec<Verdict> {
        let counters = *self.engine.counters();
        assert_eq!(
            counters.refuse_seal,
            0,
            "the sealer refused: {}",
            self.engine.snapshot()
        );
        assert!(
            self.subscribers
                .iter()
                .all(|subscriber| subscriber.repeated_numbers == 0)
        );
        let reached = &self.reached;
        self.judges
            .iter_mut()
            .map(|judge| judge.finish(reached))
            .collect()
    }
}

fn launch(
    flights: &mut HashMap<u64, Flight>,
    due: &mut BinaryHeap<Reverse<(u64, u64)>>,
    flown: &mut u64,
    arrival: u64,
    flight: Flight,
) {
    *flown += 1;
    flights.insert(*flown, flight);
    due.push(Reverse((arrival, *flown)));
}
