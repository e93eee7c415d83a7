"""What every media side keeps, the real one and the fake: greeting, idempotence, cascades, refusals, resync."""

import msgspec
import pytest

from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    Command,
    CommandFailed,
    Counters,
    CurrentState,
    Event,
    LinkRefused,
    MediaHello,
    WantedState,
)
from tests.contract.conftest import Connect
from tests.contract.objects import ALL, CAMERA, MIC, PUBLISH, ROOM, SUBSCRIBE, WANTED, WATCH
from tests.contract.sides import Conversation, make_hello


async def ask_again(link: Conversation, wanted: WantedState) -> CurrentState:
    """Resync over the link that stands."""
    await link.settled()
    link.events.clear()
    await link.send(wanted)
    return await link.until(CurrentState)


def failures(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(e.command_id, e.object_id, e.code) for e in events if isinstance(e, CommandFailed)]


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        (make_hello(token="wrong"), "token"),
        (make_hello(version=0), "version"),
    ],
)
async def test_a_wrong_hello_is_refused(connect: Connect, hello: Command, code: str) -> None:
    link = await connect()
    await link.send(hello)
    answer = await link.hear()
    assert isinstance(answer, LinkRefused)
    assert answer.code == code


async def test_an_older_control_is_refused(connect: Connect) -> None:
    newer = await connect()
    await newer.start(lease_epoch=5)
    older = await connect()
    await older.send(make_hello(lease_epoch=4))
    answer = await older.hear()
    assert isinstance(answer, LinkRefused)
    assert answer.code == "lease"
    same = await connect()
    await same.start(lease_epoch=5)


async def test_media_says_who_it_is(connect: Connect) -> None:
    hello, current = await (await connect()).start()
    assert hello.media_id and hello.shards[0].candidates
    assert hello.fingerprint.algorithm == "sha-256"
    assert len(hello.fingerprint.value.split(":")) == 32
    assert current == CurrentState(rooms=(), transports=(), tracks=(), subscriptions=())
    again, _ = await (await connect()).start()
    assert again == hello


async def test_everything_wanted_exists(connect: Connect) -> None:
    _, current = await (await connect()).start(WANTED)
    assert current.rooms == ("rom_1",)
    assert dict(current.transports) == {"trn_pub": "new", "trn_sub": "new"}
    assert set(current.tracks) == {"trk_cam", "trk_mic"}
    assert current.subscriptions == ("sub_1",)


async def test_repeats_change_nothing(connect: Connect) -> None:
    link = await connect()
    await link.start()
    await link.send(*ALL, *ALL)
    events = await link.settled()
    assert not failures(events)
    current = await ask_again(link, WANTED)
    assert current.subscriptions == ("sub_1",)


@pytest.mark.parametrize(
    ("close", "left"),
    [
        (
            CloseSubscription(subscription_id="sub_1"),
            ({"rom_1"}, {"trn_pub", "trn_sub"}, {"trk_cam", "trk_mic"}, set()),
        ),
        (CloseTrack(track_id="trk_cam"), ({"rom_1"}, {"trn_pub", "trn_sub"}, {"trk_mic"}, set())),
        (CloseTransport(transport_id="trn_pub"), ({"rom_1"}, {"trn_sub"}, set(), set())),
        (CloseTransport(transport_id="trn_sub"), ({"rom_1"}, {"trn_pub"}, {"trk_cam", "trk_mic"}, set())),
        (CloseRoom(room_id="rom_1"), (set(), set(), set(), set())),
    ],
)
async def test_closing_takes_along_all_that_is_inside(
    connect: Connect, close: Command, left: tuple[set[str], ...]
) -> None:
    link = await connect()
    await link.start(WANTED)
    await link.send(close, close)
    assert not failures(await link.settled())
    await link.close()
    # A control that comes back and wants the same: media says what it had to open again by what it answers now.
    wanted = WantedState(
        rooms=tuple(one for one in WANTED.rooms if one.room_id in left[0]),
        transports=tuple(one for one in WANTED.transports if one.transport_id in left[1]),
        tracks=tuple(one for one in WANTED.tracks if one.track_id in left[2]),
        subscriptions=tuple(one for one in WANTED.subscriptions if one.subscription_id in left[3]),
    )
    _, current = await (await connect()).start(wanted)
    assert set(current.rooms) == left[0]
    assert {transport_id for transport_id, _ in current.transports} == left[1]
    assert set(current.tracks) == left[2]
    assert set(current.subscriptions) == left[3]


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((), PUBLISH, "unknown_room"),
        ((ROOM,), CAMERA, "unknown_transport"),
        ((ROOM, SUBSCRIBE), WATCH, "unknown_track"),
        (
            (ROOM, PUBLISH, SUBSCRIBE, CAMERA),
            msgspec.structs.replace(WATCH, slot=9),
            "unknown_slot",
        ),
    ],
)
async def test_what_hangs_on_nothing_is_refused_by_code(
    connect: Connect, before: tuple[Command, ...], command: Command, code: str
) -> None:
    link = await connect()
    await link.start()
    await link.send(*before)
    assert not failures(await link.settled())
    await link.send(command)
    (failure,) = failures(await link.settled())
    assert failure[0].startswith("cmd_")
    assert failure[2] == code


async def test_what_is_not_wanted_any_more_is_closed(connect: Connect) -> None:
    first = await connect()
    await first.start(WANTED)
    await first.close()
    second = await connect()
    wanted = WantedState(rooms=WANTED.rooms, transports=(PUBLISH,), tracks=(MIC,))
    _, current = await second.start(wanted)
    assert [transport_id for transport_id, _ in current.transports] == ["trn_pub"]
    assert current.tracks == ("trk_mic",)
    assert current.subscriptions == ()
    await second.send(SUBSCRIBE)
    assert not failures(await second.settled())


async def test_a_newer_subscription_takes_the_slot(connect: Connect) -> None:
    link = await connect()
    await link.start(WANTED)
    newer = msgspec.structs.replace(WATCH, subscription_id="sub_2", generation=2)
    await link.send(newer, WATCH, CloseSubscription(subscription_id="sub_1"))
    assert not failures(await link.settled())
    current = await ask_again(link, msgspec.structs.replace(WANTED, subscriptions=(newer,)))
    assert current.subscriptions == ("sub_2",)


async def test_a_changed_transport_keeps_what_hangs_on_it(connect: Connect) -> None:
    link = await connect()
    await link.start(WANTED)
    restarted = msgspec.structs.replace(SUBSCRIBE, ice_ufrag="ufragnew", ice_pwd="r" * 24)
    await link.send(restarted)
    assert not failures(await link.settled())
    current = await ask_again(link, msgspec.structs.replace(WANTED, transports=(PUBLISH, restarted)))
    assert current.subscriptions == ("sub_1",)


async def test_only_what_the_contract_names_is_told(connect: Connect) -> None:
    link = await connect()
    await link.start(WANTED)
    allowed = (CurrentState, MediaHello, Counters)
    assert all(isinstance(event, allowed) for event in await link.settled())
