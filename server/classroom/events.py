"""Everything that can happen in a class, as one union, and its way into a stored fact and back.

A fact's `kind` is the event's tag, its `body` the fields. What was stored years ago is still read: fields that came
later have defaults, and kinds that nobody knows any more are passed over.
"""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from server.classroom.events_boards import BoardEvent
from server.classroom.events_breakouts import BreakoutEvent
from server.classroom.events_checks import CheckEvent, PulseSet
from server.classroom.events_class import ClassEvent, GuidingEvent, PresenceEvent, WaitingEvent
from server.classroom.events_consent import ConsentEvent
from server.classroom.events_recording import RecordingEvent
from server.classroom.events_safety import SafetyEvent
from server.classroom.events_sound import SoundEvent
from server.classroom.events_talk import ChatEvent, HandEvent, Reacted

SCHEMA_VERSION = 2  # 1 had no `at_ms`: the row's own time stands for it

Event = (
    ClassEvent
    | PresenceEvent
    | WaitingEvent
    | GuidingEvent
    | HandEvent
    | Reacted
    | ChatEvent
    | CheckEvent
    | PulseSet
    | BoardEvent
    | BreakoutEvent
    | SoundEvent
    | ConsentEvent
    | RecordingEvent
    | SafetyEvent
)

_BY_KIND: dict[str, type[Any]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Event)}


def kind_of(event: Event) -> str:
    """The fact's kind."""
    return str(event.__struct_config__.tag)


def body_of(event: Event) -> dict[str, Any]:
    """The fact's body: plain values."""
    body: dict[str, Any] = msgspec.to_builtins(event)
    del body["type"]
    return body


def read_fact(kind: str, body: Mapping[str, Any], at_ms: int) -> Event | None:
    """The event that a stored fact tells of; None for one that is not of the class, or that we cannot read. `at_ms` is
    the row's time."""
    known = _BY_KIND.get(kind)
    if known is None:
        return None
    # What facts of version 1 did not say.
    whole = {"at_ms": at_ms, "proof_ms": at_ms, "person_id": ""} | dict(body) | {"type": kind}
    try:
        event: Event = msgspec.convert(whole, known)
    except msgspec.ValidationError:
        return None
    return event
