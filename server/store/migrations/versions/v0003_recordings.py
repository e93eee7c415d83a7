"""Recordings: what was captured, whose keys seal it, what became of it, who watched it."""

import sqlalchemy as sa
from alembic import op

from server.store.migrate import NO_WAY_BACK
from server.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _recordings()
    _taps()
    _keys()
    _views()


def downgrade() -> None:
    raise RuntimeError(NO_WAY_BACK)


def _id(name: str, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=40), nullable=nullable)


def _in_recording(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    """Of this organisation, and of a recording of it."""
    return (
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f(f"fk_{table}_org_id")),
        sa.ForeignKeyConstraint(
            ["org_id", "recording_id"],
            ["recordings.org_id", "recordings.recording_id"],
            name=op.f(f"fk_{table}_org_id_recording_id"),
        ),
    )


def _recordings() -> None:
    op.create_table(
        "recordings",
        _id("recording_id"),
        _id("org_id"),
        _id("session_id"),
        _id("room_id"),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("began_utc", UtcDateTime(), nullable=False),
        sa.Column("ended_utc", UtcDateTime(), nullable=True),
        sa.Column("manifest", sa.JSON(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_utc", UtcDateTime(), nullable=True),
        sa.Column("made_utc", UtcDateTime(), nullable=True),
        sa.Column("raw_dropped_utc", UtcDateTime(), nullable=True),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("deleted_utc", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_recordings")),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_recordings_org_id")),
        sa.ForeignKeyConstraint(
            ["org_id", "session_id"],
            ["sessions.org_id", "sessions.session_id"],
            name=op.f("fk_recordings_org_id_session_id"),
        ),
        sa.UniqueConstraint("org_id", "recording_id", name=op.f("uq_recordings_org_id_recording_id")),
        sa.CheckConstraint(
            "state IN ('live', 'ended', 'making', 'ready', 'deleted')", name=op.f("ck_recordings_known_state")
        ),
    )
    op.create_index(op.f("ix_recordings_org_id_session_id"), "recordings", ["org_id", "session_id"])
    op.create_index(op.f("ix_recordings_org_id_began_utc"), "recordings", ["org_id", "began_utc"])


def _taps() -> None:
    op.create_table(
        "recording_taps",
        _id("tap_id"),
        _id("org_id"),
        _id("recording_id"),
        _id("track_id"),
        _id("participant_id"),
        _id("person_id"),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("opened_utc", UtcDateTime(), nullable=False),
        sa.Column("closed_utc", UtcDateTime(), nullable=True),
        sa.Column("forwarded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tap_id", name=op.f("pk_recording_taps")),
        *_in_recording("recording_taps"),
    )
    op.create_index(op.f("ix_recording_taps_org_id_recording_id"), "recording_taps", ["org_id", "recording_id"])


def _keys() -> None:
    op.create_table(
        "recording_keys",
        _id("key_id"),
        _id("org_id"),
        _id("recording_id"),
        _id("participant_id"),
        _id("person_id"),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=True),
        sa.Column("destroyed_utc", UtcDateTime(), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_recording_keys")),
        *_in_recording("recording_keys"),
    )
    op.create_index(op.f("ix_recording_keys_org_id_recording_id"), "recording_keys", ["org_id", "recording_id"])
    op.create_index(op.f("ix_recording_keys_org_id_person_id"), "recording_keys", ["org_id", "person_id"])


def _views() -> None:
    op.create_table(
        "recording_views",
        _id("view_id"),
        _id("org_id"),
        _id("recording_id"),
        _id("person_id"),
        sa.Column("at_utc", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_recording_views")),
        *_in_recording("recording_views"),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"],
            ["persons.org_id", "persons.person_id"],
            name=op.f("fk_recording_views_org_id_person_id"),
        ),
    )
    op.create_index(op.f("ix_recording_views_org_id_recording_id"), "recording_views", ["org_id", "recording_id"])
