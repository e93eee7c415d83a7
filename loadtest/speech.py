"""When people talk: artificial conversational speech after ITU-T P.59. Pure; chance and time are handed in.

P.59 gives two talkers four states (one talks, the other, both, none) with exponential stays of these means: single
talk 0.854 s, double talk 0.226 s, mutual silence 0.456 s; from single talk to double talk in 40 % of the cases, from
double talk and from mutual silence to either single talk in 50 %. One voice alone then has spurts of about 1.0 s and
pauses of about 1.6 s, which is what `monologue` plays.
"""

import random
from collections.abc import Iterator

SINGLE_S = 0.854
DOUBLE_S = 0.226
SILENCE_S = 0.456
INTO_DOUBLE = 0.4
SPURT_S = 1.004
PAUSE_S = 1.587

# Nobody's spurt is shorter than a syllable: a state that ends sooner would be a click.
STAY_S_MIN = 0.04

Step = tuple[float, tuple[bool, bool]]


def conversation(chance: random.Random) -> Iterator[Step]:
    """For ever: how long the next state lasts, and who of the two talks in it."""
    first_talks = chance.random() < 0.5
    while True:
        yield _stay(chance, SINGLE_S), (first_talks, not first_talks)
        if chance.random() < INTO_DOUBLE:
            yield _stay(chance, DOUBLE_S), (True, True)
        else:
            yield _stay(chance, SILENCE_S), (False, False)
        first_talks = chance.random() < 0.5


def monologue(chance: random.Random) -> Iterator[tuple[float, bool]]:
    """For ever: how long the next spurt or pause lasts, and which it is."""
    talks = chance.random() < SPURT_S / (SPURT_S + PAUSE_S)
    while True:
        yield _stay(chance, SPURT_S if talks else PAUSE_S), talks
        talks = not talks


def _stay(chance: random.Random, mean_s: float) -> float:
    return max(STAY_S_MIN, chance.expovariate(1 / mean_s))
