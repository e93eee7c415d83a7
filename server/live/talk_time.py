"""Talk time: the engine's word on who speaks becomes facts, some bundles a minute.

`Speakers` says who speaks from now on, and comes only when that changes. A bundle holds every stretch since the one
before; one that goes on is cut at the bundle's end and goes on in the next. Pauses are bridged and coughs left out
where the facts are read (`classroom/record.py`), not here: what is stored is what was measured.
"""

from collections.abc import Iterable

from server.classroom.events_sound import Talked, TalkSpan

BUNDLE_EVERY_MS = 30_000
# In half a minute at most eight people are named five times a second: a full bundle goes out early.
SPANS_MAX = 400
# Speech moves up and down all the time, and each move is told. Nothing for so long: a microphone hums, or media is
# gone.
UNTOLD_MAX_MS = 20_000


class TalkMeter:
    """Of one Room. Times are the Room's own milliseconds, and are handed in."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._spans: list[TalkSpan] = []
        self._told_ms = 0
        self._bundle_due_ms: int | None = None

    def hear(self, participant_ids: Iterable[str], now_ms: int) -> None:
        """These speak from now on, and nobody else does."""
        speaking = set(participant_ids)
        self._hush_if_untold(now_ms)
        for participant_id in self._since.keys() - speaking:
            self._close(participant_id, now_ms)
        for participant_id in speaking - self._since.keys():
            self._since[participant_id] = now_ms
        self._told_ms = now_ms

    def hush(self, now_ms: int) -> None:
        """Nobody is heard any more: media is gone, or the class is over."""
        self.hear((), now_ms)

    def bundle(self, now_ms: int, *, last: bool = False) -> Talked | None:
        """What is to be stored now, if it is time or the class ends."""
        if self._bundle_due_ms is None:
            self._bundle_due_ms = now_ms + BUNDLE_EVERY_MS
        if not last and now_ms < self._bundle_due_ms and len(self._spans) < SPANS_MAX:
            return None
        self._bundle_due_ms = now_ms + BUNDLE_EVERY_MS
        self._hush_if_untold(now_ms)
        going_on = set() if last else set(self._since)
        for participant_id in tuple(self._since):
            self._close(participant_id, now_ms)
        for participant_id in going_on:
            self._since[participant_id] = now_ms
        if not self._spans:
            return None
        spans, self._spans = tuple(self._spans), []
        return Talked(now_ms, spans)

    def _hush_if_untold(self, now_ms: int) -> None:
        if now_ms - self._told_ms > UNTOLD_MAX_MS:
            for participant_id in tuple(self._since):
                self._close(participant_id, max(self._since[participant_id], self._told_ms))

    def _close(self, participant_id: str, end_ms: int) -> None:
        start_ms = self._since.pop(participant_id)
        if end_ms > start_ms:
            self._spans.append(TalkSpan(participant_id, start_ms, end_ms))
