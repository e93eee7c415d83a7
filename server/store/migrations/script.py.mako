"""${message}"""

import sqlalchemy as sa
from alembic import op
from server.store.migrate import NO_WAY_BACK
from server.store.types import UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise RuntimeError(NO_WAY_BACK)
