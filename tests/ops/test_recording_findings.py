"""What a watch says of a recording that goes on: every trouble by its name, and nothing of what is well."""

from media.contract import CopyProgress, CopyState, SpoolProgress, TapProgress
from server.ops.recordings.findings import QUIET_S, SILENT_S, STALLED_S, Memory, look

WELL = (CopyState(copy="a", state="ok"), CopyState(copy="b", state="ok"))


def progress(forwarded: int, a: CopyProgress, b: CopyProgress, copies: tuple[CopyState, ...] = WELL) -> SpoolProgress:
    tap = TapProgress(tap_id="tap_1", track_id="trk_1", forwarded=forwarded, forwarded_utc_us=1, a=a, b=b)
    return SpoolProgress(recording_id="rec_1", at_utc_us=100_000_000, taps=(tap,), copies=copies)


def codes(memory: Memory, now_s: float, sounding: frozenset[str] = frozenset()) -> set[tuple[str, str]]:
    return {(finding.code, finding.copy) for finding in look("rec_1", memory, sounding, now_s)}


def durable(count: int, lost: int = 0) -> CopyProgress:
    return CopyProgress(durable=count, lost=lost)


def test_what_is_well_says_nothing() -> None:
    memory = Memory()
    for second in range(60):
        memory.hear(progress(second * 50, durable(second * 50), durable(second * 50)), second)
        assert codes(memory, second, frozenset({"trk_1"})) == set()


def test_silence_of_media_is_found() -> None:
    memory = Memory(heard_s=0.0)
    assert codes(memory, QUIET_S) == set()
    assert codes(memory, QUIET_S + 1) == {("no_progress", "")}
    memory.hear(progress(1, durable(1), durable(1)), 20)
    assert codes(memory, 21) == set()
    assert codes(memory, 20 + QUIET_S + 1) == {("no_progress", "")}


def test_a_copy_that_fails_is_named_with_what_to_do() -> None:
    memory = Memory()
    failing = CopyState(copy="b", state="failing", code="disk_full", text="no space left")
    memory.hear(progress(9, durable(9), durable(1), (WELL[0], failing)), 0)
    (finding,) = look("rec_1", memory, frozenset(), 1)
    assert (finding.code, finding.copy) == ("disk_full", "b")
    assert "no space left" in finding.text and "Free space" in finding.do


def test_a_copy_that_stands_still_while_the_other_goes_on_is_found() -> None:
    memory = Memory()
    for second in range(int(STALLED_S) + 3):
        memory.hear(progress(second * 50, durable(second * 50), durable(10)), second)
    assert codes(memory, STALLED_S + 2.5) == {("copy_stalled", "b")}


def test_lost_records_lagging_and_missing_copies_are_found() -> None:
    memory = Memory()
    lagging = CopyState(copy="a", state="lagging", oldest_waiting_utc_us=80_000_000)
    off = CopyState(copy="b", state="off")
    memory.hear(progress(9, durable(9, lost=3), durable(9), (lagging, off)), 0)
    assert codes(memory, 1) == {("copy_lagging", "a"), ("copy_lost_records", "a"), ("copy_off", "b")}


def test_a_microphone_that_is_on_and_sends_nothing_is_found() -> None:
    memory = Memory()
    for second in range(int(SILENT_S) + 3):
        memory.hear(progress(7, durable(7), durable(7)), second)
    assert codes(memory, SILENT_S + 2, frozenset({"trk_1"})) == {("track_silent", "")}
    assert codes(memory, SILENT_S + 2) == set(), "muted: nothing is expected"
