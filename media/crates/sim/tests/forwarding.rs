//! One class, good and bad networks: what must reach a screen, and what must never leave the engine.

use engine::api::{Event, Layer, SrtpProfile, TransportState};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;

fn connected(world: &World) -> usize {
    let connected = |event: &Event| {
        matches!(
            event,
            Event::TransportState {
                state: TransportState::Connected,
                ..
            }
        )
    };
    world
        .events
        .iter()
        .filter(|(_, event)| connected(event))
        .count()
}

#[test]
fn a_picture_flows_at_its_top_layer_and_is_mapped() {
    let mut world = World::new(1);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 7, LAYER_TOP);
    world.run(5 * SECOND);
    assert_eq!(connected(&world), 2);
    let screen = world.screen(viewer, 0);
    assert_eq!(
        screen.shows,
        Some((camera.0, 2)),
        "{}",
        world.engine.snapshot()
    );
    assert!(screen.frames > 120, "{}", screen.frames);
    assert_eq!(screen.lost_frames, 0);
    let mapped = world.mapped(viewer, 0);
    assert_eq!(
        mapped
            .iter()
            .map(|(generation, track, _)| (*generation, *track))
            .collect::<Vec<_>>(),
        [(7, Some(camera))]
    );
    let verdict = world.finish()[0];
    assert_eq!(
        (verdict.upstream_holes, verdict.empties, verdict.repeats),
        (0, 0, 0)
    );
    assert!(world.publishers[0].plis <= 4);
    assert_eq!(world.publishers[0].feedback_lost, 0);
    assert!(world.publishers[0].feedback_arrived > 500);
}

#[test]
fn both_srtp_profiles_forward() {
    for profile in [SrtpProfile::AeadAes128Gcm, SrtpProfile::AesCm128HmacSha1_80] {
        let mut world = World::new(2);
        let publisher = world.add_publisher(Network::default());
        let camera = world.add_camera(publisher, Camera::default());
        let viewer = world.add_subscriber(
            Network::default(),
            Seats {
                profile,
                ..Seats::default()
            },
        );
        world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
        world.run(2 * SECOND);
        assert!(world.screen(viewer, 0).frames > 40);
        world.finish();
    }
}

#[test]
fn losses_upstream_and_downstream_are_repaired() {
    for (seed, loss) in [(3, 0.0), (4, 0.02), (5, 0.05), (6, 0.10)] {
        println!("seed {seed}, loss {loss}");
        let mut world = World::new(seed);
        let network = Network {
            loss,
            delay_us: 25_000,
            jitter_us: 10_000,
            ..Network::default()
        };
        let publisher = world.add_publisher(network);
        let camera = world.add_camera(publisher, Camera::default());
        let viewer = world.add_subscriber(network, Seats::default());
        world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
        world.run(20 * SECOND);
        let screen = world.screen(viewer, 0);
        println!(
            "frames {} lost {} freeze {} us, nacks {} repaired {} plis {}; publisher nacks {} plis {}",
            screen.frames,
            screen.lost_frames,
            screen.longest_freeze_us,
            screen.nacks,
            screen.repaired,
            screen.plis,
            world.publishers[0].nacks,
            world.publishers[0].plis
        );
        assert!(screen.frames > 560, "{}", screen.frames);
        assert!(
            screen.longest_freeze_us < 600_000,
            "{}",
            screen.longest_freeze_us
        );
        assert_eq!(loss > 0.0, screen.repaired > 0);
        assert_eq!(loss > 0.0, world.publishers[0].nacks > 0);
        world.finish();
    }
}

#[test]
fn reordering_and_duplicates_do_no_harm() {
    for seed in 10..14 {
        println!("seed {seed}");
        let mut world = World::new(seed);
        let network = Network {
            jitter_us: 30_000,
            reorders: true,
            duplicates: 0.02,
            loss: 0.01,
            ..Network::default()
        };
        let publisher = world.add_publisher(network);
        let camera = world.add_camera(
            publisher,
            Camera {
                temporal: 3,
                ..Camera::default()
            },
        );
        let viewer = world.add_subscriber(network, Seats::default());
        world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
        world.run(10 * SECOND);
        assert!(world.screen(viewer, 0).frames > 270);
        world.finish();
    }
}

#[test]
fn without_rtx_a_nack_is_refused_and_counted() {
    let mut world = World::new(20);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let lossy = Network {
        loss: 0.05,
        ..Network::default()
    };
    let viewer = world.add_subscriber(
        lossy,
        Seats {
            rtx: false,
            ..Seats::default()
        },
    );
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(3 * SECOND);
    let ssrc = world.screen(viewer, 0).ssrc;
    let mut compound = Vec::new();
    wire::rtcp::append_nack(wire::Ssrc(1), ssrc, &[wire::SeqNo(1)], &mut compound);
    let end = &mut world.subscribers[viewer].end;
    let mut sealed = end.seal_rtcp(&compound);
    let path = end.path;
    let now = engine::api::Mono(world.now);
    world.engine.receive(now, path, &mut sealed, &mut world.out);
    assert_eq!(world.engine.counters().refuse_nack_without_rtx, 1);
    assert_eq!(world.finish()[0].repeats, 0);
}

#[test]
fn a_temporal_limit_thins_the_picture_without_holes() {
    let mut world = World::new(21);
    let publisher = world.add_publisher(Network {
        loss: 0.01,
        ..Network::default()
    });
    let camera = world.add_camera(
        publisher,
        Camera {
            temporal: 3,
            ..Camera::default()
        },
    );
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    for round in 0..12u32 {
        let temporal = (round % 3) as u8;
        world.subscribe(
            viewer,
            0,
            camera,
            1,
            Layer {
                spatial: 2,
                temporal,
            },
        );
        let before = world.screen(viewer, 0).frames;
        world.run(2 * SECOND);
        let frames = world.screen(viewer, 0).frames - before;
        let expected = [15, 30, 60][usize::from(temporal)];
        println!("temporal {temporal}: {frames} frames in 2 s");
        assert!(
            round == 0 || frames.abs_diff(expected) <= 6,
            "temporal {temporal}: {frames} frames"
        );
    }
    world.finish();
}
