"""Consent at the desk: what is asked, who decided what, and telling live classes at once.

A decision is stored first; then every Room that the person is in hears of it (`Told`, wired to the live rooms by
`app.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from server.access.holder import Holder
from server.classroom.consent import PRODUCT_WORDINGS, PURPOSES, may_decide
from server.clock import Clock
from server.errors import Rejected
from server.ops.wire import Json, instant_or_none
from server.store.database import Connection, Database
from server.store.repositories import audit, consents, people
from server.store.repositories.consents import Consent
from server.store.repositories.people import Person

STUDENTS_PER_GUARDIAN_MAX = 50
NOT_YOURS = "This is not yours to decide."


class Told(Protocol):
    """Who must know at once: the live Rooms."""

    def consents_changed(self, person_id: str, granted: tuple[str, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides."""

    person_id: str
    purpose: str
    granted: bool
    wording: str


class Consents:
    """Reading and deciding."""

    def __init__(self, database: Database, clock: Clock, told: Told) -> None:
        self._database = database
        self._clock = clock
        self._told = told

    async def known_to(self, holder: Holder) -> Json:
        """The caller, and minors for whom they answer."""
        async with self._database.read() as connection:
            students = await people.students_of(connection, holder.org_id, holder.person_id)
            ids = [holder.person_id, *(student for student, rights in students if rights.may_consent)]
            return {"people": await self._people(connection, holder, ids[:STUDENTS_PER_GUARDIAN_MAX])}

    async def decide(self, holder: Holder, decision: Decision) -> Json:
        """By a link: for oneself, or as a guardian. Raises `Rejected`."""
        async with self._database.write() as connection:
            person = await self._require_person(connection, holder.org_id, decision.person_id)
            guardians = dict(await people.guardians_of(connection, holder.org_id, person.person_id))
            rights = guardians.get(holder.person_id)
            allowed = may_decide(
                is_own=person.person_id == holder.person_id,
                is_minor=person.is_minor,
                is_guardian=rights is not None and rights.may_consent,
                granted=decision.granted,
            )
            if not allowed:
                raise Rejected("not_allowed", NOT_YOURS)
            await self._write(connection, person, decision, holder.person_id)
            (found,) = await self._people(connection, holder, [person.person_id])
        await self._tell(holder.org_id, person.person_id)
        return found

    async def enter(self, org_id: str, decision: Decision, given_by_person_id: str) -> Json:
        """By an operator who has it in writing from whoever may decide. Raises `Rejected`."""
        async with self._database.write() as connection:
            person = await self._require_person(connection, org_id, decision.person_id)
            guardians = dict(await people.guardians_of(connection, org_id, person.person_id))
            rights = guardians.get(given_by_person_id)
            if not may_decide(
                is_own=person.person_id == given_by_person_id,
                is_minor=person.is_minor,
                is_guardian=rights is not None and rights.may_consent,
                granted=decision.granted,
            ):
                raise Rejected("not_allowed", "Whoever signed this may not decide it.")
            await self._write(connection, person, decision, given_by_person_id)
            found = await _person_json(connection, person, may_decide_any=False)
        await self._tell(org_id, person.person_id)
        return found

    async def organisation_of(self, person_id: str) -> str:
        """For an operator, who works for all. Raises `Rejected`."""
        async with self._database.read() as connection:
            for org_id in await people.organisations_known(connection):
                if await people.get_person(connection, org_id, person_id) is not None:
                    return org_id
        raise Rejected("not_found", "There is no such person.")

    async def _write(self, connection: Connection, person: Person, decision: Decision, given_by_person_id: str) -> None:
        if decision.purpose not in PURPOSES:
            raise Rejected("bad_request", f"A purpose is one of {', '.join(PURPOSES)}.")
        asked = await wordings(connection, person.org_id)
        if decision.wording != asked[decision.purpose][0]:
            raise Rejected("stale", "The wording was changed meanwhile. Read it again, then decide.")
        now_utc = self._clock.now_utc()
        consent_id = await consents.add(
            connection,
            Consent(
                person.org_id,
                person.person_id,
                given_by_person_id,
                decision.purpose,
                decision.granted,
                decision.wording,
                now_utc,
            ),
        )
        await audit.append(
            connection,
            person.org_id,
            given_by_person_id,
            "consent_given" if decision.granted else "consent_refused",
            consent_id,
            now_utc,
            {"person_id": person.person_id, "purpose": decision.purpose},
        )

    async def _tell(self, org_id: str, person_id: str) -> None:
        async with self._database.read() as connection:
            granted = await consents.granted(connection, org_id, person_id)
        self._told.consents_changed(person_id, granted)

    async def _require_person(self, connection: Connection, org_id: str, person_id: str) -> Person:
        person = await people.get_person(connection, org_id, person_id)
        if person is None:
            raise Rejected("not_allowed", NOT_YOURS)
        return person

    @staticmethod
    async def _people(connection: Connection, holder: Holder, ids: Iterable[str]) -> list[Json]:
        found = []
        for person_id in ids:
            person = await people.get_person(connection, holder.org_id, person_id)
            if person is not None:
                decides = person_id != holder.person_id or not person.is_minor
                found.append(await _person_json(connection, person, may_decide_any=decides))
        return found


async def wordings(connection: Connection, org_id: str) -> dict[str, tuple[str, str]]:
    """What is asked today for each purpose: the wording's name and its text."""
    own = await consents.wordings(connection, org_id)
    return {
        purpose: (f"{purpose}-{own[purpose][0]}", own[purpose][1])
        if purpose in own
        else (f"{purpose}-0", PRODUCT_WORDINGS[purpose])
        for purpose in PURPOSES
    }


async def _person_json(connection: Connection, person: Person, *, may_decide_any: bool) -> Json:
    asked = await wordings(connection, person.org_id)
    standing = await consents.standing(connection, person.org_id, person.person_id)
    purposes = []
    for purpose in PURPOSES:
        decision = standing.get(purpose)
        name, text = asked[purpose]
        purposes.append(
            {
                "purpose": purpose,
                "wording": name,
                "text": text,
                "granted": None if decision is None else decision.granted,
                "decided_wording": None if decision is None else decision.wording,
                "decided_utc": instant_or_none(None if decision is None else decision.decided_utc),
                "by_guardian": None if decision is None else decision.given_by_person_id != person.person_id,
            }
        )
    return {
        "person_id": person.person_id,
        "display_name": person.display_name,
        "is_minor": person.is_minor,
        "may_decide": may_decide_any,
        "purposes": purposes,
    }
