"""The agent's memory: news, cascades, slots, what a control missed."""

import msgspec
import pytest

from media.agent.existing import Existing
from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    Layer,
    RoomFaulted,
    SetRoom,
    SlotMapped,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    WantedState,
)
from tests.contract.objects import ALL, CAMERA, PUBLISH, ROOM, SUBSCRIBE, WANTED, WATCH


@pytest.fixture
def existing() -> Existing:
    existing = Existing()
    for command in ALL:
        assert existing.lacks(command) is None
        existing.put(command)
    return existing


def test_a_repeat_is_no_news_unless_the_engine_refused(existing: Existing) -> None:
    for command in ALL:
        assert not existing.is_news(msgspec.structs.replace(command, command_id="cmd_again"))
    assert existing.is_news(msgspec.structs.replace(CAMERA, muted=True))
    assert existing.refuse("track", "trk_cam") == "cmd_camera"
    assert existing.is_news(CAMERA)
    existing.put(CAMERA)
    assert not existing.is_news(CAMERA)
    assert existing.refuse("track", "trk_unknown") == ""


def test_says_what_a_command_hangs_on() -> None:
    existing = Existing()
    assert existing.lacks(PUBLISH) == "room"
    assert existing.lacks(CAMERA) == "transport"
    existing.put(ROOM)
    existing.put(SUBSCRIBE)
    assert existing.lacks(WATCH) == "track"


def test_an_older_generation_is_no_news_and_a_newer_replaces(existing: Existing) -> None:
    newer = msgspec.structs.replace(WATCH, subscription_id="sub_2", generation=2)
    existing.put(newer)
    assert existing.current().subscriptions == ("sub_2",)
    assert not existing.is_news(WATCH)
    existing.close(CloseSubscription(subscription_id="sub_1"))
    assert existing.current().subscriptions == ("sub_2",)


def test_a_room_takes_everything_along(existing: Existing) -> None:
    assert set(existing.close(CloseRoom(room_id="rom_1"))) == {"trn_pub", "trn_sub"}
    assert existing == Existing()


def test_a_faulted_room_is_gone(existing: Existing) -> None:
    existing.fault(RoomFaulted(room_id="rom_1", reason="a bug"))
    assert existing == Existing()


def test_a_track_and_a_transport_take_their_subscriptions_along(existing: Existing) -> None:
    existing.close(CloseTrack(track_id="trk_cam"))
    assert existing.current().subscriptions == ()
    existing.put(CAMERA)
    existing.put(WATCH)
    assert existing.close(CloseTransport(transport_id="trn_pub")) == ("trn_pub",)
    assert existing.counts() == {"rooms": 1, "transports": 1, "tracks": 0, "subscriptions": 0}


def test_a_control_that_comes_back_learns_what_it_missed(existing: Existing) -> None:
    mapped = SlotMapped(transport_id="trn_sub", slot=2, generation=1, track_id="trk_cam", rtp_timestamp=7)
    layer = SubscriptionLayer(transport_id="trn_sub", slot=2, track_id="trk_cam", layer=Layer(spatial=1, temporal=0))
    live = TrackLive(track_id="trk_cam", spatial=1, active=True)
    silent = TrackLive(track_id="trk_cam", spatial=2, active=False)
    for event in (TransportState(transport_id="trn_sub", state="connected"), mapped, layer, live, silent):
        existing.note(event)
    existing.note(TransportState(transport_id="trn_unknown", state="connected"))
    assert dict(existing.current().transports) == {"trn_pub": "new", "trn_sub": "connected"}
    assert existing.current().mappings == (mapped,)
    assert list(existing.missed()) == [live, layer]


def test_what_is_wanted_elsewhere_is_closed_here_first(existing: Existing) -> None:
    assert list(existing.unwanted(WANTED)) == []
    elsewhere = msgspec.structs.replace(WANTED, rooms=(SetRoom(room_id="rom_1", shard=1),))
    assert list(existing.unwanted(elsewhere)) == [CloseRoom(room_id="rom_1")]
    kinds = [type(command) for command in existing.unwanted(WantedState())]
    assert kinds == [CloseSubscription, CloseTrack, CloseTrack, CloseTransport, CloseTransport, CloseRoom]
