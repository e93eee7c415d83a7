"""A recording: begins by itself, follows consent and pauses, ends with its Room; everyone always sees which it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from media.contract import CloseTap, Layer, SetTap, SetTrack
from server.classroom.recording_book import BookEntry, RecordingBegan, TapClosed, TapOpened
from server.rtc.fake_plane import FakeMedia
from signaling.messages import Error, RecordingChanged, SetRecording
from tests.flows.stage import Page, Stage


@dataclass
class Book:
    """What was kept, and what media had been told when it was."""

    kept: list[BookEntry] = field(default_factory=list)
    stage: Stage | None = None
    taps_before: list[int] = field(default_factory=list)

    async def keep(self, entries: Sequence[BookEntry]) -> None:
        self.kept += entries
        if self.stage is not None:
            self.taps_before.append(len(self.stage.plane.media.taps))

    def all(self, kind: type[BookEntry]) -> list[BookEntry]:
        return [entry for entry in self.kept if isinstance(entry, kind)]


@pytest.fixture
def book() -> Book:
    return Book()


async def join(stage: Stage, name: str, role: str = "student") -> Page:
    """Somebody who may be heard and seen in recordings."""
    stage.seat(name, role, consents=("picture", "sound"))
    return await stage.join(name)


def states(page: Page) -> list[str]:
    return [message.state for message in page.all(RecordingChanged)]


async def test_the_first_track_begins_it_and_everyone_is_told(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        book.stage = stage
        ada = await join(stage, "ada", "instructor")
        bob = await join(stage, "bob")
        assert not book.kept
        tracks = await ada.publish("mic", "camera")
        assert states(bob) == ["on"] and states(ada) == ["on"]
        taps = list(stage.plane.media.taps.values())
        assert {tap.track_id for tap in taps} == set(tracks.values())
        assert len({tap.key for tap in taps}) == 1 and len(taps[0].key) == 32
        assert book.taps_before[0] == 0, "keys are kept before a Tap opens"
        (began,) = book.all(RecordingBegan)
        assert isinstance(began, RecordingBegan) and set(stage.registry.recordings()) == {began.recording_id}
        assert stage.facts.kinds().count("recording_started") == 1
        late = await join(stage, "late")
        assert late.told[0].room.recording == "on"  # type: ignore[union-attr]


async def test_who_leads_is_recorded_at_the_top_students_in_the_middle(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada, bob = await join(stage, "ada", "instructor"), await join(stage, "bob")
        tops = await ada.publish("camera")
        mine = await bob.publish("camera", "screen")
        layers = {tap.track_id: tap.layer_max for tap in stage.plane.media.taps.values()}
        assert layers[tops["camera"]] == layers[mine["screen"]] == Layer(spatial=2, temporal=3)
        assert layers[mine["camera"]] == Layer(spatial=1, temporal=3)
        keys = {tap.participant_id: tap.key for tap in stage.plane.media.taps.values()}
        assert len(set(keys.values())) == 2


async def test_refused_consent_means_no_tap(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        await join(stage, "ada", "instructor")
        stage.seat("bob", consents=("sound",))
        bob = await stage.join("bob")
        tracks = await bob.publish("mic", "camera")
        assert [tap.track_id for tap in stage.plane.media.taps.values()] == [tracks["mic"]]
        stage.registry.consents_changed("per_bob", ("picture",))
        await stage.settle()
        assert [tap.track_id for tap in stage.plane.media.taps.values()] == [tracks["camera"]]
        noted = [body["granted"] for kind, body in stage.facts.kept if kind == "consent_noted"]
        assert noted == [("picture", "sound"), ("sound",), ("picture",)]


async def test_nobody_is_recorded_who_decided_nothing(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada = await stage.join("ada", "instructor")
        await ada.publish("mic", "camera")
        assert not stage.plane.media.taps and not states(ada)


async def test_a_pause_closes_every_tap_and_leaves_a_mark(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada, bob = await join(stage, "ada", "instructor"), await join(stage, "bob")
        await ada.publish("mic")
        await bob.publish("mic")
        before = set(stage.plane.media.taps)
        await ada.say(SetRecording(id=ada.next_id(), paused=True))
        assert not stage.plane.media.taps and states(bob) == ["on", "paused"]
        assert len(book.all(TapClosed)) == 2
        await bob.publish("mic", "camera")
        assert not stage.plane.media.taps
        await ada.say(SetRecording(id=ada.next_id(), paused=False))
        assert len(stage.plane.media.taps) == 3 and not before & set(stage.plane.media.taps)
        assert states(bob)[-1] == "on"
        kinds = stage.facts.kinds()
        assert kinds.index("recording_paused") < kinds.index("recording_resumed")


async def test_a_student_may_not_pause(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada, bob = await join(stage, "ada", "instructor"), await join(stage, "bob")
        await ada.publish("mic")
        await bob.say(SetRecording(id=bob.next_id(), paused=True))
        assert bob.last(Error).code == "not_allowed" and len(stage.plane.media.taps) == 1


async def test_without_recording_there_is_no_tap(book: Book) -> None:
    async with Stage() as stage:
        ada = await join(stage, "ada", "instructor")
        await ada.publish("mic")
        assert not stage.plane.media.taps and not states(ada)
        await ada.say(SetRecording(id=ada.next_id(), paused=True))
        assert ada.last(Error).code == "not_recorded"


async def test_another_media_process_goes_on_with_the_same_recording(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada = await join(stage, "ada", "instructor")
        await ada.publish("mic")
        (recording_id,) = stage.registry.recordings()
        stage.plane.replace_media(FakeMedia("med_2"))
        await stage.settle()
        await ada.publish("mic", ufrag="anew")
        (tap,) = stage.plane.media.taps.values()
        assert tap.recording_id == recording_id
        opened = book.all(TapOpened)
        assert len(opened) == 2 and len(book.all(TapClosed)) == 1


async def test_a_tap_follows_its_track_to_media_and_goes_with_it(book: Book) -> None:
    async with Stage(recording_book=book) as stage:
        ada = await join(stage, "ada", "instructor")
        await ada.publish("mic", "camera")
        commands = [type(command) for command in stage.plane.commands]
        assert commands.index(SetTrack) < commands.index(SetTap)
        await ada.leave()
        assert not stage.plane.media.taps and CloseTap not in commands
        assert len(book.all(TapClosed)) == 2
