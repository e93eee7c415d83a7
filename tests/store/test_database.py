"""What the database promises whatever the code above does: shape, durability, one writer, no mixed customers."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from server.clock import ManualClock
from server.errors import Unavailable
from server.store import tables
from server.store.database import Database, open_sqlite
from server.store.migrate import NO_WAY_BACK, alembic_config
from server.store.repositories import audit, people, seats, sessions
from tests.store.conftest import School, make_school


async def test_migrations_lead_to_the_tables(database: Database) -> None:
    def differences(connection: sa.Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, tables.metadata)

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


def test_every_row_carries_its_organisation() -> None:
    for table in tables.metadata.sorted_tables:
        assert "org_id" in table.c, table.name
        assert not table.c.org_id.nullable, table.name
        for constraint in table.foreign_key_constraints:
            assert "org_id" in constraint.column_keys, f"{table.name}: {constraint.column_keys} could leave the house"


def test_no_instant_is_without_a_zone() -> None:
    for table in tables.metadata.sorted_tables:
        for column in table.c:
            if column.name.endswith("_utc"):
                assert type(column.type).__name__ == "UtcDateTime", f"{table.name}.{column.name}"


def test_ddl_compiles_for_postgresql() -> None:
    dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in tables.metadata.sorted_tables:
        text = str(CreateTable(table).compile(dialect=dialect))
        for constraint in table.constraints:
            assert constraint.name is None or len(str(constraint.name)) <= 63, constraint.name
        assert "TIMESTAMP WITH TIME ZONE" in text or "_utc" not in text


async def test_opening_again_keeps_what_was_written(tmp_path: Path, clock: ManualClock) -> None:
    first = await open_sqlite(tmp_path / "homeroom.db")
    school = await make_school(first, clock)
    await first.close()
    second = await open_sqlite(tmp_path / "homeroom.db")
    async with second.read() as connection:
        assert await sessions.get_session(connection, school.org_id, school.session.session_id) == school.session
    await second.close()


async def test_two_processes_may_start_at_once(tmp_path: Path) -> None:
    for attempt in range(5):
        opened = await asyncio.gather(*(open_sqlite(tmp_path / f"{attempt}.db") for _ in range(8)))
        for database in opened:
            await database.check()
            await database.close()


async def test_the_switch_to_wal_waits_for_who_holds_the_file(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "homeroom.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.2, holder.execute, "COMMIT")
    await (await open_sqlite(tmp_path / "homeroom.db")).close()
    holder.close()


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path / "new" / "homeroom.db")).close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "homeroom.db").stat().st_mode) == 0o600


async def test_a_folder_that_cannot_be_used_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="Cannot write") as caught:
        await open_sqlite(tmp_path / "file" / "homeroom.db")
    assert caught.value.code == "data_folder_unusable"


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "homeroom.db").write_bytes(b"this is not a database" * 100)
    before = threading.active_count()
    with pytest.raises(Unavailable) as caught:
        await open_sqlite(tmp_path / "homeroom.db")
    assert caught.value.code == "store_broken"
    assert threading.active_count() == before, "each connection has a thread; none may be left behind"


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path / "homeroom.db")).close()
    with sqlite3.connect(tmp_path / "homeroom.db") as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.close()
    with pytest.raises(Unavailable, match="newer version"):
        await open_sqlite(tmp_path / "homeroom.db")


async def test_there_is_no_way_back(database: Database) -> None:
    async with database.write() as connection:
        with pytest.raises(RuntimeError, match="only moves forward"):
            await connection.run_sync(lambda one: command.downgrade(alembic_config(one), "base"))
    assert "Restore" in NO_WAY_BACK


async def test_a_naive_time_is_refused(database: Database, school: School) -> None:
    naive = datetime(2026, 3, 2, 9, 0)
    with pytest.raises(sa.exc.StatementError, match="naive"):
        async with database.write() as connection:
            await sessions.add_session(connection, school.org_id, "x", naive, naive + timedelta(hours=1), naive)


async def test_an_instant_comes_back_in_utc(database: Database, school: School, clock: ManualClock) -> None:
    tokyo = timezone(timedelta(hours=9))
    starts = datetime(2026, 3, 2, 9, 0, tzinfo=tokyo)
    async with database.write() as connection:
        made = await sessions.add_session(
            connection, school.org_id, "x", starts, starts + timedelta(hours=1), clock.now_utc()
        )
        found = await sessions.get_session(connection, school.org_id, made.session_id)
    assert found is not None
    assert found.starts_utc == starts
    assert found.starts_utc.utcoffset() == timedelta(0)


async def test_no_row_points_into_another_organisation(database: Database, clock: ManualClock) -> None:
    ours, theirs = await make_school(database, clock), await make_school(database, clock)
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as connection:
            person = await people.add_person(connection, ours.org_id, "Eve", clock.now_utc())
            await seats.add_seat(
                connection, ours.org_id, theirs.session.session_id, person.person_id, "student", clock.now_utc()
            )
    async with database.read() as connection:
        assert await seats.get_seat(connection, theirs.seat_id, ours.org_id) is None
        assert await sessions.get_session(connection, ours.org_id, theirs.session.session_id) is None
        assert await people.get_person(connection, ours.org_id, theirs.person_id) is None


async def test_a_person_has_one_seat_in_a_session(database: Database, school: School, clock: ManualClock) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as connection:
            await seats.add_seat(
                connection, school.org_id, school.session.session_id, school.person_id, "observer", clock.now_utc()
            )


async def test_writers_wait_for_each_other(
    tmp_path: Path, database: Database, school: School, clock: ManualClock
) -> None:
    """Each reads the last number and writes the next: without BEGIN IMMEDIATE some would fail or write the same one."""
    other = await open_sqlite(tmp_path / "homeroom.db")

    async def append(where: Database) -> None:
        async with where.write() as connection:
            await audit.append(connection, school.org_id, "test", "counted", "x", clock.now_utc())

    await asyncio.gather(*(append(where) for _ in range(20) for where in (database, other)))
    async with database.read() as connection:
        count = (await connection.execute(sa.select(sa.func.max(tables.audit.c.seq)))).scalar_one()
        assert count == 40
        assert await audit.first_break(connection, school.org_id) is None
    await other.close()


async def test_a_failed_transaction_leaves_nothing(database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as connection:
            await people.add_organisation(connection, "Gone", clock.now_utc(), label="gone")
            raise ZeroDivisionError
    async with database.read() as connection:
        assert await people.find_organisation(connection, "gone") is None


async def test_reading_does_not_wait_for_a_writer(database: Database, clock: ManualClock) -> None:
    async with database.write() as writing:
        await people.add_organisation(writing, "Half", clock.now_utc(), label="half")
        async with database.read() as reading:
            assert await people.find_organisation(reading, "half") is None


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from server.clock import ManualClock
from server.store.database import open_sqlite
from server.store.repositories import people

async def main():
    database = await open_sqlite(Path(sys.argv[1]))
    async with database.write() as connection:
        await people.add_organisation(connection, "Kept", ManualClock().now_utc(), label="kept")
    async with database.write() as connection:
        await people.add_organisation(connection, "Lost", ManualClock().now_utc(), label="lost")
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "homeroom.db"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(path)], check=False, timeout=25, capture_output=True
    )
    assert done.returncode == -9, done.stderr
    database = await open_sqlite(path)
    async with database.read() as connection:
        assert await people.find_organisation(connection, "kept") is not None
        assert await people.find_organisation(connection, "lost") is None
    await database.close()
