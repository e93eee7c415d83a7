"""The waits between lives of a process."""

from server.supervisor.backoff import Backoff, BackoffPolicy


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(BackoffPolicy(first_s=0.2, max_s=1.0, stable_s=30))
    assert [backoff.after_death(lived_s=0.1) for _ in range(6)] == [0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


def test_a_stable_life_starts_over() -> None:
    backoff = Backoff(BackoffPolicy(first_s=0.2, max_s=1.0, stable_s=30))
    for _ in range(5):
        backoff.after_death(lived_s=0.1)
    assert backoff.after_death(lived_s=30) == 0.2
    assert backoff.after_death(lived_s=29.9) == 0.4


def test_a_thousand_deaths_overflow_nothing() -> None:
    backoff = Backoff(BackoffPolicy())
    assert {backoff.after_death(0) for _ in range(5000)} <= {0.2 * 2**n for n in range(7)} | {15.0}
