//! Bandwidth comes and goes on the subscriber's leg: sound stays whole, the picture follows.

use engine::api::{Event, Layer, TrackKey};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;
const SOUND: Layer = Layer {
    spatial: 0,
    temporal: 0,
};

fn leg(rate_bps: u64) -> Network {
    Network {
        delay_us: 20_000,
        jitter_us: 6_000,
        rate_bps,
        queue_us: 200_000,
        ..Network::default()
    }
}

/// One camera with layers of about 150, 560 and 1650 kbit/s on the wire and three temporal layers, two who talk, and one who
/// watches and hears both.
struct Class {
    world: World,
    camera: TrackKey,
    viewer: usize,
}

fn class(seed: u64, down: Network) -> Class {
    let mut world = World::new(seed);
    let publisher = world.add_publisher(Network::default());
    let other = world.add_publisher(Network::default());
    let camera = world.add_camera(
        publisher,
        Camera {
            temporal: 3,
            payload_len: 560,
            ..Camera::default()
        },
    );
    for (source, (packets, len)) in world.publishers[publisher].tracks[0]
        .sources
        .iter_mut()
        .zip([(1, 560), (2, 1_100), (6, 1_080)])
    {
        source.packets_per_frame = packets;
        source.payload_len = len;
    }
    let voices = [
        world.add_microphone(publisher, true),
        world.add_microphone(other, true),
    ];
    let viewer = world.add_subscriber(
        Network::default(),
        Seats {
            bound_audio: 2,
            ..Seats::default()
        },
    );
    world.subscribers[viewer].end.down.network = down;
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    for (number, voice) in voices.into_iter().enumerate() {
        world.subscribe(viewer, 100 + number as u16, voice, 1, SOUND);
    }
    Class {
        world,
        camera,
        viewer,
    }
}

impl Class {
    fn set_rate(&mut self, rate_bps: u64) {
        self.world.subscribers[self.viewer]
            .end
            .down
            .network
            .rate_bps = rate_bps;
    }

    /// Sound packets that were sent and did not arrive, over a time. What is still under way at its ends is waited for.
    fn sound_lost(&mut self, run_us: u64) -> u64 {
        let missing = |class: &Class| {
            let screen = |n: u16| class.world.screen(class.viewer, 100 + n);
            (0..2).map(|n| screen(n).lost_so_far()).sum::<u64>()
        };
        self.world.run(SECOND);
        let before = missing(self);
        self.world.run(run_us);
        missing(self) - before
    }

    /// Time until something is so, or `limit_us`.
    fn until(&mut self, limit_us: u64, done: impl Fn(&World) -> bool) -> u64 {
        let began = self.world.now;
        while !done(&self.world) && self.world.now - began < limit_us {
            self.world.run(50_000);
        }
        self.world.now - began
    }

    fn shows_top(world: &World, viewer: usize, camera: TrackKey) -> bool {
        world.screen(viewer, 0).shows == Some((camera.0, 2))
    }

    fn queued_us(&self) -> u64 {
        self.world.subscribers[self.viewer]
            .end
            .down
            .queued_us(self.world.now)
    }
}

fn median(mut of: Vec<u64>) -> u64 {
    of.sort_unstable();
    of[of.len() / 2]
}

#[test]
fn a_join_reaches_the_top_within_two_seconds() {
    for seed in 0..5 {
        let mut class = class(
            600 + seed,
            Network {
                delay_us: 500,
                jitter_us: 300,
                ..Network::default()
            },
        );
        let (viewer, camera) = (class.viewer, class.camera);
        let first = class.until(5 * SECOND, |world| world.screen(viewer, 0).frames > 0);
        let top = first + class.until(5 * SECOND, |world| Class::shows_top(world, viewer, camera));
        println!("seed {seed}: first picture {first} us, top {top} us");
        assert!(
            first <= 300_000 && top <= 2 * SECOND,
            "{first} {top} {}",
            class.world.engine.snapshot()
        );
        class.world.finish();
    }
}

#[test]
fn bandwidth_goes_and_comes_back() {
    let (mut downs, mut ups) = (Vec::new(), Vec::new());
    for seed in 0..7 {
        let mut class = class(700 + seed, leg(3_000_000));
        let (viewer, camera) = (class.viewer, class.camera);
        // Not always in the same moment of feedback and allocation.
        class.world.run(8 * SECOND + seed * 137_000);
        assert!(
            Class::shows_top(&class.world, viewer, camera),
            "{}",
            class.world.engine.snapshot()
        );
        class.set_rate(300_000);
        // Adapted: the queue of the bottleneck is short for half a second.
        let began = class.world.now;
        let mut calm_since = None;
        while class.world.now - began < 10 * SECOND {
            class.world.run(20_000);
            if class.queued_us() > 100_000 {
                calm_since = None;
            } else if class.world.now - *calm_since.get_or_insert(class.world.now) >= 500_000 {
                break;
            }
        }
        let down = calm_since.unwrap_or(class.world.now) - began;
        class.world.run(4 * SECOND);
        let frames = class.world.screen(viewer, 0).frames;
        let lost = class.sound_lost(10 * SECOND);
        let moved = class.world.screen(viewer, 0).frames - frames;
        println!(
            "seed {seed}: down {down} us; at 300 kbit/s lost {lost} of 1000 voice packets, {moved} frames in 10 s"
        );
        assert!(lost <= 2, "sound is whole at 300 kbit/s: {lost} lost");
        assert!(moved > 60, "a picture moves: {moved}");
        class.set_rate(3_000_000);
        let up = class.until(20 * SECOND, |world| Class::shows_top(world, viewer, camera));
        println!("seed {seed}: up {up} us");
        downs.push(down);
        ups.push(up);
        class.world.finish();
    }
    let (down, up) = (median(downs), median(ups));
    println!("median: down {down} us, up {up} us");
    assert!(down < SECOND, "{down}");
    assert!(up < 10 * SECOND, "{up}");
}

#[test]
fn loss_and_distance_are_no_congestion() {
    for seed in 0..3 {
        let network = Network {
            loss: 0.05,
            delay_us: 50_000,
            ..Network::default()
        };
        let mut class = class(800 + seed, network);
        let (viewer, camera) = (class.viewer, class.camera);
        class.world.subscribers[viewer].end.up.network.delay_us = 50_000;
        class.world.run(30 * SECOND);
        let snapshot = class.world.engine.snapshot();
        assert!(
            Class::shows_top(&class.world, viewer, camera),
            "seed {seed}: {snapshot}"
        );
        let screen = class.world.screen(viewer, 0);
        println!(
            "seed {seed}: longest freeze {} us",
            screen.longest_freeze_us
        );
        class.world.finish();
    }
}

#[test]
fn who_never_sends_the_feedback_it_negotiated_is_held_to_its_reports() {
    let mut class = class(850, leg(3_000_000));
    let (viewer, camera) = (class.viewer, class.camera);
    class.world.subscribers[viewer].feeds_back = false;
    class.world.run(5 * SECOND);
    let longest_us = |class: &Class| class.world.screen(viewer, 0).longest_freeze_us;
    assert!(Class::shows_top(&class.world, viewer, camera));
    let before_us = longest_us(&class);
    class.world.run(10 * SECOND);
    assert!(Class::shows_top(&class.world, viewer, camera));
    assert_eq!(longest_us(&class), before_us, "no guess stops a picture");
    // Too much for the link: loss in the reports brings it down, slower than feedback would.
    class.set_rate(600_000);
    class.world.run(12 * SECOND);
    let frames = class.world.screen(viewer, 0).frames;
    let lost = class.sound_lost(10 * SECOND);
    let moved = class.world.screen(viewer, 0).frames - frames;
    println!("lost {lost} of 1000 voice packets, {moved} frames in 11 s");
    assert!(lost <= 50 && moved > 60, "{lost} {moved}");
    class.world.finish();
}

#[test]
fn a_receiver_without_cpu_for_moments_keeps_its_small_picture() {
    let mut world = World::new(870);
    let publisher = world.add_publisher(Network::default());
    let small = Camera {
        layers: 1,
        payload_len: 200,
        ..Camera::default()
    };
    let camera = world.add_camera(publisher, small);
    let voice = world.add_microphone(publisher, true);
    let seats = Seats {
        bound_audio: 1,
        ..Seats::default()
    };
    let viewer = world.add_subscriber(Network::default(), seats);
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.subscribe(viewer, 100, voice, 1, SOUND);
    world.run(3 * SECOND);
    let frames = world.screen(viewer, 0).frames;
    // It takes in nothing for a while, then all at once: its arrival times look like a queue that comes and goes.
    for _ in 0..40 {
        for step in 0..8 {
            world.subscribers[viewer].end.down.network.delay_us = 160_000 - step * 20_000;
            world.run(20_000);
        }
        world.subscribers[viewer].end.down.network.delay_us = 5_000;
        world.run(140_000);
    }
    let pauses = world.events.iter().filter(|(at, event)| {
        let paused = matches!(event, Event::SubscriptionLayer { layer: None, .. });
        paused && *at > 3 * SECOND
    });
    assert_eq!(pauses.count(), 0, "{}", world.engine.snapshot());
    assert!(world.screen(viewer, 0).frames > frames + 300);
    world.finish();
}

#[test]
fn when_feedback_ends_and_reports_go_on_the_reports_bind() {
    let mut class = class(860, leg(3_000_000));
    let (viewer, camera) = (class.viewer, class.camera);
    class.world.run(8 * SECOND);
    class.world.subscribers[viewer].feeds_back = false;
    class.world.run(20 * SECOND);
    assert!(
        Class::shows_top(&class.world, viewer, camera),
        "{}",
        class.world.engine.snapshot()
    );
    class.world.finish();
}

#[test]
fn a_picture_without_bandwidth_is_told_and_comes_back() {
    let mut class = class(900, leg(110_000));
    let (viewer, camera) = (class.viewer, class.camera);
    class.world.run(8 * SECOND);
    let lost = class.sound_lost(5 * SECOND);
    let told = |world: &World| {
        world
            .events
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                Event::SubscriptionLayer { slot: 0, layer, .. } => Some(layer.is_some()),
                _ => None,
            })
    };
    assert_eq!(
        told(&class.world),
        Some(false),
        "{}",
        class.world.engine.snapshot()
    );
    println!("lost {lost} of 500 voice packets at 110 kbit/s");
    class.set_rate(3_000_000);
    let back = class.until(20 * SECOND, |world| Class::shows_top(world, viewer, camera));
    println!("back at the top after {back} us");
    assert!(back < 15 * SECOND);
    assert_eq!(told(&class.world), Some(true));
    class.world.finish();
}
