"""Events wait in order, measurements give way, and a control that does not read is cut off."""

import asyncio

from media.agent.outbox import EventOutbox
from media.contract import Counters, Speakers, TrackLive, TransportStats


def live(number: int) -> TrackLive:
    return TrackLive(track_id=f"trk_{number}", spatial=0, active=True)


def counters(value: int) -> Counters:
    return Counters(values={"datagrams_in": value})


async def test_the_latest_takes_the_place_of_the_older() -> None:
    outbox = EventOutbox()
    for event in (counters(1), live(1), counters(2), Speakers(room_id="rom_1", speakers=()), counters(3)):
        outbox.put(event)
    assert await outbox.take(10) == [counters(3), live(1), Speakers(room_id="rom_1", speakers=())]
    assert len(outbox) == 0


async def test_takes_at_most_so_many_oldest_first() -> None:
    outbox = EventOutbox()
    for number in range(5):
        outbox.put(live(number))
    assert await outbox.take(2) == [live(0), live(1)]
    assert await outbox.take(9) == [live(2), live(3), live(4)]


async def test_waits_for_the_first() -> None:
    outbox = EventOutbox()
    waiting = asyncio.create_task(outbox.take(1))
    await asyncio.sleep(0)
    outbox.put(live(1))
    assert await waiting == [live(1)]


async def test_measurements_give_way_before_the_link_does() -> None:
    outbox = EventOutbox(must_arrive_max=4)
    outbox.put(counters(1))
    for number in range(3):
        outbox.put(live(number))
    outbox.put(TransportStats(transport_id="trn_1"))
    outbox.put(counters(2))
    assert outbox.dropped == 1
    outbox.put(live(3))
    assert not outbox.overflowed.is_set()
    outbox.put(live(4))
    assert outbox.overflowed.is_set()


async def test_one_latest_over_the_limit_is_dropped_and_counted() -> None:
    outbox = EventOutbox(latest_max=1)
    outbox.put(TransportStats(transport_id="trn_1"))
    outbox.put(TransportStats(transport_id="trn_2"))
    outbox.put(TransportStats(transport_id="trn_1", packets_in=1))
    assert outbox.dropped == 1
    assert await outbox.take(9) == [TransportStats(transport_id="trn_1", packets_in=1)]


async def test_there_is_room_again_after_it_was_read() -> None:
    outbox = EventOutbox(must_arrive_max=2)
    for _ in range(5):
        outbox.put(live(1))
        outbox.put(live(2))
        await outbox.take(2)
    assert not outbox.overflowed.is_set()
