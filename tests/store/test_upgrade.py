"""A data folder that an older version wrote keeps every row, and takes what is new."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from server.store.database import open_sqlite
from server.store.migrate import alembic_config
from server.store.repositories import sessions

AT = "2026-03-02 09:00:00.000000"


def write_with_0001(path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
    engine.dispose()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA foreign_keys = ON")
    plain.execute("INSERT INTO organisations VALUES ('org_a', 'School', 'UTC', NULL, ?)", (AT,))
    plain.execute(
        "INSERT INTO persons (person_id, org_id, display_name, is_minor, created_utc) VALUES ('per_a','org_a','A',0,?)",
        (AT,),
    )
    plain.execute(
        "INSERT INTO sessions (session_id, org_id, title, state, starts_utc, ends_utc, time_zone, always_open,"
        " revision, created_utc) VALUES ('ses_a', 'org_a', 'Maths', 'scheduled', ?, ?, 'UTC', 0, 1, ?)",
        (AT, "2026-03-02 10:00:00.000000", AT),
    )
    plain.execute("INSERT INTO seats VALUES ('sea_a', 'org_a', 'ses_a', 'per_a', 'student', NULL, ?)", (AT,))
    plain.commit()
    plain.close()


async def test_every_row_is_kept_and_new_states_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "homeroom.db"
    write_with_0001(path)
    database = await open_sqlite(path)
    try:
        async with database.write() as connection:
            assert await sessions.set_state(connection, "org_a", "ses_a", "not_held", 1)
        async with database.read() as connection:
            found = await sessions.get_session(connection, "org_a", "ses_a")
            seats = (await connection.execute(sa.text("SELECT count(*) FROM seats"))).scalar_one()
            assert (await connection.execute(sa.text("PRAGMA integrity_check"))).scalar_one() == "ok"
            assert (await connection.execute(sa.text("PRAGMA foreign_key_check"))).all() == []
        assert found is not None
        assert (found.title, found.state, found.starts_utc, seats) == (
            "Maths",
            "not_held",
            datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            1,
        )
        with pytest.raises(sa.exc.IntegrityError):
            async with database.write() as connection:
                await sessions.set_state(connection, "org_a", "ses_a", "asleep", 2)
    finally:
        await database.close()
