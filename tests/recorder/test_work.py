"""Two copies of a class become files that play: united, on one clock, muxed, mixed, verified, published."""

import json
from pathlib import Path

import av
import pytest

from recorder.contract import ExpectedTrack, Manifest, ProcessRecording
from recorder.recording.work import Work, run
from tests.recorder.made import RECORDING, ZERO_UTC_US, MadeTap, a_class, write_segment

KEYS = {"key_par_a": bytes(range(32))}


def work_on(folder: Path, *taps: MadeTap, keys: dict[str, bytes] = KEYS) -> Work:
    order = ProcessRecording(
        recording_id=RECORDING,
        org_id="org_1",
        spools=(str(folder / "a"),),
        keys=keys,
        began_utc_us=ZERO_UTC_US + 500_000,
        ended_utc_us=ZERO_UTC_US + 5_000_000,
        tracks=tuple(
            ExpectedTrack(
                tap.track_id, tap.participant_id, tap.source, tap.kind, 0, 0, len(tap.records), must_show=True
            )
            for tap in taps
        ),
    )
    copies = (str(folder / "a" / RECORDING), str(folder / "b" / RECORDING))
    return Work(order, copies, str(folder / "scratch"), f"file://{folder}/store", 0)


def make(folder: Path, *taps: MadeTap, keys: dict[str, bytes] = KEYS) -> Manifest:
    return run(work_on(folder, *taps, keys=keys), lambda step, done: None)


def every_other(records: list[bytes], which: int) -> list[bytes]:
    return [record for number, record in enumerate(records) if number % 2 == which]


def test_two_halves_make_a_whole(tmp_path: Path) -> None:
    mic, camera = a_class()
    for which, copy in enumerate("ab"):
        records = [mic.head(), camera.head()]
        for tap in (mic, camera):
            records += every_other(tap.records, which)
        records += [mic.end(5_000_000), camera.end(5_000_000)]
        write_segment(tmp_path / copy, copy, 1, records)
    manifest = make(tmp_path, mic, camera)
    assert manifest.verified, manifest.problems
    tracks = {track.track_id: track for track in manifest.tracks}
    assert tracks["trk_mic"].packets == len(mic.packets)
    assert tracks["trk_cam"].packets == len(camera.packets)
    assert all(sum(track.only_in_copy) == track.packets for track in tracks.values())
    assert all(not track.lost and not track.never_arrived_packets for track in tracks.values())
    sound, picture = tracks["trk_mic"].file, tracks["trk_cam"].file
    assert sound is not None and picture is not None and manifest.mix is not None
    # The wall clock of the publisher says 100 ms, whatever the network added.
    assert picture.start_s - sound.start_s == pytest.approx(0.1, abs=0.002)
    assert sound.start_s == pytest.approx(0.5, abs=0.002)
    assert sound.end_s - sound.start_s == pytest.approx(3.0, abs=0.05)
    assert (picture.width, picture.height) == (160, 120)
    published = tmp_path / "store" / "org_1" / RECORDING
    assert json.loads((published / "manifest.json").read_bytes())["duration_s"] == manifest.duration_s
    with av.open(str(published / picture.name)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 45
    with av.open(str(published / manifest.mix.name)) as container:
        assert float(container.duration or 0) / 1e6 == pytest.approx(manifest.duration_s, abs=0.1)
    assert manifest.poster is not None and (published / "poster.jpg").stat().st_size > 200


def test_killed_work_goes_on_after_its_last_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mic, camera = a_class(1.0)
    for copy in "ab":
        write_segment(tmp_path / copy, copy, 1, [mic.head(), camera.head(), *mic.records, *camera.records])

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("recorder.recording.work.mix", kill)
        with pytest.raises(Killed):
            make(tmp_path, mic, camera)
    whole = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "scratch").iterdir()}
    assert {"trk_mic.webm", "trk_cam.webm"} <= whole.keys()
    assert make(tmp_path, mic, camera).verified
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "scratch").iterdir()}
    assert all(after[name] == made for name, made in whole.items() if name.startswith("trk_"))


def test_one_copy_torn_and_damaged_is_made_good_by_the_other(tmp_path: Path) -> None:
    mic, camera = a_class(1.0)
    path = write_segment(tmp_path / "a", "a", 1, [mic.head(), camera.head(), *mic.records, *camera.records])
    content = bytearray(path.read_bytes())
    content[4000] ^= 0xFF
    path.write_bytes(content[: len(content) * 2 // 3])
    write_segment(tmp_path / "b", "b", 1, [camera.head(), *camera.records, mic.head(), *mic.records, mic.end(1)])
    manifest = make(tmp_path, mic, camera)
    assert manifest.verified
    assert manifest.copies[0].damaged == 1 and manifest.copies[0].torn_bytes > 0
    assert {track.packets for track in manifest.tracks} == {len(mic.packets), len(camera.packets)}


def test_what_no_copy_has_is_listed_and_a_problem(tmp_path: Path) -> None:
    mic, camera = a_class(2.0)
    lacking = [*mic.records[:30], *mic.records[45:]]
    for copy in "ab":
        write_segment(tmp_path / copy, copy, 1, [mic.head(), *lacking, camera.head(), *camera.records])
    manifest = make(tmp_path, mic, camera)
    (track,) = [track for track in manifest.tracks if track.track_id == "trk_mic"]
    assert [(one.first, one.last) for one in track.lost] == [(30, 44)] and track.lost_packets == 15
    assert [problem.code for problem in manifest.problems] == ["records_lost"] and not manifest.verified


def test_a_destroyed_key_leaves_nothing_of_that_person(tmp_path: Path) -> None:
    mic, camera = a_class(1.0)
    for copy in "ab":
        write_segment(tmp_path / copy, copy, 1, [mic.head(), *mic.records, camera.head(), *camera.records])
    manifest = make(tmp_path, mic, camera, keys={})
    assert all(track.file is None for track in manifest.tracks) and manifest.mix is None
