"""The connection to the database: SQLite in the data folder, or any URL that SQLAlchemy knows for PostgreSQL.

A unit of work is `async with database.write() as connection`: one transaction, committed at the end, rolled back by an
exception. On SQLite it is BEGIN IMMEDIATE, so two writers wait for each other instead of failing half way; never await
the network inside one.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.errors import Unavailable
from server.limits import STORE_BUSY_TIMEOUT_MS, STORE_CONNECTIONS_MAX
from server.store.migrate import migrate

Connection = AsyncConnection
_WRITES = "homeroom_writes"
_WAL_RETRY_S = 0.02


class Database:
    """An open, migrated database. Made by `open_database` or `open_sqlite`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(**{_WRITES: True})

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view; what is written in it is not kept."""
        with _as_unavailable():
            async with self._reading.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write."""
        with _as_unavailable():
            async with self._writing.begin() as connection:
                yield connection

    async def check(self) -> None:
        """Raises `Unavailable` when the database does not answer."""
        async with self.read() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection; the object is dead then."""
        await self._reading.dispose()


class _as_unavailable:
    """A database that is locked, full or away is not a bug of ours: it becomes `Unavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sa.exc.OperationalError | sa.exc.TimeoutError | sa.exc.InterfaceError):
            raise Unavailable("store_unavailable", "The database does not answer. Try again in a moment.") from error


async def open_sqlite(path: Path) -> Database:
    """Open and migrate a SQLite file; a new one is for its owner only. Raises `Unavailable` with a sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Unavailable("data_folder_unusable", f"Cannot write {path}: {error.strerror}.") from error
    return await open_database(f"sqlite+aiosqlite:///{path}")


async def open_database(url: str) -> Database:
    """Open and migrate the database at this URL."""
    engine = create_async_engine(url, pool_size=STORE_CONNECTIONS_MAX, max_overflow=0, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    database = Database(engine)
    try:
        async with database.write() as connection:
            await connection.run_sync(migrate)
    except sa.exc.DatabaseError as error:
        await database.close()
        raise Unavailable(
            "store_broken", "The database cannot be opened or migrated; restore a copy of the data folder."
        ) from error
    except BaseException:
        await database.close()
        raise
    return database


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Take transactions out of the driver's hands: it would begin them late and deferred."""

    @event.listens_for(engine.sync_engine, "connect")
    def configure(dbapi_connection: Any, _record: Any) -> None:
        try:
            _set_up(dbapi_connection)
        except BaseException:
            # The pool does not know this connection yet: nobody else would end its thread.
            dbapi_connection.close()
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up(dbapi_connection: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {STORE_BUSY_TIMEOUT_MS}")
    _switch_to_wal(dbapi_connection, cursor)
    # FULL: what was acknowledged survives a power cut, not only a crash of ours.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(dbapi_connection: Any, cursor: Any) -> None:
    """Set the journal mode, waiting for other processes ourselves.

    SQLite answers "locked" at once here, whatever busy_timeout says: the switch needs the file alone, and two who wait
    for each other would wait for ever (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    deadline = time.monotonic() + STORE_BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        dbapi_connection.run_async(lambda _connection: asyncio.sleep(_WAL_RETRY_S))
