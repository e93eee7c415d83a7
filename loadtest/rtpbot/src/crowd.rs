//! All bots of a process: their transports on one poll, their timers in one heap, orders from the controller in between.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};

use crate::books::Books;
use crate::drops::socket_drops;
use crate::orders::{News, Order, Report, tell};
use crate::publish::Publish;
use crate::subscribe::Subscribe;
use crate::transport::{Said, Transport};

const WAKE: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
/// A pair of transports for each of some thousand people; more do not fit into one process anyway.
pub const BOTS_MAX: u32 = 4096;

enum Side {
    Publish(Box<Publish>),
    Subscribe(Box<Subscribe>),
}

/// Publish transports have even places, subscribe transports odd ones.
type Place = usize;

pub struct Crowd {
    poll: Poll,
    bind: IpAddr,
    epoch: Instant,
    sides: HashMap<Place, Side>,
    timers: BinaryHeap<Reverse<(Instant, Place)>>,
    armed: HashMap<Place, Instant>,
    unread: Vec<Place>,
    books: Books,
    said: Vec<Said>,
}

impl Crowd {
    pub fn new(bind: IpAddr) -> std::io::Result<(Crowd, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let crowd = Crowd {
            poll,
            bind,
            epoch: Instant::now(),
            sides: HashMap::new(),
            timers: BinaryHeap::new(),
            armed: HashMap::new(),
            unread: Vec::new(),
            books: Books::default(),
            said: Vec::new(),
        };
        Ok((crowd, waker))
    }

    /// Until the controller closes its end.
    pub fn run(&mut self, orders: &Receiver<Order>) -> std::io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let wait = self.wait();
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                if event.token() != WAKE {
                    self.unread.push(event.token().0);
                }
            }
            loop {
                match orders.try_recv() {
                    Ok(order) => self.obey(order),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            for place in std::mem::take(&mut self.unread) {
                self.read(place);
            }
            self.fire();
        }
    }

    fn wait(&self) -> Duration {
        if !self.unread.is_empty() {
            return Duration::ZERO;
        }
        let next = self.timers.peek().map(|Reverse((at, _))| *at);
        let wait = next.map_or(Duration::from_secs(1), |at| {
            at.saturating_duration_since(Instant::now())
        });
        wait.min(Duration::from_secs(1))
    }

    fn read(&mut self, place: Place) {
        let mut said = std::mem::take(&mut self.said);
        let more = match self.sides.get_mut(&place) {
            Some(Side::Publish(side)) => side.transport.read(&mut said),
            Some(Side::Subscribe(side)) => side.transport.read(&mut said),
            None => false,
        };
        if more {
            self.unread.push(place);
        }
        self.heed(place, said);
        self.arm(place);
    }

    fn fire(&mut self) {
        loop {
            let now = Instant::now();
            match self.timers.peek() {
                Some(Reverse((at, _))) if *at <= now => {}
                _ => return,
            }
            let Some(Reverse((at, place))) = self.timers.pop() else {
                return;
            };
            if self.armed.get(&place) == Some(&at) {
                self.armed.remove(&place);
                self.tick(place, now);
            }
        }
    }

    fn tick(&mut self, place: Place, now: Instant) {
        let mut said = std::mem::take(&mut self.said);
        match self.sides.get_mut(&place) {
            Some(Side::Publish(side)) => {
                side.produce(now, &mut self.books);
                side.transport.tick(now, &mut said);
            }
            Some(Side::Subscribe(side)) => side.transport.tick(now, &mut said),
            None => {}
        }
        self.heed(place, said);
        self.arm(place);
    }

    fn heed(&mut self, place: Place, mut said: Vec<Said>) {
        let now = Instant::now();
        let bot = (place / 2) as u32;
        for one in said.drain(..) {
            if let Said::State(state) = one {
                let direction = if place.is_multiple_of(2) {
                    "publish"
                } else {
                    "subscribe"
                };
                tell(&News::State {
                    bot,
                    direction,
                    state,
                });
            }
            match self.sides.get_mut(&place) {
                Some(Side::Publish(side)) => side.heed(&one),
                Some(Side::Subscribe(side)) => side.heed(one, now, &mut self.books),
                None => {}
            }
        }
        self.said = said;
    }

    /// Sets the timer of a transport to its next deadline, not nearer than a millisecond: many come together.
    fn arm(&mut self, place: Place) {
        let deadline = match self.sides.get(&place) {
            Some(Side::Publish(side)) => side.deadline(),
            Some(Side::Subscribe(side)) => side.transport.deadline(),
            None => return,
        };
        let at = deadline.max(Instant::now() + Duration::from_millis(1));
        if self.armed.get(&place).is_none_or(|armed| at < *armed) {
            self.armed.insert(place, at);
            self.timers.push(Reverse((at, place)));
        }
    }

    // --- orders -----------------------------------------------------------------------------------------------------

    fn obey(&mut self, order: Order) {
        let now = Instant::now();
        let (bot, done) = match order {
            Order::Publish { bot, tracks, fresh } => (bot, self.publish(bot, &tracks, fresh, now)),
            Order::PublishAnswer { bot, sdp } => (bot, self.publish_answer(bot, &sdp)),
            Order::SubscribeOffer {
                bot,
                generation,
                sdp,
                fresh,
            } => (bot, self.subscribe_offer(bot, generation, &sdp, fresh, now)),
            Order::Speak { bot, on } => {
                if let Some(Side::Publish(side)) = self.sides.get_mut(&publish_place(bot)) {
                    side.speak(on);
                }
                (bot, Ok(()))
            }
            Order::Show { bot, slots } => {
                if let Some(Side::Subscribe(side)) = self.sides.get_mut(&subscribe_place(bot)) {
                    side.show(&slots, now, &mut self.books);
                }
                (bot, Ok(()))
            }
            Order::Drop { bot } => {
                self.remove(publish_place(bot), now);
                self.remove(subscribe_place(bot), now);
                (bot, Ok(()))
            }
            Order::Report => {
                tell(&News::Report(Box::new(self.report())));
                return;
            }
        };
        if let Err(text) = done {
            tell(&News::Refused { bot, text });
        }
    }

    fn publish(
        &mut self,
        bot: u32,
        tracks: &[crate::orders::TrackWish],
        fresh: bool,
        now: Instant,
    ) -> Result<(), String> {
        let place = publish_place(bot);
        if fresh || !self.sides.contains_key(&place) {
            let transport = self.open(place, bot, now)?;
            let side = Publish::new(bot, transport, self.epoch);
            self.sides.insert(place, Side::Publish(Box::new(side)));
        }
        if let Some(Side::Publish(side)) = self.sides.get_mut(&place) {
            let (sdp, tracks) = side.offer(tracks, now)?;
            tell(&News::Offer { bot, sdp, tracks });
        }
        self.arm(place);
        Ok(())
    }

    fn publish_answer(&mut self, bot: u32, sdp: &str) -> Result<(), String> {
        let place = publish_place(bot);
        if let Some(Side::Publish(side)) = self.sides.get_mut(&place) {
            side.accept(sdp)?;
        }
        self.tick(place, Instant::now());
        Ok(())
    }

    fn subscribe_offer(
        &mut self,
        bot: u32,
        generation: u64,
        sdp: &str,
        fresh: bool,
        now: Instant,
    ) -> Result<(), String> {
        let place = subscribe_place(bot);
        if fresh || !self.sides.contains_key(&place) {
            let transport = self.open(place, bot, now)?;
            let side = Subscribe::new(bot, transport, self.epoch);
            self.sides.insert(place, Side::Subscribe(Box::new(side)));
        }
        if let Some(Side::Subscribe(side)) = self.sides.get_mut(&place) {
            let sdp = side.transport.answer(sdp)?;
            tell(&News::Answer {
                bot,
                generation,
                sdp,
            });
        }
        self.tick(place, now);
        Ok(())
    }

    fn open(&mut self, place: Place, bot: u32, now: Instant) -> Result<Transport, String> {
        if bot >= BOTS_MAX {
            return Err(format!("bot numbers end at {}", BOTS_MAX - 1));
        }
        self.remove(place, now);
        let mut transport = Transport::new(self.bind, now)?;
        self.poll
            .registry()
            .register(&mut transport.socket, Token(place), Interest::READABLE)
            .map_err(|error| error.to_string())?;
        Ok(transport)
    }

    fn remove(&mut self, place: Place, now: Instant) {
        self.armed.remove(&place);
        let mut transport = match self.sides.remove(&place) {
            Some(Side::Publish(side)) => side.transport,
            Some(Side::Subscribe(mut side)) => {
                side.end(now, &mut self.books);
                side.transport
            }
            None => return,
        };
        self.books.own_send_errors += transport.send_errors;
        // What fails here is a socket that is going away.
        let _ = self.poll.registry().deregister(&mut transport.socket);
    }

    fn report(&self) -> Report {
        let books = &self.books;
        let transports = || {
            self.sides.values().map(|side| match side {
                Side::Publish(side) => &side.transport,
                Side::Subscribe(side) => &side.transport,
            })
        };
        let ports = transports().map(Transport::local_port).collect();
        Report {
            bots: books.bots.clone(),
            audio_latency_ms: books.audio_latency.spread(1e3),
            video_latency_ms: books.video_latency.spread(1e3),
            sound_frames: books.sound_frames,
            sound_frames_lost: books.sound_frames_lost,
            sound_gaps_ms: books.sound_gaps.spread(1.0),
            onset_clips_ms: books.onset_clips.spread(1.0),
            video_packets_lost: books.video_packets_lost,
            frames_decoded: books.frames_decoded,
            frames_undecodable: books.frames_undecodable,
            frames_garbled: books.frames_garbled,
            frames_foreign: books.frames_foreign,
            freezes_ms: books.freezes.spread(1.0),
            pictures_first_ms: books.pictures_first.spread(1.0),
            keyframes_asked: books.keyframes_asked,
            keyframes_sent: books.keyframes_sent,
            own_lateness_ms: books.own_lateness.spread(1e3),
            own_send_errors: books.own_send_errors
                + transports().map(|one| one.send_errors).sum::<u64>(),
            own_socket_drops: socket_drops(&ports),
        }
    }
}

fn publish_place(bot: u32) -> Place {
    bot as usize * 2
}

fn subscribe_place(bot: u32) -> Place {
    bot as usize * 2 + 1
}
