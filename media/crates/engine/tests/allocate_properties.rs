//! What holds for every allocation, whatever the demands and however the Estimate moves.

use engine::allocate::{
    Allocation, AudioDemand, Input, LayerRate, Memory, Prefer, VideoClass, VideoDemand, VideoGrant,
    allocate,
};
use engine::api::{Layer, Mono};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Picture {
    class: VideoClass,
    priority: u8,
    prefer: Prefer,
    layer_max: Layer,
    layers: Vec<LayerRate>,
}

#[derive(Clone, Debug)]
struct Class {
    audio: Vec<AudioDemand>,
    video: Vec<Picture>,
    reserved_bps: u32,
}

fn picture() -> impl Strategy<Value = Picture> {
    let class = prop_oneof![
        Just(VideoClass::Screen),
        Just(VideoClass::Main),
        Just(VideoClass::Speaker),
        Just(VideoClass::Visible),
        Just(VideoClass::Visible)
    ];
    let prefer = prop_oneof![Just(Prefer::Motion), Just(Prefer::Detail)];
    // Any rates, in any order, also foolish ones: measured rates are.
    let rate = (0u8..3, 0u8..3, 0u32..2_000_000).prop_map(|(spatial, temporal, bps)| LayerRate {
        layer: Layer { spatial, temporal },
        bps,
    });
    let layers = proptest::collection::vec(rate, 0..12);
    (class, 0u8..3, prefer, 0u8..3, 0u8..3, layers).prop_map(
        |(class, priority, prefer, spatial, temporal, layers)| Picture {
            class,
            priority,
            prefer,
            layer_max: Layer { spatial, temporal },
            layers,
        },
    )
}

fn class() -> impl Strategy<Value = Class> {
    let voice = (
        0u32..130_000,
        prop_oneof![Just(0u32), 0u32..100_000],
        any::<bool>(),
        0u8..6,
    );
    let audio = proptest::collection::vec(voice, 0..7).prop_map(|voices| {
        let demand = |(slot, (bps, red_bps, pinned, rank))| AudioDemand {
            slot: slot as u16,
            bps,
            red_bps,
            pinned,
            rank,
        };
        voices
            .into_iter()
            .enumerate()
            .map(demand)
            .collect::<Vec<_>>()
    });
    (
        audio,
        proptest::collection::vec(picture(), 0..12),
        prop_oneof![Just(0u32), 0u32..100_000],
    )
        .prop_map(|(audio, video, reserved_bps)| Class {
            audio,
            video,
            reserved_bps,
        })
}

fn call(
    class: &Class,
    only: impl Fn(&Picture) -> bool,
    now_us: u64,
    estimate_bps: u32,
    memory: &mut Memory,
) -> Allocation {
    let video: Vec<VideoDemand<'_>> = class
        .video
        .iter()
        .enumerate()
        .filter(|(_, p)| only(p))
        .map(|(slot, p)| VideoDemand {
            slot: slot as u16,
            generation: 1,
            class: p.class,
            priority: p.priority,
            prefer: p.prefer,
            layer_max: p.layer_max,
            layers: &p.layers,
        })
        .collect();
    let (reserved_bps, audio) = (class.reserved_bps, class.audio.as_slice());
    let mut out = Allocation::default();
    allocate(
        &Input {
            now: Mono(now_us),
            estimate_bps,
            reserved_bps,
            audio,
            video: &video,
        },
        memory,
        &mut out,
    );
    out
}

fn audio_full(class: &Class) -> u64 {
    class
        .audio
        .iter()
        .map(|a| u64::from(a.bps) + u64::from(a.red_bps))
        .sum()
}

fn check(class: &Class, estimate_bps: u32, out: &Allocation) -> Result<(), TestCaseError> {
    // Never more than the Estimate, except for the last voice.
    let kept: Vec<_> = out.audio.iter().filter(|g| g.keep).collect();
    let total = u64::from(out.audio_bps) + u64::from(out.video_bps);
    let alone = kept.len() == 1 && !kept[0].red && out.video_bps == 0;
    prop_assert!(
        total <= u64::from(estimate_bps) || alone,
        "{total} of {estimate_bps}"
    );
    prop_assert_eq!(kept.is_empty(), class.audio.is_empty(), "one voice stays");
    // Pictures have only what all audio leaves, also what of it was cut.
    prop_assert!(
        u64::from(out.video_bps) <= u64::from(estimate_bps).saturating_sub(audio_full(class))
    );
    // RED goes before voices do.
    if out.audio.iter().any(|g| !g.keep) {
        prop_assert!(out.audio.iter().all(|g| !g.red));
    }
    for grant in &out.video {
        let picture = &class.video[usize::from(grant.slot)];
        if let Ok(layer) = grant.target {
            let known = picture.layers.contains(&LayerRate {
                layer,
                bps: grant.bps,
            });
            prop_assert!(known);
            prop_assert!(
                layer.spatial <= picture.layer_max.spatial
                    && layer.temporal <= picture.layer_max.temporal
            );
        }
    }
    Ok(())
}

fn targets(out: &Allocation) -> Vec<VideoGrant> {
    out.video.clone()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_never_exceeds_the_estimate_and_never_takes_from_audio(
        class in class(),
        estimates in proptest::collection::vec((0u32..6_000_000, 1u64..3_000), 1..40),
    ) {
        let (mut memory, mut bare) = (Memory::new(26), Memory::new(26));
        let mut now = 0;
        for (estimate_bps, ms) in estimates {
            now += ms * 1_000;
            let out = call(&class, |_| true, now, estimate_bps, &mut memory);
            check(&class, estimate_bps, &out)?;
            // Audio is what it would be without a single picture.
            let without = call(&class, |_| false, now, estimate_bps, &mut bare);
            prop_assert_eq!(out.audio, without.audio);
        }
    }

    #[test]
    fn others_never_take_from_screen_main_and_speaker(
        class in class(),
        estimates in proptest::collection::vec((0u32..6_000_000, 1u64..3_000), 1..20),
    ) {
        let essential = |p: &Picture| p.class != VideoClass::Visible;
        let (mut memory, mut bare) = (Memory::new(26), Memory::new(26));
        let mut now = 0;
        for (estimate_bps, ms) in estimates {
            now += ms * 1_000;
            let out = call(&class, |_| true, now, estimate_bps, &mut memory);
            let without = call(&class, essential, now, estimate_bps, &mut bare);
            let of_them: Vec<_> = out.video.into_iter().filter(|g| essential(&class.video[usize::from(g.slot)])).collect();
            prop_assert_eq!(of_them, without.video);
        }
    }

    /// After any past, constant inputs bring a target that stays, and soon.
    #[test]
    fn it_settles(
        class in class(),
        past in proptest::collection::vec((0u32..6_000_000, 1u64..3_000), 0..20),
        estimate_bps in 0u32..6_000_000,
    ) {
        let mut memory = Memory::new(26);
        let mut now = 0;
        for (estimate_bps, ms) in past {
            now += ms * 1_000;
            call(&class, |_| true, now, estimate_bps, &mut memory);
        }
        let mut last = None;
        let mut changes = 0;
        for step in 0..1_500u32 {
            now += 100_000;
            let out = call(&class, |_| true, now, estimate_bps, &mut memory);
            let told = (targets(&out), out.audio);
            if last.as_ref().is_some_and(|last| *last != told) {
                changes += 1;
                // The longest back-off is 60 s; nobody moves after it, and then only once a slot for each rung.
                prop_assert!(step < 1_000, "still moving after {} s", step / 10);
            }
            last = Some(told);
        }
        prop_assert!(changes <= 60, "{changes} changes");
    }

    /// A fresh transport: more bandwidth is never less for the one that is served first.
    #[test]
    fn more_is_never_less_for_the_first(class in class(), estimate_bps in 0u32..6_000_000, more in 0u32..1_000_000) {
        let first = class.video.iter().min_by_key(|p| (p.class, u8::MAX - p.priority)).cloned();
        let one = Class { video: first.into_iter().collect(), ..class };
        let less = call(&one, |_| true, 0, estimate_bps, &mut Memory::new(26)).video_bps;
        let better = call(&one, |_| true, 0, estimate_bps + more, &mut Memory::new(26)).video_bps;
        prop_assert!(less <= better);
    }
}

#[test]
fn a_new_generation_begins_with_an_empty_memory() {
    let layers = [(0, 100_000), (1, 500_000)].map(|(spatial, bps)| LayerRate {
        layer: Layer {
            spatial,
            temporal: 0,
        },
        bps,
    });
    let mut memory = Memory::new(4);
    let mut out = Allocation::default();
    let mut target = |now_ms: u64, generation, estimate_bps| {
        let demand = VideoDemand {
            slot: 1,
            generation,
            class: VideoClass::Main,
            priority: 0,
            prefer: Prefer::Motion,
            layer_max: Layer {
                spatial: 2,
                temporal: 2,
            },
            layers: &layers,
        };
        let input = Input {
            now: Mono(now_ms * 1_000),
            estimate_bps,
            reserved_bps: 0,
            audio: &[],
            video: &[demand],
        };
        allocate(&input, &mut memory, &mut out);
        out.video[0].target.map(|layer| layer.spatial)
    };
    assert_eq!(target(0, 1, 1_000_000), Ok(1));
    assert_eq!(target(100, 1, 300_000), Ok(0));
    assert_eq!(target(200, 1, 1_000_000), Ok(0), "rests");
    assert_eq!(
        target(300, 2, 1_000_000),
        Ok(1),
        "another Track is another matter"
    );
}
