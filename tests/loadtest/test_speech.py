"""Speech as ITU-T P.59 has it: the shares of its table 1 within a few percent."""

import random
from collections import Counter
from itertools import islice

from loadtest.speech import PAUSE_S, SPURT_S, STAY_S_MIN, conversation, monologue


def test_two_talk_in_turns_sometimes_at_once_sometimes_not_at_all() -> None:
    times: Counter[tuple[bool, bool]] = Counter()
    for stay_s, state in islice(conversation(random.Random(7)), 40_000):
        assert stay_s >= STAY_S_MIN
        times[state] += stay_s  # type: ignore[assignment]
    whole = sum(times.values())
    double, silence = times[True, True] / whole, times[False, False] / whole
    one, other = times[True, False] / whole, times[False, True] / whole
    assert 0.05 < double < 0.10  # P.59: 6.59 %
    assert 0.20 < silence < 0.25  # P.59: 22.48 %
    assert abs(one - other) < 0.03
    assert 0.36 < one + double < 0.45  # talk-spurts of one voice, P.59: 38.53 %


def test_one_alone_has_spurts_and_pauses() -> None:
    steps = list(islice(monologue(random.Random(7)), 40_000))
    spurts = [stay_s for stay_s, talks in steps if talks]
    pauses = [stay_s for stay_s, talks in steps if not talks]
    assert abs(sum(spurts) / len(spurts) - SPURT_S) < 0.05
    assert abs(sum(pauses) / len(pauses) - PAUSE_S) < 0.05


def test_the_same_seed_speaks_the_same() -> None:
    first, second = (list(islice(conversation(random.Random(3)), 50)) for _ in range(2))
    assert first == second
