"""What a bot wants to look at."""

from typing import Literal

from loadtest.room import RoomView, wishes
from loadtest.scenario import Layout
from signaling.messages import (
    Participant,
    ParticipantJoined,
    ParticipantLeft,
    RoomSnapshot,
    Slot,
    SubscribeOffer,
    Track,
    TrackClosed,
    TrackPublished,
)

LAYOUT = Layout(tiles=2)


def camera(track_id: str, participant_id: str, source: Literal["camera", "screen"] = "camera") -> Track:
    return Track(track_id, participant_id, source, "video", False)


def view() -> RoomView:
    one = RoomView()
    people = [Participant(f"par_{n}", "Bot", "instructor" if n == 1 else "student", "here") for n in range(6)]
    tracks = tuple(camera(f"trk_{n}", f"par_{n}") for n in range(6))
    one.reset("par_0", RoomSnapshot(tuple(people), tracks))
    tiles = (Slot(7 + n, f"v{1 + n}", "video", "tile") for n in range(4))
    slots = (Slot(0, "a0", "audio", "pinned"), Slot(6, "v0", "video", "main"), *tiles)
    one.apply(SubscribeOffer(seq=1, generation=1, sdp="v=0", slots=slots, fresh=True))
    return one


def shown(one: RoomView, page: int = 0) -> dict[int, str | None]:
    return {wish.slot: wish.track_id for wish in wishes(one, LAYOUT, page)}


def test_the_instructor_is_large_and_a_page_of_others_small() -> None:
    assert shown(view()) == {6: "trk_1", 7: "trk_2", 8: "trk_3"}
    assert shown(view(), page=1) == {6: "trk_1", 7: "trk_4", 8: "trk_5"}
    assert shown(view(), page=2) == shown(view(), page=0)


def test_a_screen_takes_the_large_place() -> None:
    one = view()
    assert one.apply(TrackPublished(seq=2, track=camera("trk_s", "par_1", "screen")))
    assert shown(one) == {6: "trk_s", 7: "trk_1", 8: "trk_2"}


def test_who_leaves_is_not_looked_at() -> None:
    one = view()
    assert one.apply(ParticipantLeft(seq=2, participant_id="par_1", reason="left"))
    assert one.apply(TrackClosed(seq=3, track_id="trk_2"))
    assert not one.apply(TrackClosed(seq=4, track_id="trk_2"))
    assert shown(one) == {6: "trk_3", 7: "trk_4", 8: "trk_5"}


def test_an_arrival_without_a_picture_changes_nothing() -> None:
    assert not view().apply(ParticipantJoined(seq=2, participant=Participant("par_9", "Bot", "student", "here")))


def test_nobody_looks_at_themselves() -> None:
    assert all("trk_0" not in shown(view(), page).values() for page in range(4))
