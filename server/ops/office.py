"""What an operator changes after booking: times, cancellations, rights, guardians, thresholds, wordings.

Everything is noted in the audit trail with ids only; `actor_id` is who did it.
"""

from datetime import datetime, timedelta

from server.access.policy import RIGHTS
from server.classroom.consent import PURPOSES
from server.clock import Clock
from server.errors import Rejected
from server.ops.booking import LENGTH_MINUTES_MAX
from server.store.database import Connection, Database
from server.store.repositories import attendance, audit, consents, people, sessions
from server.store.repositories.people import GuardianRights, Person
from server.store.repositories.sessions import Session

REASON_CHARS_MAX = 500
WORDING_CHARS_MAX = 2000
STALE = "Somebody else changed this session at the same moment. Look at it again."


class Office:
    """For the operator of the whole installation: finds things in whatever organisation they are."""

    def __init__(self, database: Database, clock: Clock, actor_id: str) -> None:
        self._database = database
        self._clock = clock
        self._actor_id = actor_id

    async def move(self, session_id: str, starts_utc: datetime, minutes: int | None, reason: str | None) -> Session:
        """Another time for a Session that has not begun; links stay, and their pages say what changed."""
        _check_reason(reason)
        async with self._database.write() as connection:
            before = await _require_waiting(connection, session_id)
            length = before.ends_utc - before.starts_utc if minutes is None else timedelta(minutes=minutes)
            if not timedelta(minutes=1) <= length <= timedelta(minutes=LENGTH_MINUTES_MAX):
                raise Rejected("bad_length", f"A session lasts from 1 to {LENGTH_MINUTES_MAX} minutes.")
            moved = await sessions.reschedule(
                connection,
                before.org_id,
                session_id,
                before.revision,
                starts_utc=starts_utc,
                ends_utc=starts_utc + length,
                # What people know is the first time they were told, unless it is back where it was.
                moved_from_utc=_known_start(before, starts_utc),
                reason=reason,
            )
            if not moved:
                raise Rejected("stale", STALE)
            await self._note(connection, before.org_id, "session_moved", session_id)
            after = await sessions.get_session(connection, before.org_id, session_id)
        assert after is not None
        return after

    async def cancel(self, session_id: str, reason: str) -> None:
        """A Session that has not begun will not be held."""
        _check_reason(reason)
        async with self._database.write() as connection:
            before = await _require_waiting(connection, session_id)
            if not await sessions.set_state(connection, before.org_id, session_id, "cancelled", before.revision):
                raise Rejected("stale", STALE)
            await sessions.give_reason(connection, before.org_id, session_id, reason)
            await self._note(connection, before.org_id, "session_cancelled", session_id)

    async def set_rights(self, person_id: str, rights: frozenset[str]) -> None:
        """The person has exactly these rights from now on."""
        if not rights <= set(RIGHTS):
            raise Rejected("bad_right", f"A right is one of {', '.join(RIGHTS)}.")
        async with self._database.write() as connection:
            person = await _require_person(connection, person_id)
            await people.set_rights(connection, person.org_id, person_id, rights, self._clock.now_utc())
            await self._note(connection, person.org_id, "rights_set", person_id, rights=sorted(rights))

    async def set_guardian(self, guardian_person_id: str, student_person_id: str, *, answers: bool) -> None:
        """They answer for this student from now on, or no longer."""
        async with self._database.write() as connection:
            guardian = await _require_person(connection, guardian_person_id)
            student = await _require_person(connection, student_person_id)
            if guardian.org_id != student.org_id or guardian.person_id == student.person_id or guardian.is_minor:
                raise Rejected("bad_guardian", "A guardian is another, grown-up person of the same organisation.")
            now_utc = self._clock.now_utc()
            ids = (guardian.org_id, guardian_person_id, student_person_id)
            if answers:
                await people.set_guardian(connection, *ids, GuardianRights(), now_utc)
            else:
                await people.end_guardian(connection, *ids, now_utc)
            action = "guardian_set" if answers else "guardian_ended"
            await self._note(connection, guardian.org_id, action, student_person_id, guardian_id=guardian_person_id)

    async def set_thresholds(
        self, org_id: str, *, late_after_s: int, left_early_before_s: int, partial_below: float, absent_below: float
    ) -> int:
        """A new version of the attendance rules for Sessions that start from now on; its number."""
        if not (0 <= late_after_s <= 86_400 and 0 <= left_early_before_s <= 86_400):
            raise Rejected("bad_threshold", "A threshold has from 0 to 86400 seconds.")
        if not 0 <= absent_below <= partial_below <= 1:
            raise Rejected("bad_threshold", "The parts are between 0 and 1, and absent is not over partial.")
        async with self._database.write() as connection:
            version = await attendance.add_thresholds(
                connection,
                org_id,
                self._clock.now_utc(),
                late_after_s=late_after_s,
                left_early_before_s=left_early_before_s,
                partial_below=partial_below,
                absent_below=absent_below,
            )
            await self._note(connection, org_id, "attendance_rules_set", org_id, version=version)
        return version

    async def set_wording(self, org_id: str, purpose: str, text: str) -> str:
        """What is asked for a purpose from now on; the wording's name."""
        if purpose not in PURPOSES:
            raise Rejected("bad_purpose", f"A purpose is one of {', '.join(PURPOSES)}.")
        if not text.strip() or len(text) > WORDING_CHARS_MAX:
            raise Rejected("bad_wording", f"A wording has from 1 to {WORDING_CHARS_MAX} characters.")
        async with self._database.write() as connection:
            known = await consents.wordings(connection, org_id)
            version = known[purpose][0] + 1 if purpose in known else 1
            await consents.add_wording(connection, org_id, purpose, version, text.strip(), self._clock.now_utc())
            await self._note(connection, org_id, "wording_set", org_id, purpose=purpose, version=version)
        return f"{purpose}-{version}"

    async def _note(self, connection: Connection, org_id: str, action: str, object_id: str, **detail: object) -> None:
        await audit.append(connection, org_id, self._actor_id, action, object_id, self._clock.now_utc(), detail)


def _known_start(before: Session, starts_utc: datetime) -> datetime | None:
    known = before.moved_from_utc or before.starts_utc
    return None if known == starts_utc else known


def _check_reason(reason: str | None) -> None:
    if reason is not None and (not 1 <= len(reason.strip()) <= REASON_CHARS_MAX or not reason.isprintable()):
        raise Rejected("bad_reason", f"A reason has from 1 to {REASON_CHARS_MAX} printable characters.")


async def _require_waiting(connection: Connection, session_id: str) -> Session:
    session = await sessions.get_session(connection, None, session_id)
    if session is None:
        raise Rejected("session_unknown", "There is no such session.")
    if session.state != "scheduled":
        raise Rejected("session_begun", f"This session is {session.state}: it cannot be moved or cancelled any more.")
    return session


async def _require_person(connection: Connection, person_id: str) -> Person:
    for org_id in await people.organisations_known(connection):
        person = await people.get_person(connection, org_id, person_id)
        if person is not None:
            return person
    raise Rejected("person_unknown", "There is no such person.")
