"""The aggregates: what is written comes back, once, and in its organisation."""

import dataclasses

import pytest
import sqlalchemy as sa

from server.clock import ManualClock
from server.store.database import Database
from server.store.repositories import audit, cases, consents, people, seats, sessions
from server.store.repositories.consents import Consent
from server.store.repositories.people import GuardianRights
from server.store.tables import audit as audit_table
from tests.store.conftest import School


async def test_a_student_has_several_guardians_with_their_own_rights(
    database: Database, school: School, clock: ManualClock
) -> None:
    now_utc = clock.now_utc()
    async with database.write() as connection:
        first = (await people.add_person(connection, school.org_id, "Mum", now_utc)).person_id
        second = (await people.add_person(connection, school.org_id, "Dad", now_utc)).person_id
        await people.set_guardian(connection, school.org_id, first, school.person_id, GuardianRights(), now_utc)
        clock.advance(1)
        restricted = GuardianRights(may_consent=False, may_see_recordings=False)
        await people.set_guardian(connection, school.org_id, second, school.person_id, restricted, clock.now_utc())
        both = await people.guardians_of(connection, school.org_id, school.person_id)
        assert both == [(first, GuardianRights()), (second, restricted)]
        await people.set_guardian(connection, school.org_id, second, school.person_id, GuardianRights(), now_utc)
        await people.end_guardian(connection, school.org_id, first, school.person_id, now_utc)
        assert await people.guardians_of(connection, school.org_id, school.person_id) == [(second, GuardianRights())]


async def test_nobody_is_their_own_guardian(database: Database, school: School, clock: ManualClock) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as connection:
            await people.set_guardian(
                connection, school.org_id, school.person_id, school.person_id, GuardianRights(), clock.now_utc()
            )


async def test_a_session_changes_only_for_who_saw_it_last(database: Database, school: School) -> None:
    session_id = school.session.session_id
    async with database.write() as connection:
        assert await sessions.set_state(connection, school.org_id, session_id, "open", expected=1)
        assert not await sessions.set_state(connection, school.org_id, session_id, "ended", expected=1)
        found = await sessions.get_session(connection, school.org_id, session_id)
    assert found == dataclasses.replace(school.session, state="open", revision=2)


async def test_a_ticket_is_spent_once_and_swept_out_later(
    database: Database, school: School, clock: ManualClock
) -> None:
    now_utc = clock.now_utc()
    async with database.write() as connection:
        assert await seats.spend_ticket(connection, school.org_id, school.seat_id, "tic_1", now_utc, now_utc)
        assert not await seats.spend_ticket(connection, school.org_id, school.seat_id, "tic_1", now_utc, now_utc)
        clock.advance(1)
        later = clock.now_utc()
        assert await seats.spend_ticket(connection, school.org_id, school.seat_id, "tic_2", later, later)
        kept = (await connection.execute(sa.text("SELECT ticket_id FROM redeemed_tickets"))).scalars().all()
    assert kept == ["tic_2"]


async def test_consent_is_a_history_and_a_refusal_a_decision(
    database: Database, school: School, clock: ManualClock
) -> None:
    def decision(granted: bool, purpose: str = "recording") -> Consent:
        return Consent(school.org_id, school.person_id, school.person_id, purpose, granted, "2026-01", clock.now_utc())

    async with database.write() as connection:
        await consents.add(connection, decision(True))
        clock.advance(1)
        await consents.add(connection, decision(False))
        await consents.add(connection, decision(True, "transcription"))
        snapshot = dataclasses.replace(decision(True), session_id=school.session.session_id)
        await consents.add(connection, snapshot)
        standing = await consents.standing(connection, school.org_id, school.person_id)
    assert {purpose: one.granted for purpose, one in standing.items()} == {"recording": False, "transcription": True}


async def test_one_cause_has_one_open_case(database: Database, school: School, clock: ManualClock) -> None:
    async with database.write() as connection:
        first = await cases.open_case(connection, school.org_id, "no_show", "no_show:x", clock.now_utc())
        again = await cases.open_case(connection, school.org_id, "no_show", "no_show:x", clock.now_utc())
        other = await cases.open_case(connection, school.org_id, "no_show", "no_show:y", clock.now_utc())
        assert first == again != other
        assert [one.occurrences for one in await cases.open_cases(connection, school.org_id)] in ([2, 1], [1, 2])
        assert await cases.close_case(connection, school.org_id, first, clock.now_utc())
        assert not await cases.close_case(connection, school.org_id, first, clock.now_utc())
        anew = await cases.open_case(connection, school.org_id, "no_show", "no_show:x", clock.now_utc())
    assert anew != first


@pytest.mark.parametrize(
    "tampering",
    [
        'UPDATE audit SET detail = \'{"seat_id": "sea_other"}\' WHERE seq = 2',
        "UPDATE audit SET actor_id = 'nobody' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET at_utc = '2020-01-01 00:00:00.000000' WHERE seq = 2",
    ],
)
async def test_a_changed_audit_row_breaks_the_chain(
    database: Database, school: School, clock: ManualClock, tampering: str
) -> None:
    async with database.write() as connection:
        for number in range(4):
            await audit.append(
                connection, school.org_id, "operator", "link_made", f"lnk_{number}", clock.now_utc(), {"seat_id": "sea"}
            )
            clock.advance(1)
        assert await audit.first_break(connection, school.org_id) is None
        await connection.execute(sa.text(tampering))
        assert await audit.first_break(connection, school.org_id) == 2
        assert (await connection.execute(sa.select(sa.func.count()).select_from(audit_table))).scalar_one() in (3, 4)
