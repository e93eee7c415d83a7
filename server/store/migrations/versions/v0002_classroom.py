"""The class itself: materials, saved checks, corrections of attendance, rights, wordings of consent."""

import sqlalchemy as sa
from alembic import op

from server.store.migrate import NO_WAY_BACK
from server.store.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_STATES_BEFORE = "state IN ('scheduled', 'open', 'live', 'ended', 'closed_out', 'cancelled')"
_STATES = "state IN ('scheduled', 'open', 'live', 'interrupted', 'ended', 'closed_out', 'cancelled', 'not_held')"


def upgrade() -> None:
    _sessions()
    op.add_column("seats", sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("cases", sa.Column("closing_note", sa.String(length=1000), nullable=True))
    _people()
    _attendance()
    _materials()
    _checks()


def downgrade() -> None:
    raise RuntimeError(NO_WAY_BACK)


def _org(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f(f"fk_{table}_org_id"))


def _owned(table: str, local: str, remote_table: str, remote: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["org_id", local],
        [f"{remote_table}.org_id", f"{remote_table}.{remote}"],
        name=op.f(f"fk_{table}_org_id_{local}"),
    )


def _sessions() -> None:
    """More states, and what became of a Session."""
    op.add_column("sessions", sa.Column("moved_from_utc", UtcDateTime(), nullable=True))
    op.add_column("sessions", sa.Column("state_reason", sa.String(length=500), nullable=True))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_sessions_known_state"), "sessions", type_="check")
        op.create_check_constraint(op.f("ck_sessions_known_state"), "sessions", _STATES)
        return
    # Copying the table, as batch mode would, empties it first, and Seats point into it. SQLite names this way for a
    # change that touches no stored row: write the new text of the table, then have it read again
    # (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
    schema_version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = 'sessions' AND instr(sql, ?)",
        (_STATES_BEFORE, _STATES, _STATES_BEFORE),
    )
    if changed.rowcount != 1:
        raise RuntimeError("the table of sessions is not the one that version 0001 made")
    connection.exec_driver_sql(f"PRAGMA schema_version = {schema_version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _people() -> None:
    op.create_table(
        "person_rights",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("held_right", sa.String(length=32), nullable=False),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint("held_right IN ('coordinator', 'safeguarding')", name=op.f("ck_person_rights_known_right")),
        _owned("person_rights", "person_id", "persons", "person_id"),
        _org("person_rights"),
        sa.PrimaryKeyConstraint("org_id", "person_id", "held_right", name=op.f("pk_person_rights")),
    )
    op.create_table(
        "consent_wordings",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        _org("consent_wordings"),
        sa.PrimaryKeyConstraint("org_id", "purpose", "version", name=op.f("pk_consent_wordings")),
    )


def _attendance() -> None:
    op.create_table(
        "attendance_rules",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force_utc", UtcDateTime(), nullable=False),
        sa.Column("late_after_s", sa.Integer(), nullable=False),
        sa.Column("left_early_before_s", sa.Integer(), nullable=False),
        sa.Column("partial_below", sa.Float(), nullable=False),
        sa.Column("absent_below", sa.Float(), nullable=False),
        _org("attendance_rules"),
        sa.PrimaryKeyConstraint("org_id", "version", name=op.f("pk_attendance_rules")),
    )
    op.create_table(
        "attendance_corrections",
        sa.Column("correction_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("present_s", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("corrected_by_seat_id", sa.String(length=40), nullable=False),
        sa.Column("corrected_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('present', 'late', 'left_early', 'partial', 'absent', 'excused')",
            name=op.f("ck_attendance_corrections_known_status"),
        ),
        sa.CheckConstraint(
            "present_s IS NULL OR present_s >= 0", name=op.f("ck_attendance_corrections_never_negative")
        ),
        _owned("attendance_corrections", "session_id", "sessions", "session_id"),
        _owned("attendance_corrections", "seat_id", "seats", "seat_id"),
        _owned("attendance_corrections", "corrected_by_seat_id", "seats", "seat_id"),
        _org("attendance_corrections"),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_attendance_corrections")),
    )
    op.create_index(
        op.f("ix_attendance_corrections_org_id_session_id"), "attendance_corrections", ["org_id", "session_id"]
    )


def _materials() -> None:
    op.create_table(
        "materials",
        sa.Column("material_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("uploaded_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint("audience IN ('class', 'staff')", name=op.f("ck_materials_known_audience")),
        _owned("materials", "session_id", "sessions", "session_id"),
        _owned("materials", "seat_id", "seats", "seat_id"),
        _org("materials"),
        sa.PrimaryKeyConstraint("material_id", name=op.f("pk_materials")),
    )
    op.create_index(op.f("ix_materials_org_id_session_id"), "materials", ["org_id", "session_id"])


def _checks() -> None:
    op.create_table(
        "check_sets",
        sa.Column("set_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_utc", UtcDateTime(), nullable=False),
        _owned("check_sets", "person_id", "persons", "person_id"),
        _org("check_sets"),
        sa.PrimaryKeyConstraint("set_id", name=op.f("pk_check_sets")),
    )
    op.create_index(op.f("ix_check_sets_org_id_person_id"), "check_sets", ["org_id", "person_id"])
