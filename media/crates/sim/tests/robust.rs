//! What strangers send, and what a fault costs.

use engine::api::{Command, Event, Mono, Outbox, Path, RoomKey, TransportState};
use sim::{Camera, LAYER_TOP, Network, Seats, World};

const SECOND: u64 = 1_000_000;

/// A class runs while 20,000 random and mutated datagrams hit the port, from strangers and from proven addresses.
#[test]
fn garbage_disturbs_nobody() {
    let mut world = World::new(80);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(2 * SECOND);
    let proven = [
        world.publishers[publisher].end.path,
        world.subscribers[viewer].end.path,
    ];
    let mut template = world.publishers[publisher].end.check(world.now);
    let mut out = Outbox::default();
    for round in 0..20_000u64 {
        let len = world.chance.below(200) as usize;
        let mut bytes: Vec<u8> = match world.chance.below(3) {
            0 => (0..len).map(|_| world.chance.u64() as u8).collect(),
            // A real check with its integrity broken: unbroken, it would prove its address, as a repeated check may.
            1 => {
                let mut check = template.clone();
                let at = check.len() - 28 + world.chance.below(20) as usize;
                check[at] ^= 1 << world.chance.below(8);
                check
            }
            _ => {
                let mut rtp = vec![
                    0x80 | world.chance.below(64) as u8,
                    world.chance.u64() as u8,
                ];
                rtp.extend((0..len).map(|_| world.chance.u64() as u8));
                rtp
            }
        };
        if !bytes.is_empty() {
            let at = world.chance.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << world.chance.below(8);
        }
        let path = match world.chance.below(3) {
            0 => Path {
                local: [10, 0, 0, 1].into(),
                remote: ([10, 7, 7, 7], 7).into(),
            },
            some => proven[some as usize - 1],
        };
        world
            .engine
            .receive(Mono(world.now), path, &mut bytes, &mut out);
        if round % 100 == 0 {
            world.engine.flush(Mono(world.now), &mut out);
            out.clear();
            world.run(10_000);
        }
        if round == 10_000 {
            template = world.subscribers[viewer].end.check(world.now);
        }
    }
    world.run(SECOND);
    let screen = world.screen(viewer, 0);
    assert!(
        screen.longest_freeze_us < 150_000,
        "{}",
        screen.longest_freeze_us
    );
    let counters = *world.engine.counters();
    let stun =
        counters.drop_stun_forged + counters.drop_stun_malformed + counters.drop_stun_stranger;
    let media = counters.drop_forged + counters.drop_malformed;
    assert!(
        stun > 1000 && media > 1000 && counters.drop_unproven_address > 1000,
        "{counters:?}"
    );
    world.finish();
}

#[test]
fn an_abandoned_room_is_gone_and_the_other_goes_on() {
    let mut world = World::new(81);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.command(Command::OpenRoom(RoomKey(2)));
    world.run(SECOND);
    let mut out = Outbox::default();
    world.engine.abandon_room(RoomKey(2), &mut out);
    assert!(out.events.is_empty(), "nobody was in it");
    world.run(SECOND);
    assert!(world.screen(viewer, 0).frames > 50);
    let now = Mono(world.now);
    world.engine.abandon_room(sim::world::ROOM, &mut out);
    let failed = out.events.iter().filter(|event| {
        matches!(
            event,
            Event::TransportState {
                state: TransportState::Failed,
                reason: "room abandoned",
                ..
            }
        )
    });
    assert_eq!(failed.count(), 2);
    assert_eq!(world.engine.next_deadline(), Mono(u64::MAX));
    let path = world.publishers[publisher].end.path;
    let mut check = world.publishers[publisher].end.check(world.now);
    out.clear();
    world.engine.receive(now, path, &mut check, &mut out);
    assert!(out.datagrams.is_empty(), "a stranger now");
    assert_eq!(world.engine.serving(), None);
}

#[test]
fn the_same_keys_again_make_no_second_sealer() {
    let mut world = World::new(82);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(publisher, Camera::default());
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    for _ in 0..3 {
        world.run(SECOND);
        let transport = world.subscribers[viewer].end.transport;
        let (server, _) = sim::end::keys(transport.0, engine::api::SrtpProfile::AeadAes128Gcm);
        world.command(Command::InstallKeys(transport, server));
    }
    // The judge would have seen a number sealed twice.
    world.finish();
    assert!(world.screen(viewer, 0).frames > 80);
}

#[test]
fn one_nack_cannot_call_for_everything() {
    let mut world = World::new(83);
    let publisher = world.add_publisher(Network::default());
    let camera = world.add_camera(
        publisher,
        Camera {
            payload_len: 1100,
            ..Camera::default()
        },
    );
    let viewer = world.add_subscriber(Network::default(), Seats::default());
    world.subscribe(viewer, 0, camera, 1, LAYER_TOP);
    world.run(6 * SECOND);
    let ssrc = world.screen(viewer, 0).ssrc;
    let all: Vec<wire::SeqNo> = (0..=u16::MAX).map(wire::SeqNo).collect();
    for some in all.chunks(4000) {
        let mut compound = Vec::new();
        wire::rtcp::append_nack(wire::Ssrc(1), ssrc, some, &mut compound);
        let end = &mut world.subscribers[viewer].end;
        let mut sealed = end.seal_rtcp(&compound);
        let path = end.path;
        world
            .engine
            .receive(Mono(world.now), path, &mut sealed, &mut world.out);
    }
    world.run(SECOND);
    let counters = world.engine.counters();
    assert!(counters.rtx_out <= 256, "{}", counters.rtx_out);
    assert!(counters.refuse_nack_over_budget + counters.refuse_nack_unknown > 1000);
    world.finish();
}
