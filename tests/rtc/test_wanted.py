"""The memory of what control wants converges with a media process, whatever the order of commands."""

from hypothesis import given
from hypothesis import strategies as st

from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    Codec,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    ShardAddress,
    SlotSpec,
)
from server.rtc.fake_plane import FakeMedia
from server.rtc.placement import place
from server.rtc.port import RoomCommand
from server.rtc.wanted import Wanted

SLOTS = tuple(SlotSpec(slot=n, mid=f"v{n}", kind="video", mode="bound", ssrc=n + 1) for n in range(3))
OPUS = Codec(name="opus", payload_type=111, clock_rate_hz=48000)
rooms = st.sampled_from(["rom_a", "rom_b"])
# A transport's Room and direction, and a Track's transport, never change: their ids are minted for them.
transports = st.sampled_from([("trn_a1", "rom_a"), ("trn_a2", "rom_a"), ("trn_b1", "rom_b")])
subscribers = st.sampled_from([("trn_as", "rom_a"), ("trn_bs", "rom_b")])
tracks = st.sampled_from([("trk_1", "trn_a1"), ("trk_2", "trn_a1"), ("trk_3", "trn_a2"), ("trk_4", "trn_b1")])


def transport(ids: tuple[str, str], direction: str, ufrag: str) -> SetTransport:
    slots = SLOTS if direction == "subscribe" else ()
    way = "subscribe" if direction == "subscribe" else "publish"
    return SetTransport(ids[0], ids[1], "par_1", way, ufrag, "p" * 24, slots=slots)  # type: ignore[arg-type]


def track(ids: tuple[str, str], muted: bool) -> SetTrack:
    return SetTrack(ids[0], ids[1], "par_1", "audio", "0", OPUS, muted=muted)


commands = st.one_of(
    st.builds(transport, transports, st.just("publish"), st.sampled_from(["aaaa", "bbbb"])),
    st.builds(transport, subscribers, st.just("subscribe"), st.sampled_from(["aaaa", "bbbb"])),
    st.builds(track, tracks, st.booleans()),
    st.builds(
        lambda owner, slot, track_id, generation: SetSubscription(
            f"sub_{owner[0]}_{slot}_{generation}", owner[0], slot, track_id[0], generation
        ),
        subscribers,
        st.integers(0, 2),
        tracks,
        st.integers(1, 4),
    ),
    st.builds(CloseRoom, rooms),
    st.builds(CloseTransport, transports.map(lambda ids: ids[0])),
    st.builds(CloseTransport, subscribers.map(lambda ids: ids[0])),
    st.builds(CloseTrack, tracks.map(lambda ids: ids[0])),
    st.builds(CloseSubscription, st.builds("sub_trn_as_{}_{}".format, st.integers(0, 2), st.integers(1, 4))),
)


@given(st.lists(st.one_of(commands, rooms), max_size=60))
def test_each_command_or_all_at_once_end_in_the_same(steps: list[RoomCommand | str]) -> None:
    wanted, followed = Wanted(), FakeMedia()
    for step in steps:
        if isinstance(step, str):
            wanted.open_room(SetRoom(room_id=step, shard=0))
            followed.handle(SetRoom(room_id=step, shard=0))
        elif wanted.put(step):
            assert not [e for e in followed.handle(step) if type(e).__name__ == "CommandFailed"], step
    caught_up = FakeMedia()
    caught_up.handle(wanted.state())
    assert caught_up.current() == followed.current()
    assert caught_up.transports == followed.transports and caught_up.tracks == followed.tracks
    assert caught_up.subscriptions == followed.subscriptions
    again = followed.handle(wanted.state())
    assert len(again) == 1, "a resync of what stands closes and fails nothing"
    for room_id in ("rom_a", "rom_b"):
        wanted.put(CloseRoom(room_id=room_id))
    assert wanted.counts() == {"rooms": 0, "transports": 0, "tracks": 0, "subscriptions": 0}


def test_what_hangs_on_nothing_is_not_remembered() -> None:
    wanted = Wanted()
    assert not wanted.put(transport(("trn_a1", "rom_a"), "publish", "aaaa"))
    assert not wanted.put(track(("trk_1", "trn_a1"), False))
    assert not wanted.put(CloseTrack(track_id="trk_1"))
    assert wanted.room_of("trk_1") is None


def test_room_of_everything_inside() -> None:
    wanted = Wanted()
    wanted.open_room(SetRoom(room_id="rom_a", shard=0))
    for command in (
        transport(("trn_a1", "rom_a"), "publish", "aaaa"),
        transport(("trn_as", "rom_a"), "subscribe", "aaaa"),
        track(("trk_1", "trn_a1"), False),
        SetSubscription("sub_1", "trn_as", 0, "trk_1", 1),
    ):
        assert wanted.put(command)
    assert {wanted.room_of(one) for one in ("rom_a", "trn_a1", "trn_as", "trk_1", "sub_1")} == {"rom_a"}
    wanted.forget_media("rom_a")
    assert wanted.counts() == {"rooms": 1, "transports": 0, "tracks": 0, "subscriptions": 0}


def test_placement_is_the_least_loaded_and_stays() -> None:
    shards = tuple(ShardAddress(shard=n, candidates=()) for n in range(3))
    placed: dict[str, int] = {}
    for n in range(9):
        placed[f"rom_{n}"] = place(f"rom_{n}", shards, placed)
    assert sorted(placed.values()) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert all(place(room, shards, placed) == shard for room, shard in placed.items())
    assert place("rom_2", shards[:1], placed) == 0, "its shard no longer exists"
