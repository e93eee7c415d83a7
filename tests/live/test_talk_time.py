"""Talk time: what is stored is what was heard, bundle by bundle, and nothing is counted twice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from server.classroom.events_sound import Talked
from server.classroom.intervals import total_ms
from server.classroom.record import Record
from server.live.talk_time import BUNDLE_EVERY_MS, SPANS_MAX, UNTOLD_MAX_MS, TalkMeter


def spans(bundle: Talked | None) -> list[tuple[str, int, int]]:
    return [] if bundle is None else [(one.participant_id, one.from_ms, one.to_ms) for one in bundle.spans]


def test_a_stretch_ends_when_somebody_is_heard_no_more() -> None:
    meter = TalkMeter()
    assert meter.bundle(0) is None
    meter.hear(["ada"], 1_000)
    meter.hear(["ada", "ben"], 3_000)
    meter.hear(["ben"], 4_000)
    meter.hear([], 9_000)
    assert meter.bundle(BUNDLE_EVERY_MS - 1) is None
    assert spans(meter.bundle(BUNDLE_EVERY_MS)) == [("ada", 1_000, 4_000), ("ben", 3_000, 9_000)]
    assert meter.bundle(3 * BUNDLE_EVERY_MS) is None


def test_a_long_turn_goes_on_in_the_next_bundle() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    for at_ms in range(10_000, 70_000, 10_000):
        meter.hear(["ada"], at_ms)
    first = meter.bundle(30_000 + 40_000)
    meter.hear([], 75_000)
    second = meter.bundle(75_000, last=True)
    assert spans(first) == [("ada", 10_000, 70_000)]
    assert spans(second) == [("ada", 70_000, 75_000)]


def test_a_class_that_ends_stores_the_rest_at_once() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    meter.hear(["ada"], 5_000)
    assert spans(meter.bundle(8_000, last=True)) == [("ada", 5_000, 8_000)]
    assert meter.bundle(9_000, last=True) is None


def test_media_that_fell_silent_does_not_talk_for_ever() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    meter.hear(["ada"], 1_000)
    meter.hear(["ada"], 6_000)
    assert spans(meter.bundle(6_000 + UNTOLD_MAX_MS + 10_000)) == [("ada", 1_000, 6_000)]
    meter.hear(["ada"], 50_000)
    meter.hush(51_000)
    assert spans(meter.bundle(90_000)) == [("ada", 50_000, 51_000)]


def test_groups_speak_at_the_same_time_and_nobody_in_two() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    meter.hear(["ada"], 1_000, group=1)
    meter.hear(["ben"], 2_000, group=2)
    meter.hear(["ada"], 4_000, group=2)  # she was moved over, and he stopped
    meter.hear([], 6_000, group=2)
    meter.hear(["ben"], 7_000)  # back in the main room
    meter.hear([], 9_000)
    found = [("ada", 1_000, 4_000), ("ada", 4_000, 6_000), ("ben", 2_000, 4_000), ("ben", 7_000, 9_000)]
    assert sorted(spans(meter.bundle(30_000))) == found


def test_a_group_that_is_no_more_does_not_talk_for_ever() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    meter.hear(["ada"], 1_000, group=1)
    for at_ms in range(2_000, 60_000, 1_000):
        meter.hear(["ben"], at_ms)
    stored = spans(meter.bundle(60_000, last=True))
    assert ("ben", 2_000, 60_000) in stored
    assert all(end <= 1_000 + UNTOLD_MAX_MS for one, _, end in stored if one == "ada")


def test_a_full_bundle_goes_out_early() -> None:
    meter = TalkMeter()
    meter.bundle(0)
    for number in range(SPANS_MAX + 1):
        meter.hear([f"p{number}"], 10 * number)
    assert len(spans(meter.bundle(10 * SPANS_MAX))) >= SPANS_MAX


_steps = st.lists(
    st.tuples(st.integers(0, 8_000), st.sets(st.sampled_from(["ada", "ben", "cara"])), st.booleans()), max_size=40
)


@settings(max_examples=80)
@given(_steps)
def test_bundles_never_overlap_and_miss_nothing(steps: list[tuple[int, set[str], bool]]) -> None:
    """Against plain bookkeeping: who was named spoke until the next word, unless that took too long."""
    meter = TalkMeter()
    meter.bundle(0)
    now_ms, speaking = 0, set[str]()
    expected: dict[str, int] = {}
    stored: dict[str, list[tuple[int, int]]] = {}
    for wait_ms, heard, bundles in [*steps, (0, set[str](), True)]:
        for one in speaking:
            expected[one] = expected.get(one, 0) + wait_ms
        now_ms += wait_ms
        meter.hear(heard, now_ms)
        speaking = heard
        if bundles:
            for participant, start, end in spans(meter.bundle(now_ms)):
                stored.setdefault(participant, []).append((start, end))
    for participant, start, end in spans(meter.bundle(now_ms, last=True)):
        stored.setdefault(participant, []).append((start, end))
    for participant, length in expected.items():
        assert sum(end - start for start, end in stored.get(participant, [])) == length
        assert total_ms(stored.get(participant, [])) == length


def test_pauses_belong_to_a_turn_and_coughs_do_not_count() -> None:
    record = Record()
    record.seat_of["ada"] = "sea"
    meter = TalkMeter()
    meter.bundle(0)
    for at_ms, heard in ((1_000, ["ada"]), (3_000, []), (4_500, ["ada"]), (6_000, []), (20_000, ["ada"]), (20_400, [])):
        meter.hear(heard, at_ms)
    bundle = meter.bundle(40_000)
    assert bundle is not None
    record.take(bundle)
    assert record.turns("sea") == [(1_000, 6_000)]
