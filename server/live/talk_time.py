"""Talk time: the engine's word on who speaks becomes facts, some bundles a minute.

`Speakers` says who speaks in a group from now on, and comes only when that changes. A bundle holds every stretch since
the one before; one that goes on is cut at the bundle's end and goes on in the next. Pauses are bridged and coughs left
out where the facts are read (`classroom/record.py`), not here: what is stored is what was measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.classroom.events_sound import Talked, TalkSpan

BUNDLE_EVERY_MS = 30_000
# In half a minute at most eight people are named five times a second: a full bundle goes out early.
SPANS_MAX = 400
# Speech moves up and down all the time, and each move is told. Nothing for so long: a microphone hums, the group is no
# more, or media is gone.
UNTOLD_MAX_MS = 20_000


@dataclass(slots=True)
class _Group:
    """Who speaks in one breakout group, or in the main room, since when; and when that was told last."""

    told_ms: int = 0
    since: dict[str, int] = field(default_factory=dict)


class TalkMeter:
    """Of one Room. Times are the Room's own milliseconds, and are handed in."""

    def __init__(self) -> None:
        self._groups: dict[int, _Group] = {}
        self._spans: list[TalkSpan] = []
        self._bundle_due_ms: int | None = None

    def hear(self, participant_ids: Iterable[str], now_ms: int, group: int = 0) -> None:
        """These speak in this group from now on, and nobody else does there."""
        speaking = set(participant_ids)
        self._hush_untold(now_ms)
        for number, other in tuple(self._groups.items()):
            if number != group:
                for participant_id in other.since.keys() & speaking:
                    self._close(other, participant_id, now_ms)
        here = self._groups.setdefault(group, _Group())
        for participant_id in here.since.keys() - speaking:
            self._close(here, participant_id, now_ms)
        for participant_id in speaking - here.since.keys():
            here.since[participant_id] = now_ms
        here.told_ms = now_ms
        if not here.since:
            del self._groups[group]

    def hush(self, now_ms: int) -> None:
        """Nobody is heard any more: media is gone, or the class is over."""
        self._hush_untold(now_ms)
        for group in tuple(self._groups):
            self.hear((), now_ms, group)

    def bundle(self, now_ms: int, *, last: bool = False) -> Talked | None:
        """What is to be stored now, if it is time or the class ends."""
        if self._bundle_due_ms is None:
            self._bundle_due_ms = now_ms + BUNDLE_EVERY_MS
        if not last and now_ms < self._bundle_due_ms and len(self._spans) < SPANS_MAX:
            return None
        self._bundle_due_ms = now_ms + BUNDLE_EVERY_MS
        self._hush_untold(now_ms)
        for group in self._groups.values():
            for participant_id in tuple(group.since):
                self._close(group, participant_id, now_ms)
                if not last:
                    group.since[participant_id] = now_ms
        if not self._spans:
            return None
        spans, self._spans = tuple(self._spans), []
        return Talked(now_ms, spans)

    def _hush_untold(self, now_ms: int) -> None:
        for number, group in tuple(self._groups.items()):
            if now_ms - group.told_ms > UNTOLD_MAX_MS:
                for participant_id, since_ms in tuple(group.since.items()):
                    self._close(group, participant_id, max(since_ms, group.told_ms))
                del self._groups[number]

    def _close(self, group: _Group, participant_id: str, end_ms: int) -> None:
        start_ms = group.since.pop(participant_id)
        if end_ms > start_ms:
            self._spans.append(TalkSpan(participant_id, start_ms, end_ms))
