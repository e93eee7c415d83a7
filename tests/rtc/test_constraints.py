"""Layers by tile size, priorities, and generations that only grow."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.contract import CloseSubscription, Layer, SetSubscription
from server.rtc.constraints import SlotBindings, apply_layout, layer_for, priority_for
from signaling.messages import SlotWish, Source, Track

SLOTS = {6: True, 7: False, 8: False}


def track(name: str, source: Source = "camera", layers: int = 3) -> Track:
    kind = "audio" if source in ("mic", "screen_audio") else "video"
    return Track(track_id=name, participant_id="par_1", source=source, kind=kind, muted=False, layers=layers)  # type: ignore[arg-type]


def bindings() -> SlotBindings:
    numbers = itertools.count()
    return SlotBindings("trn_1", lambda: f"sub_{next(numbers)}")


@pytest.mark.parametrize(
    ("layers", "height", "spatial"),
    [(3, 180, 0), (3, 225, 0), (3, 226, 1), (3, 450, 1), (3, 451, 2), (2, 450, 0), (2, 500, 1), (1, 1080, 0)],
)
def test_camera_layers(layers: int, height: int, spatial: int) -> None:
    assert layer_for(track("a", layers=layers), height * 16 // 9, height).spatial == spatial


def test_a_portrait_tile_shows_a_landscape_picture_across_its_width() -> None:
    assert layer_for(track("a"), 300, 1200).spatial == 0


def test_screens_are_whole_but_in_thumbnails() -> None:
    screen = track("s", "screen", 2)
    assert layer_for(screen, 1280, 720).spatial == 1 and layer_for(screen, 640, 360).spatial == 1
    assert layer_for(screen, 320, 180).spatial == 0
    assert priority_for(screen, False) > priority_for(track("a"), True) > priority_for(track("a"), False)


def test_layout_binds_changes_and_empties() -> None:
    tracks = {one.track_id: one for one in (track("trk_a"), track("trk_b"), track("trk_m", "mic"))}
    slots = bindings()
    first = apply_layout(
        [
            SlotWish(slot=6, track_id="trk_a", width=1280, height=720),
            SlotWish(slot=7, track_id="trk_m", width=100, height=100),
        ],
        SLOTS,
        tracks,
        slots,
    )
    assert [type(c) for c in first] == [SetSubscription] and slots.bound.keys() == {6}
    assert apply_layout([SlotWish(slot=6, track_id="trk_a", width=1280, height=720)], SLOTS, tracks, slots) == []
    smaller = apply_layout([SlotWish(slot=6, track_id="trk_a", width=160, height=90)], SLOTS, tracks, slots)
    assert isinstance(smaller[0], SetSubscription) and smaller[0].layer_max == Layer(spatial=0, temporal=3)
    assert isinstance(first[0], SetSubscription) and smaller[0].subscription_id == first[0].subscription_id
    other = apply_layout([SlotWish(slot=6, track_id="trk_b", width=160, height=90)], SLOTS, tracks, slots)
    assert isinstance(other[0], SetSubscription) and (other[0].generation, len(other)) == (2, 1)
    emptied = apply_layout([], SLOTS, tracks, slots)
    assert [type(c) for c in emptied] == [CloseSubscription] and not slots.bound
    again = apply_layout([SlotWish(slot=6, track_id="trk_a", width=1, height=1)], SLOTS, tracks, slots)
    assert isinstance(again[0], SetSubscription) and again[0].generation == 3


wishes = st.lists(
    st.builds(
        SlotWish,
        st.integers(6, 8),
        st.sampled_from([None, "trk_a", "trk_b", "trk_gone"]),
        st.integers(0, 2000),
        st.integers(0, 2000),
    ),
    max_size=4,
)


@given(st.lists(st.one_of(wishes, st.sampled_from(["trk_a", "trk_b"])), max_size=20))
def test_generations_only_grow_and_media_agrees(steps: list[list[SlotWish] | str]) -> None:
    tracks = {one.track_id: one for one in (track("trk_a"), track("trk_b"))}
    slots, latest = bindings(), dict.fromkeys(SLOTS, 0)
    media: dict[str, SetSubscription] = {}
    for step in steps:
        if isinstance(step, str):
            slots.forget_track(step)
            media = {key: s for key, s in media.items() if s.track_id != step}
            continue
        for command in apply_layout(step, SLOTS, tracks, slots):
            if isinstance(command, CloseSubscription):
                del media[command.subscription_id]
                continue
            assert command.generation >= latest[command.slot]
            latest[command.slot] = command.generation
            media = {key: s for key, s in media.items() if s.slot != command.slot} | {command.subscription_id: command}
        wanted = {wish.slot: wish.track_id for wish in step if wish.track_id in (None, "trk_a", "trk_b", "trk_gone")}
        shown = {s.slot: s.track_id for s in media.values()}
        assert shown == {slot: name for slot, name in wanted.items() if name in tracks}
