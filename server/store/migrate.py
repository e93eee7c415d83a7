"""Bringing the database to the shape of this version, at start and in one transaction. There is no way back."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"

NO_WAY_BACK = (
    "Homeroom's database only moves forward: downgrading would lose what newer versions wrote. "
    "Restore the copy of the data folder that was made before the upgrade instead."
)


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings without a file: where the migrations are, and the open connection to use."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(connection: sa.Connection) -> None:
    """Upgrade to the newest shape. Refuses a database that a newer version of Homeroom has written."""
    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise Unavailable(
            "store_newer",
            "This data folder was written by a newer version of Homeroom. Start that one, or restore an older copy.",
        )
    command.upgrade(config, "head")
