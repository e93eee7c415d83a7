"""Alembic's entry: runs migrations on the connection it is handed (`server/store/migrate.py`)."""

from alembic import context

from server.store.tables import metadata

connection = context.config.attributes["connection"]
if connection is None:
    raise RuntimeError("migrations run through server.store.migrate, on an open connection")

# Batch mode: SQLite cannot alter most of a table in place, so Alembic copies it.
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
    user_module_prefix="",
)
context.run_migrations()
