"""The real media process with aiortc at both ends: what one publishes, another decodes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aioice.ice
import msgspec
import pytest

from media.contract import (
    CloseSubscription,
    CloseTransport,
    SetRoom,
    SetSubscription,
    SetTransport,
    SlotMapped,
    SlotSpec,
    Speakers,
    TrackLive,
    TransportState,
)
from tests.contract.rtc_client import Publisher, Subscriber, is_connected, is_loud, is_the_picture
from tests.contract.sides import Conversation, MediaProcess

ROOM = SetRoom(room_id="rom_1", shard=0)
SLOTS = (
    SlotSpec(slot=0, mid="a0", kind="audio", mode="bound", ssrc=3_000_000_001),
    SlotSpec(slot=1, mid="a1", kind="audio", mode="loudest", ssrc=3_000_000_002),
    SlotSpec(slot=2, mid="v0", kind="video", mode="bound", ssrc=3_000_000_003, rtx_ssrc=3_000_000_004),
)


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves loopback out; here there may be nothing else."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


@dataclass
class Class:
    """A link to the media process, one who publishes, one who subscribes."""

    process: MediaProcess
    link: Conversation
    publisher: Publisher
    subscriber: Subscriber
    answered: SetTransport | None = None

    async def publish(self) -> None:
        transport, mic, cam = await self.publisher.offer()
        await self.link.send(transport, mic, cam)
        await self.publisher.answered(transport)
        await self.connected(transport.transport_id)

    async def subscribe(self) -> None:
        transport = self.subscriber.transport()
        await self.link.send(transport)
        # The browser begins its handshake before its answer has come to media, as in life.
        remote = await self.subscriber.answer()
        self.answered = msgspec.structs.replace(transport, remote=remote)
        await self.link.send(self.answered)
        await self.connected(transport.transport_id)

    async def connected(self, transport_id: str) -> None:
        await self.link.until(
            TransportState, lambda event: event.transport_id == transport_id and event.state == "connected"
        )


@pytest.fixture
async def room(process: MediaProcess) -> AsyncIterator[Class]:
    link = await process.connect()
    hello, _ = await link.start()
    await link.send(ROOM)
    room = Class(process, link, Publisher(hello, "rom_1", "ann"), Subscriber(hello, "rom_1", "bob", SLOTS))
    yield room
    await room.publisher.connection.close()
    await room.subscriber.close()
    await link.close()


def show(slot: int, track_id: str, generation: int = 1) -> SetSubscription:
    return SetSubscription(
        subscription_id=f"sub_{slot}_{generation}",
        transport_id="trn_sub_bob",
        slot=slot,
        track_id=track_id,
        generation=generation,
    )


async def test_what_is_published_is_seen_and_heard(room: Class) -> None:
    await room.publish()
    await room.subscribe()
    await room.link.send(show(2, "trk_cam_ann"), show(0, "trk_mic_ann"))
    await room.link.until(TrackLive, lambda event: event.track_id == "trk_cam_ann" and event.active)
    await room.subscriber.sees("v0", is_the_picture)
    await room.subscriber.sees("a0", is_loud)
    mapped = await room.link.until(SlotMapped, lambda event: event.slot == 2 and event.track_id is not None)
    assert (mapped.track_id, mapped.generation) == ("trk_cam_ann", 1)


async def test_the_loudest_fill_a_slot_by_themselves(room: Class) -> None:
    await room.publish()
    await room.subscribe()
    mapped = await room.link.until(SlotMapped, lambda event: event.slot == 1 and event.track_id is not None)
    assert mapped.track_id == "trk_mic_ann"
    await room.subscriber.sees("a1", is_loud)
    speaking = await room.link.until(Speakers, lambda event: bool(event.speakers))
    assert speaking.speakers[0].track_id == "trk_mic_ann"


async def test_media_goes_on_without_control_and_control_learns_what_it_missed(room: Class) -> None:
    await room.publish()
    await room.subscribe()
    await room.link.send(show(2, "trk_cam_ann"))
    await room.subscriber.sees("v0", is_the_picture)
    await room.link.close()
    await room.subscriber.sees("v0", is_the_picture)
    back = await room.process.connect()
    hello, current = await back.start()  # it wants nothing: all is closed
    assert hello == room.publisher.hello
    assert current.transports == ()
    await back.close()


async def test_a_closed_subscription_leaves_the_slot_empty(room: Class) -> None:
    await room.publish()
    await room.subscribe()
    await room.link.send(show(2, "trk_cam_ann"))
    await room.subscriber.sees("v0", is_the_picture)
    await room.link.send(CloseSubscription(subscription_id="sub_2_1"))
    await room.link.until(SlotMapped, lambda event: event.slot == 2 and event.track_id is None)
    await room.link.send(show(2, "trk_cam_ann", generation=2))
    await room.link.until(SlotMapped, lambda event: event.slot == 2 and event.generation == 2)
    await room.subscriber.sees("v0", is_the_picture)


async def test_another_certificate_than_the_sdp_named_gets_no_media(room: Class) -> None:
    transport, mic, cam = await room.publisher.offer()
    assert transport.remote is not None
    (named,) = transport.remote.fingerprints
    other = msgspec.structs.replace(named, value=named.value[::-1])
    forged = msgspec.structs.replace(transport, remote=msgspec.structs.replace(transport.remote, fingerprints=(other,)))
    await room.link.send(forged, mic, cam)
    await room.publisher.answered(transport)
    failed = await room.link.until(TransportState, lambda event: event.state == "failed")
    assert (failed.transport_id, failed.reason) == (transport.transport_id, "dtls_failed")
    await room.link.send(CloseTransport(transport_id=transport.transport_id))
    await room.link.settled()
    assert not any(isinstance(event, TrackLive) for event in room.link.events)


async def test_who_leaves_is_told_at_once(room: Class) -> None:
    await room.publish()
    # Our end is connected first; a browser that is not yet has no way to say goodbye.
    await is_connected(room.publisher.connection)
    await room.publisher.connection.close()
    closed = await room.link.until(TransportState, lambda event: event.state == "closed")
    assert closed.transport_id == "trn_pub_ann"
