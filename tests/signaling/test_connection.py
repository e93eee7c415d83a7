"""The numbered log: what was missed comes again, once, in order; what is gone is said to be gone."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.codec import decode_server, prepare
from signaling.connection import OutgoingLog
from signaling.messages import TrackClosed

MESSAGE = prepare(TrackClosed(seq=0, track_id="trk_1"))
SIZE = len(MESSAGE.at(1))


def log(messages_max: int = 5, bytes_max: int = 10_000) -> OutgoingLog:
    return OutgoingLog("secret", messages_max=messages_max, bytes_max=bytes_max)


def test_numbers_grow_by_one() -> None:
    kept = log()
    told = [decode_server(kept.append(MESSAGE)) for _ in range(3)]
    assert [m.seq for m in told if isinstance(m, TrackClosed)] == [1, 2, 3]
    assert kept.missed(3) == () and kept.seq == 3
    missed = kept.missed(1)
    assert missed is not None and [decode_server(m) for m in missed] == told[1:]


def test_full_by_messages_and_by_bytes() -> None:
    kept = log(messages_max=5)
    for _ in range(6):
        kept.append(MESSAGE)
    assert kept.missed(0) is None and len(kept.missed(1) or ()) == 5
    kept = log(bytes_max=SIZE * 2)
    for _ in range(3):
        kept.append(MESSAGE)
    assert kept.missed(0) is None and len(kept.missed(1) or ()) == 2


def test_what_was_never_sent_is_not_resumed() -> None:
    kept = log()
    kept.append(MESSAGE)
    assert kept.missed(2) is None


def test_acknowledged_is_dropped_and_a_lie_drops_nothing_more() -> None:
    kept = log()
    for _ in range(3):
        kept.append(MESSAGE)
    kept.acknowledge(2)
    assert kept.missed(1) is None and len(kept.missed(2) or ()) == 1
    kept.acknowledge(10**9)
    assert kept.missed(3) == () and kept.snapshot()["bytes"] == 0
    kept.append(MESSAGE)
    assert kept.seq == 4


def test_token() -> None:
    kept = log()
    assert kept.owns("secret") and not kept.owns("Secret") and not kept.owns("") and not kept.owns("ü")
    assert "secret" not in str(kept.snapshot())


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=60), st.integers(0, 40))
def test_missed_is_exactly_what_came_after(steps: list[int | None], seen: int) -> None:
    """None appends, a number acknowledges: whatever the order, `missed` is complete or says that it cannot be."""
    kept = log(messages_max=7)
    for step in steps:
        if step is None:
            kept.append(MESSAGE)
        else:
            kept.acknowledge(step)
    missed = kept.missed(seen)
    if missed is not None:
        numbers = [m.seq for m in map(decode_server, missed) if isinstance(m, TrackClosed)]
        assert numbers == list(range(seen + 1, kept.seq + 1))
    else:
        assert seen > kept.seq or seen < kept.seq
