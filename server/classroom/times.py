"""Times in facts are whole milliseconds since 1970 (UTC); on the wire they are ISO texts."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def utc_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


def utc_text(at_ms: int) -> str:
    return (_EPOCH + at_ms * _MS).isoformat(timespec="milliseconds")
