//! Recording with real sockets, files and threads: a publisher's packets are found again, bit for bit, in both copies, whatever
//! happens to one of them.

mod recorded;

use std::fs;

use driver::progress::CopyHealth;
use recorded::{Publisher, Recorder, Scene, Segments};

/// `GAP` and `END` reasons of the format.
const FILE_GONE: u8 = 3;
const CLOSED: u8 = 1;
const STOPPED: u8 = 4;

#[test]
fn both_copies_hold_every_packet_bit_for_bit() {
    let scene = Scene::new(true);
    let recorder = Recorder::start(&scene);
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(300);
    let told = scene.wait(|told| told.taps.iter().any(|tap| tap.forwarded == 300));
    assert!(!told.settled);
    scene.untap();
    let told = scene.wait(|told| told.settled);
    let tap = &told.taps[0];
    assert_eq!((tap.a.durable, tap.b.durable), (300, 300));
    assert_eq!((tap.a.lost, tap.b.lost), (0, 0));
    assert!(tap.forwarded_utc_us > 1_700_000_000_000_000 && !tap.open);
    let (a, b) = (Segments::read(&scene.folder()), recorder.segments());
    a.assert_holds(&publisher);
    b.assert_holds(&publisher);
    assert_eq!((a.end, b.end), (Some((300, CLOSED)), Some((300, CLOSED))));
    assert!(a.gaps.is_empty() && b.gaps.is_empty());
}

#[test]
fn a_recorder_that_was_killed_gets_what_it_missed() {
    let scene = Scene::new(true);
    let recorder = Recorder::start(&scene);
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(100);
    scene.wait(|told| told.taps.iter().any(|tap| tap.b.durable > 0));
    let before = recorder.kill();
    publisher.send(100);
    let told = scene.wait(|told| told.copies[1].code == "recorder_unreachable");
    assert_eq!(told.copies[1].health, CopyHealth::Failing);
    assert_eq!(told.copies[0].health, CopyHealth::Ok);
    let recorder = Recorder::start(&scene);
    publisher.send(100);
    scene.untap();
    let told = scene.wait(|told| told.settled);
    assert_eq!((told.taps[0].b.durable, told.taps[0].b.lost), (300, 0));
    let mut both = before;
    both.extend(recorder.segments());
    both.assert_holds(&publisher);
}

#[test]
fn a_recorder_with_another_token_is_refused_and_told() {
    let scene = Scene::new(true);
    let _recorder = Recorder::with_token(&scene, b"another");
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(10);
    let told = scene.wait(|told| told.copies[1].code == "recorder_refused");
    assert_eq!(
        told.copies[1].text,
        "The recorder refuses: it has another token."
    );
}

#[test]
fn a_deleted_folder_is_told_and_a_new_segment_names_what_went_with_it() {
    let scene = Scene::new(true);
    let recorder = Recorder::start(&scene);
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(100);
    scene.wait(|told| told.taps.iter().any(|tap| tap.a.durable == 100));
    fs::remove_dir_all(scene.folder()).unwrap();
    publisher.send(100);
    let told = scene.wait(|told| told.copies[0].code == "folder_missing");
    assert_eq!(told.copies[0].health, CopyHealth::Failing);
    publisher.send(100);
    scene.untap();
    let told = scene.wait(|told| told.settled);
    let tap = &told.taps[0];
    assert_eq!(tap.a.durable + tap.a.lost, 300);
    assert!(tap.a.lost >= 100);
    assert_eq!((tap.b.durable, tap.b.lost), (300, 0));
    let a = Segments::read(&scene.folder());
    assert_eq!(a.packets().len() as u64, tap.a.durable);
    assert!(a.gaps.iter().all(|gap| gap.reason == FILE_GONE));
    assert_eq!(a.numbers_missing(), (0..tap.a.lost).collect());
    let mut both = a;
    both.extend(recorder.segments());
    both.assert_holds(&publisher);
}

#[test]
fn a_spool_that_cannot_be_written_is_told_and_caught_up_with_later() {
    let scene = Scene::new(false);
    fs::write(scene.folder(), "in the way").unwrap();
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(100);
    let told = scene.wait(|told| told.copies[0].health == CopyHealth::Failing);
    assert!(!told.copies[0].code.is_empty() && !told.copies[0].text.is_empty());
    assert_eq!(told.copies[1].health, CopyHealth::Off);
    fs::remove_file(scene.folder()).unwrap();
    publisher.send(100);
    scene.untap();
    let told = scene.wait(|told| told.settled);
    assert_eq!((told.taps[0].a.durable, told.taps[0].a.lost), (200, 0));
    Segments::read(&scene.folder()).assert_holds(&publisher);
}

#[test]
fn a_process_that_stops_writes_out_what_it_has() {
    let mut scene = Scene::new(true);
    let recorder = Recorder::start(&scene);
    let mut publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    publisher.send(50);
    scene.wait(|told| !told.taps.is_empty());
    publisher.send(50);
    scene.wait_for_arrival(100);
    scene.plane.stop();
    let a = Segments::read(&scene.folder());
    a.assert_holds(&publisher);
    assert_eq!(a.end, Some((100, STOPPED)));
    recorder.segments().assert_holds(&publisher);
}

#[test]
fn what_a_tap_must_keep_is_kept_and_what_is_wrong_is_refused() {
    let scene = Scene::new(false);
    let publisher = Publisher::connect(&scene.plane);
    scene.tap(&publisher);
    let mut request = scene.request(&publisher);
    request.recording_id = "../elsewhere".into();
    assert!(scene.plane.open_tap(request).is_err());
    let mut request = scene.request(&publisher);
    request.recording_id = "rec_other".into();
    assert!(
        scene.plane.open_tap(request).is_err(),
        "it keeps its recording"
    );
    let mut request = scene.request(&publisher);
    request.tap_id = "tap_other".into();
    request.track_id = "trk_none".into();
    assert!(scene.plane.open_tap(request).is_err());
    let mut request = scene.request(&publisher);
    request.layer_max.spatial = 0;
    scene.plane.open_tap(request).unwrap();
    scene.untap();
    scene.untap();
}
