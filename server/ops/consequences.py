"""What follows from a fact outside of its class: a Case, opened in the transaction that stores the fact.

So neither is there without the other, whatever dies in between. What cannot be done is logged and never keeps a fact
from being stored.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from server.errors import HomeroomError
from server.ops.exception_queue import DUE_S
from server.store.database import Connection, savepoint
from server.store.repositories import cases
from server.store.repositories.facts import NewFact

_log = structlog.get_logger("ops")


def _kind_of(fact: NewFact) -> str | None:
    """The kind of Case that this fact opens."""
    match fact.kind, fact.body.get("reason"):
        case "unrecorded_minor", _:
            return "unrecorded_minor"
        case "class_not_held", _:
            return "instructor_missing"
        case "left", "unsupervised":
            return "unsupervised"
        case _:
            return None


async def follow(connection: Connection, batch: Sequence[NewFact]) -> None:
    """Open what these facts call for; one Case for all of a kind in one Session."""
    for fact in batch:
        kind = _kind_of(fact)
        if kind is None:
            continue
        try:
            async with savepoint(connection):
                await cases.open_case(
                    connection,
                    fact.org_id,
                    kind,
                    f"{kind}:{fact.session_id}",
                    fact.at_utc,
                    context={name: fact.body[name] for name in ("participant_id", "since_ms") if name in fact.body},
                    session_id=fact.session_id,
                    due_utc=fact.at_utc + timedelta(seconds=DUE_S[kind]),
                )
        except HomeroomError as error:
            _log.error("case_not_opened", session=fact.session_id, kind=kind, reason=error.code)
