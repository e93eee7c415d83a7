"""Stretches of time, in whole milliseconds: cut, joined over short gaps, added up. Ends are not part of a stretch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Span = tuple[int, int]

GAPS_KEPT_MAX = 200  # of one stretch; a connection that flaps all lesson long must not fill a report


@dataclass(frozen=True, slots=True)
class Stretch:
    """From, to, and the short gaps inside that count as if nothing had happened."""

    from_ms: int
    to_ms: int
    gaps: tuple[Span, ...] = ()


def bridged(spans: Iterable[Span], gap_ms: int) -> list[Stretch]:
    """The spans in order, overlaps joined, and gaps of at most `gap_ms` bridged and noted."""
    result: list[Stretch] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        last = result[-1] if result else None
        if last is None or start - last.to_ms > gap_ms:
            result.append(Stretch(start, end))
            continue
        gaps = last.gaps
        if start > last.to_ms and len(gaps) < GAPS_KEPT_MAX:
            gaps = (*gaps, (last.to_ms, start))
        result[-1] = Stretch(last.from_ms, max(last.to_ms, end), gaps)
    return result


def clipped(spans: Iterable[Span], from_ms: int, to_ms: int) -> list[Span]:
    """What of the spans lies between the two instants."""
    cut = ((max(start, from_ms), min(end, to_ms)) for start, end in spans)
    return [span for span in cut if span[1] > span[0]]


def total_ms(spans: Iterable[Span]) -> int:
    """How long they are together; what overlaps counts once."""
    return sum(stretch.to_ms - stretch.from_ms for stretch in bridged(spans, 0))


def overlaps(spans: Sequence[Span], from_ms: int, to_ms: int) -> bool:
    """Does any of the spans touch this one? An instant (`from_ms == to_ms`) lies in a span that holds it."""
    return any(start <= to_ms and end > from_ms for start, end in spans)


def as_spans(stretches: Iterable[Stretch]) -> list[Span]:
    """The stretches without their gaps."""
    return [(stretch.from_ms, stretch.to_ms) for stretch in stretches]
