"""The exception queue: Cases that need a person, and who may see which.

Safeguarding is restricted: only people with that right see those Cases, by their own link; an operator's token does not
open them, and whoever a report is about never sees it, whatever rights they have.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server.access.holder import Holder
from server.clock import Clock
from server.errors import Rejected
from server.ops.wire import Json, instant, instant_or_none
from server.store.database import Database
from server.store.repositories import audit, cases, people
from server.store.repositories.cases import Case

SAFEGUARDING = "safeguarding"
COORDINATOR = "coordinator"
OPERATOR = "operator"

# How soon somebody should have looked.
DUE_S: Mapping[str, int] = {
    SAFEGUARDING: 3600,
    "technical_help": 300,
    "unrecorded_minor": 600,
    "instructor_missing": 300,
    "unsupervised": 300,
}
NOTE_CHARS_MAX = 1000
LIMIT_MAX = 200


class ExceptionQueue:
    """Open, list, close. `holder` None: an operator of the whole installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(
        self,
        org_id: str,
        kind: str,
        cause_key: str,
        context: Mapping[str, Any],
        *,
        session_id: str | None = None,
        person_id: str | None = None,
    ) -> str:
        """A Case, or one more in the open Case of the same cause; its id."""
        now_utc = self._clock.now_utc()
        due_s = DUE_S.get(kind)
        async with self._database.write() as connection:
            return await cases.open_case(
                connection,
                org_id,
                kind,
                cause_key,
                now_utc,
                context=context,
                session_id=session_id,
                person_id=person_id,
                due_utc=None if due_s is None else now_utc + timedelta(seconds=due_s),
            )

    async def listed(self, holder: Holder | None, limit: int) -> Json:
        """What this caller may see, what is due first in front. Raises `Rejected`."""
        _require_right(holder)
        found: list[Case] = []
        async with self._database.read() as connection:
            orgs = [holder.org_id] if holder is not None else await people.organisations_known(connection)
            for org_id in orgs:
                found += await cases.open_cases(connection, org_id, LIMIT_MAX)
        seen = [one for one in found if _may_see(holder, one)]
        seen.sort(key=lambda one: (one.due_utc is None, one.due_utc or one.opened_utc, one.opened_utc))
        return {"cases": [_json(one) for one in seen[:limit]]}

    async def close(self, holder: Holder | None, case_id: str, note: str) -> None:
        """Somebody looked after it. Raises `Rejected`; a Case that they may not see does not exist for them."""
        _require_right(holder)
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            case = await cases.get_case(connection, case_id)
            if case is None or not _may_see(holder, case):
                raise Rejected("not_found", "There is no such case.")
            if await cases.close_case(connection, case.org_id, case_id, now_utc, note):
                actor = OPERATOR if holder is None else holder.person_id
                await audit.append(connection, case.org_id, actor, "case_closed", case_id, now_utc)


def _require_right(holder: Holder | None) -> None:
    if holder is not None and not holder.rights & {SAFEGUARDING, COORDINATOR}:
        raise Rejected("not_allowed", "This is for coordinators and safeguarding people.")


def _may_see(holder: Holder | None, case: Case) -> bool:
    if holder is None:
        return case.kind != SAFEGUARDING
    if case.org_id != holder.org_id or case.context.get("about_person_id") == holder.person_id:
        return False
    return (SAFEGUARDING if case.kind == SAFEGUARDING else COORDINATOR) in holder.rights


def _json(case: Case) -> Json:
    return {
        "case_id": case.case_id,
        "org_id": case.org_id,
        "kind": case.kind,
        "occurrences": case.occurrences,
        "state": case.state,
        "context": case.context,
        "session_id": case.session_id,
        "person_id": case.person_id,
        "opened_utc": instant(case.opened_utc),
        "due_utc": instant_or_none(case.due_utc),
    }
