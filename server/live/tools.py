"""What the teaching tools of a Room keep only while it runs: what still has to be told, and who points where.

Nothing here is a fact. After a restart it is empty, and that is right.
"""

from dataclasses import dataclass, field

from signaling.checks import PulseTally

POINTERS_MAX = 60  # on one page; more hands than that nobody can follow


@dataclass(slots=True)
class Pointing:
    x: float
    y: float
    at_s: float


@dataclass(slots=True)
class Tools:
    """Only the files of the tools touch it."""

    hands_due: bool = False  # changed in a large class since they were told
    results_due: set[str] = field(default_factory=set)  # checks whose result changed since it was told
    pulse_told: PulseTally | None = None
    students_told: tuple[str, ...] = ()  # to staff, as the owners of copies
    pointers: dict[str, dict[str, Pointing]] = field(default_factory=dict)  # by page and Participant
    pointers_due: set[str] = field(default_factory=set)
    pointers_told_s: dict[str, float] = field(default_factory=dict)
