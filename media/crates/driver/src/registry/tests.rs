use super::*;

fn filled() -> Registry {
    let mut registry = Registry::default();
    registry.open_room("rom_1", 1).unwrap();
    registry
        .open_transport("trn_p", "rom_1", "par_1", true)
        .unwrap();
    registry
        .open_transport("trn_s", "rom_1", "par_2", false)
        .unwrap();
    registry.open_track("trk_1", "trn_p", "par_1").unwrap();
    registry
        .open_subscription("sub_1", "trn_s", 3, "trk_1")
        .unwrap();
    registry.show("sub_1");
    registry
}

#[test]
fn a_repeat_has_the_same_key_and_is_no_opening() {
    let mut registry = filled();
    let (entry, room, participant) = registry
        .open_transport("trn_p", "rom_1", "par_1", true)
        .unwrap();
    assert!(!entry.opening);
    assert_eq!(
        (entry.shard, registry.find(ObjectKind::Room, "rom_1")),
        (1, Some((1, room.0)))
    );
    let (_, _, of_track) = registry.open_track("trk_1", "trn_p", "par_1").unwrap();
    assert_eq!(participant, of_track, "one participant, one key");
    assert!(
        !registry
            .open_subscription("sub_1", "trn_s", 3, "trk_1")
            .unwrap()
            .0
            .opening
    );
}

#[test]
fn unknown_and_foreign_objects_are_refused_by_name() {
    let mut registry = filled();
    registry.open_room("rom_2", 0).unwrap();
    registry
        .open_transport("trn_x", "rom_2", "par_3", false)
        .unwrap();
    let refusals = [
        registry.open_room("rom_1", 0).err(),
        registry
            .open_transport("trn_n", "rom_9", "par_1", true)
            .err(),
        registry
            .open_transport("trn_p", "rom_1", "par_1", false)
            .err(),
        registry.open_track("trk_n", "trn_9", "par_1").err(),
        registry
            .open_subscription("sub_n", "trn_s", 3, "trk_9")
            .err(),
        registry
            .open_subscription("sub_n", "trn_x", 3, "trk_1")
            .err(),
    ];
    for refusal in refusals {
        let text = refusal.unwrap();
        assert!(
            text.contains("rom_") || text.contains("trn_") || text.contains("trk_"),
            "{text}"
        );
    }
}

#[test]
fn closing_takes_along_all_that_is_inside() {
    let mut registry = filled();
    registry.forget(ObjectKind::Track, "trk_1");
    assert!(registry.find(ObjectKind::Subscription, "sub_1").is_none());
    let mut registry = filled();
    registry.forget(ObjectKind::Transport, "trn_s");
    assert!(registry.find(ObjectKind::Subscription, "sub_1").is_none());
    assert!(registry.find(ObjectKind::Track, "trk_1").is_some());
    registry.forget(ObjectKind::Room, "rom_1");
    assert_eq!(registry.names().count(), 0);
    assert!(
        registry.transports.is_empty() && registry.tracks.is_empty() && registry.rooms.is_empty()
    );
    registry.forget(ObjectKind::Room, "rom_1");
}

#[test]
fn a_key_is_never_given_twice() {
    let mut registry = filled();
    let (_, before) = registry.find(ObjectKind::Track, "trk_1").unwrap();
    registry.forget(ObjectKind::Track, "trk_1");
    assert!(registry.name(ObjectKind::Track, before).is_none());
    let (entry, ..) = registry.open_track("trk_1", "trn_p", "par_1").unwrap();
    assert!(entry.opening && entry.key.0 != before);
    assert_eq!(
        registry.name(ObjectKind::Track, entry.key.0).as_deref(),
        Some("trk_1")
    );
    assert!(registry.name(ObjectKind::Room, entry.key.0).is_none());
}

#[test]
fn participants_go_with_the_last_that_names_them() {
    let mut registry = filled();
    assert_eq!(registry.rooms["rom_1"].participants.len(), 2);
    registry.forget(ObjectKind::Track, "trk_1");
    assert_eq!(registry.rooms["rom_1"].participants.len(), 2);
    registry.forget(ObjectKind::Transport, "trn_p");
    assert_eq!(registry.rooms["rom_1"].participants.len(), 1);
}

#[test]
fn a_subscription_moves_with_its_track() {
    let mut registry = filled();
    registry.open_track("trk_2", "trn_p", "par_1").unwrap();
    registry
        .open_subscription("sub_1", "trn_s", 3, "trk_2")
        .unwrap();
    registry.forget(ObjectKind::Track, "trk_1");
    assert!(registry.find(ObjectKind::Subscription, "sub_1").is_some());
    registry.forget(ObjectKind::Track, "trk_2");
    assert!(registry.find(ObjectKind::Subscription, "sub_1").is_none());
}

#[test]
fn a_slot_shows_one_subscription_and_the_newer_replaces_the_older() {
    let mut registry = filled();
    registry
        .open_subscription("sub_2", "trn_s", 3, "trk_1")
        .unwrap();
    assert!(
        registry.find(ObjectKind::Subscription, "sub_1").is_some(),
        "not before it was sent"
    );
    registry.show("sub_2");
    assert!(registry.find(ObjectKind::Subscription, "sub_1").is_none());
    registry.forget(ObjectKind::Subscription, "sub_1");
    registry.forget(ObjectKind::Transport, "trn_s");
    assert!(registry.find(ObjectKind::Subscription, "sub_2").is_none());
    assert!(registry.tracks["trk_1"].subscriptions.is_empty());
}
