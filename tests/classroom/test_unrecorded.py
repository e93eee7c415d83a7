"""A 1:1 with a minor that nobody records is told after two minutes, once."""

import pytest

from server.classroom.presence import Known
from server.classroom.unrecorded import UNRECORDED_MS, UnrecordedWatch, alone_with_one
from signaling.base import Role


def known(name: str, role: Role, *, minor: bool = False) -> Known:
    return Known(f"par_{name}", f"sea_{name}", f"per_{name}", role, minor, "here", 0)


BEN, ADA = known("ben", "instructor"), known("ada", "student", minor=True)
EVE, BOB = known("eve", "observer"), known("bob", "student", minor=True)


@pytest.mark.parametrize(
    ("present", "alone"),
    [
        ([BEN, ADA], True),
        ([ADA], False),
        ([BEN], False),
        ([BEN, ADA, EVE], False),
        ([BEN, ADA, BOB], False),
        ([], False),
    ],
)
def test_who_counts_as_alone(present: list[Known], alone: bool) -> None:
    assert (alone_with_one(present) is not None) == alone


def test_it_is_told_once_and_again_when_it_begins_again() -> None:
    watch = UnrecordedWatch()
    assert watch.look([BEN, ADA], recorded=False, now_ms=1_000) == []
    assert watch.look([BEN, ADA], recorded=False, now_ms=UNRECORDED_MS + 999) == []
    (told,) = watch.look([BEN, ADA], recorded=False, now_ms=UNRECORDED_MS + 1_000)
    assert (told.participant_id, told.since_ms) == ("par_ada", 1_000)
    assert watch.look([BEN, ADA], recorded=False, now_ms=10 * UNRECORDED_MS) == []
    assert watch.look([BEN, ADA], recorded=True, now_ms=10 * UNRECORDED_MS) == []
    assert watch.look([BEN, ADA], recorded=False, now_ms=20 * UNRECORDED_MS) == []
    assert len(watch.look([BEN, ADA], recorded=False, now_ms=21 * UNRECORDED_MS)) == 1


def test_a_recording_is_enough() -> None:
    watch = UnrecordedWatch()
    for minute in range(60):
        assert watch.look([BEN, ADA], recorded=True, now_ms=minute * 60_000) == []
