"""From two folders of segments to a result that is listed, played, verified and deleted: the real recorder, over its
real link, in its real processes."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from media.contract import CopyProgress, SpoolProgress, TapProgress
from recorder.process import serve
from recorder.settings import RecorderSettings
from server.access.addresses import AddressSigner
from server.access.desk import Desk
from server.access.keys import new_key
from server.access.tickets import Tickets
from server.classroom.recording_book import RecordingBegan, TapOpened
from server.clock import ManualClock
from server.errors import Rejected
from server.ops.booking import Bookings, SeatedPerson
from server.ops.recordings.department import RecordingPlaces, Recordings
from server.ops.recordings.library import Library
from server.ops.recordings.pipeline import Keeping
from server.store.database import Database, open_sqlite
from server.store.fact_log import FactLog
from server.store.repositories import cases, recordings
from server.store.repositories.recordings import Recording
from tests.recorder.made import RECORDING, MadeTap, a_class, write_segment

pytestmark = pytest.mark.timeout(120)


@dataclass
class Rooms:
    """What the live Rooms would say."""

    live: dict[str, frozenset[str]] = field(default_factory=dict)

    def recordings(self) -> dict[str, frozenset[str]]:
        return self.live


@dataclass
class House:
    """Control's half of recordings with everything behind it."""

    folder: Path
    clock: ManualClock
    database: Database
    recordings: Recordings
    library: Library
    rooms: Rooms
    org_id: str
    session_id: str
    teacher: SeatedPerson
    student: SeatedPerson

    async def begin(self, *taps: MadeTap) -> None:
        """A Room stands and is recorded."""
        self.rooms.live[RECORDING] = frozenset()
        entries = [RecordingBegan(RECORDING, self.org_id, self.session_id, "rom_1")]
        opened = [
            TapOpened(
                tap_id=tap.tap_id,
                recording_id=RECORDING,
                org_id=self.org_id,
                track_id=tap.track_id,
                participant_id=tap.participant_id,
                person_id=self.teacher.person_id if tap.participant_id == "par_a" else self.student.person_id,
                role="instructor" if tap.participant_id == "par_a" else "student",
                source=tap.source,
                kind=tap.kind,
                key_id=tap.key_id,
                key=tap.key,
            )
            for tap in taps
        ]
        await self.recordings.book.keep([*entries, *opened])

    def settle(self, *taps: MadeTap) -> None:
        """Media says that all is durable."""
        done = tuple(
            TapProgress(
                tap_id=tap.tap_id,
                track_id=tap.track_id,
                forwarded=len(tap.records),
                forwarded_utc_us=1,
                a=CopyProgress(durable=len(tap.records)),
                b=CopyProgress(durable=len(tap.records)),
                open=False,
            )
            for tap in taps
        )
        self.recordings.watch.spool_progress(
            SpoolProgress(recording_id=RECORDING, at_utc_us=1, taps=done, copies=(), settled=True)
        )

    async def row(self) -> Recording:
        async with self.database.read() as connection:
            one = await recordings.get(connection, None, RECORDING)
        assert one is not None
        return one

    async def until(self, state: str) -> Recording:
        while (one := await self.row()).state != state:  # noqa: ASYNC110 (a database has no bell)
            await asyncio.sleep(0.1)
        return one


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = ManualClock()
    database = await open_sqlite(tmp_path / "homeroom.db")
    bookings = Bookings(database, clock, "test")
    org_id = await bookings.local_organisation()
    session = await bookings.book(org_id, "Fractions", clock.now_utc(), 60)
    teacher = await bookings.seat(session.session_id, "Ada", "instructor")
    student = await bookings.seat(session.session_id, "Bob", "student")
    facts = FactLog(database, clock)
    store_url = f"file://{tmp_path}/store"
    orders = f"unix:{tmp_path}/o"
    places = RecordingPlaces(tmp_path / "a", orders, "token", store_url, Keeping(7.0, 365.0))
    rooms = Rooms()
    made = Recordings(places, database, clock, facts)
    made.attend(rooms)
    desk = Desk(database, Tickets(new_key(), database, clock), clock, 300)
    signer = AddressSigner(bytes(32))
    library = Library(database, clock, desk, signer, made.files, made.pipeline, students_watch=True)
    settings = RecorderSettings("local", "", orders, "token", tmp_path / "b", tmp_path / "work", store_url, 0)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(facts.run()), group.create_task(made.run())]
        recorder = group.create_task(serve(settings, stop))
        yield House(tmp_path, clock, database, made, library, rooms, org_id, session.session_id, teacher, student)
        for task in tasks:
            task.cancel()
        stop.set()
        await recorder
    await database.close()


def lay_down(house: House, *taps: MadeTap) -> None:
    for copy in "ab":
        records = [record for tap in taps for record in (tap.head(), *tap.records, tap.end(9_000_000))]
        write_segment(house.folder / copy, copy, 1, records)


async def test_a_class_that_ended_becomes_a_result(house: House) -> None:
    mic, camera = a_class(12.0)
    await house.begin(mic, camera)
    lay_down(house, mic, camera)
    assert (await house.row()).state == "live"
    house.settle(mic, camera)
    house.rooms.live.clear()
    one = await house.until("ready")
    assert one.verified and one.manifest is not None, one.manifest
    # Who has a seat may watch; the film is behind a signed address.
    viewer = await house.library.viewer(house.student.link.token, "10.0.0.1")
    (listed,) = await house.library.list(viewer)
    assert (listed["title"], listed["state"]) == ("Fractions", "ready")
    shown = await house.library.show(viewer, RECORDING)
    assert {(track["source"], track["name"]) for track in shown["tracks"]} == {("mic", "Ada"), ("camera", "Ada")}
    assert "problems" not in shown, "what went wrong is for staff"
    path, _, query = shown["sound"]["url"].partition("?")
    asked = dict(pair.split("=") for pair in query.split("&"))
    name = path.rpartition("/")[2]
    file = await house.library.path_of(RECORDING, name, asked["for"], asked["until"], asked["sign"])
    assert file.read_bytes()[:4] == b"\x1aE\xdf\xa3"
    with pytest.raises(Rejected, match="not_allowed"):
        await house.library.path_of(RECORDING, name, asked["for"], asked["until"], "0" * 64)
    house.clock.advance(7 * 3600)
    with pytest.raises(Rejected, match="address_expired"):
        await house.library.path_of(RECORDING, name, asked["for"], asked["until"], asked["sign"])
    # A stranger with another link sees nothing.
    other = await Bookings(house.database, house.clock, "test").book(house.org_id, "Other", house.clock.now_utc(), 60)
    stranger = await Bookings(house.database, house.clock, "test").seat(other.session_id, "Eve", "student")
    eve = await house.library.viewer(stranger.link.token, "10.0.0.2")
    assert await house.library.list(eve) == []
    with pytest.raises(Rejected, match="recording_unknown"):
        await house.library.show(eve, RECORDING)


async def test_raw_copies_go_after_their_time_and_held_ones_stay(house: House) -> None:
    mic, camera = a_class(1.0)
    await house.begin(mic, camera)
    lay_down(house, mic, camera)
    house.settle(mic, camera)
    house.rooms.live.clear()
    await house.until("ready")
    await house.recordings.deletions.hold(RECORDING, True, "operator")
    house.clock.advance(timedelta(days=8).total_seconds())
    await house.recordings.pipeline.step()
    assert (house.folder / "a" / RECORDING).exists() and (house.folder / "b" / RECORDING).exists()
    with pytest.raises(Rejected, match="recording_held"):
        await house.recordings.deletions.recording(RECORDING, "operator")
    await house.recordings.deletions.hold(RECORDING, False, "operator")
    while (await house.row()).raw_dropped_utc is None:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert not (house.folder / "a" / RECORDING).exists() and not (house.folder / "b" / RECORDING).exists()
    house.clock.advance(timedelta(days=400).total_seconds())
    assert await house.recordings.deletions.expired(365.0) == 1
    assert (await house.row()).state == "deleted"
    assert not (house.folder / "store" / house.org_id / RECORDING).exists()


async def test_one_person_is_deleted_and_everyone_else_stays(house: House) -> None:
    mic, camera = a_class(1.0)
    other = MadeTap(2, "trk_bob", "par_b", "mic", "audio", "opus", 48_000, 111, bytes([7] * 32))
    for packet in mic.packets:
        other.add(packet)
    await house.begin(mic, camera, other)
    lay_down(house, mic, camera, other)
    house.settle(mic, camera, other)
    house.rooms.live.clear()
    before = await house.until("ready")
    (deleted,) = await house.recordings.deletions.person(house.org_id, house.student.person_id, "operator")
    assert deleted.keys_destroyed == 1 and deleted.files_removed >= 3
    published = house.folder / "store" / house.org_id / RECORDING
    assert not (published / "trk_bob.webm").exists() and (published / "trk_mic.webm").exists()
    while (manifest := (await house.row()).manifest or {}).get("mix") is None:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert before.manifest is not None and manifest["mix"]["sha256"] != before.manifest["mix"]["sha256"]
    assert "trk_bob" not in json.dumps(manifest)
    async with house.database.read() as connection:
        assert "key_par_b" not in await recordings.keys_of(connection, house.org_id, RECORDING)


async def test_a_result_that_lacks_something_is_a_case_and_its_copies_stay(house: House) -> None:
    mic, camera = a_class(2.0)
    await house.begin(mic, camera)
    del mic.records[40:60]
    for copy in "ab":
        records = [mic.head(), *mic.records, camera.head(), *camera.records]
        write_segment(house.folder / copy, copy, 1, records)
    house.settle(mic, camera)
    house.rooms.live.clear()
    one = await house.until("ready")
    assert not one.verified
    async with house.database.read() as connection:
        (case,) = await cases.open_cases(connection, house.org_id)
    assert case.kind == "recording_not_verified" and "20 records" in case.context["text"]
    house.clock.advance(timedelta(days=30).total_seconds())
    await house.recordings.pipeline.step()
    assert (house.folder / "a" / RECORDING).exists()
