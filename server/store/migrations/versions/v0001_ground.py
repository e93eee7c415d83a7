"""The ground that everything stands on: people, calendar, access, record."""

import sqlalchemy as sa
from alembic import op

from server.store.migrate import NO_WAY_BACK
from server.store.types import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _people()
    _calendar()
    _access()
    _record()


def downgrade() -> None:
    raise RuntimeError(NO_WAY_BACK)


def _people() -> None:
    """Organisations, persons and who answers for whom."""
    op.create_table(
        "organisations",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("label", name=op.f("uq_organisations_label")),
    )
    op.create_table(
        "persons",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_persons_org_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_persons")),
        sa.UniqueConstraint("org_id", "person_id", name=op.f("uq_persons_org_id_person_id")),
    )
    op.create_table(
        "guardian_links",
        sa.Column("guardian_link_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("guardian_person_id", sa.String(length=40), nullable=False),
        sa.Column("student_person_id", sa.String(length=40), nullable=False),
        sa.Column("may_consent", sa.Boolean(), nullable=False),
        sa.Column("may_see_recordings", sa.Boolean(), nullable=False),
        sa.Column("may_see_progress", sa.Boolean(), nullable=False),
        sa.Column("gets_notices", sa.Boolean(), nullable=False),
        sa.Column("ended_utc", UtcDateTime(), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint("guardian_person_id <> student_person_id", name=op.f("ck_guardian_links_two_people")),
        sa.ForeignKeyConstraint(
            ["org_id", "guardian_person_id"],
            ["persons.org_id", "persons.person_id"],
            name=op.f("fk_guardian_links_org_id_guardian_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "student_person_id"],
            ["persons.org_id", "persons.person_id"],
            name=op.f("fk_guardian_links_org_id_student_person_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_guardian_links_org_id")),
        sa.PrimaryKeyConstraint("guardian_link_id", name=op.f("pk_guardian_links")),
        sa.UniqueConstraint(
            "org_id",
            "guardian_person_id",
            "student_person_id",
            name=op.f("uq_guardian_links_org_id_guardian_person_id_student_person_id"),
        ),
    )
    op.create_index(
        op.f("ix_guardian_links_org_id_student_person_id"),
        "guardian_links",
        ["org_id", "student_person_id"],
        unique=False,
    )


def _calendar() -> None:
    """Series, Sessions and the places in them."""
    op.create_table(
        "series",
        sa.Column("series_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("starts_wall", sa.String(length=19), nullable=True),
        sa.Column("recurrence_rule", sa.String(length=500), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_series_org_id")),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series")),
        sa.UniqueConstraint("org_id", "series_id", name=op.f("uq_series_org_id_series_id")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=40), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts_utc", UtcDateTime(), nullable=False),
        sa.Column("ends_utc", UtcDateTime(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("always_open", sa.Boolean(), nullable=False),
        sa.Column("participants_max", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'open', 'live', 'ended', 'closed_out', 'cancelled')",
            name=op.f("ck_sessions_known_state"),
        ),
        sa.CheckConstraint("ends_utc > starts_utc", name=op.f("ck_sessions_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["org_id", "series_id"], ["series.org_id", "series.series_id"], name=op.f("fk_sessions_org_id_series_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_sessions_org_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("org_id", "session_id", name=op.f("uq_sessions_org_id_session_id")),
    )
    op.create_index(op.f("ix_sessions_org_id_starts_utc"), "sessions", ["org_id", "starts_utc"], unique=False)
    op.create_table(
        "seats",
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("revoked_utc", UtcDateTime(), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('instructor', 'assistant', 'student', 'observer')", name=op.f("ck_seats_known_role")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"], ["persons.org_id", "persons.person_id"], name=op.f("fk_seats_org_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "session_id"],
            ["sessions.org_id", "sessions.session_id"],
            name=op.f("fk_seats_org_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_seats_org_id")),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_seats")),
        sa.UniqueConstraint("org_id", "seat_id", name=op.f("uq_seats_org_id_seat_id")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_seats_session_id_person_id")),
    )
    op.create_index(op.f("ix_seats_org_id_person_id"), "seats", ["org_id", "person_id"], unique=False)


def _access() -> None:
    """Links, spent tickets and consent."""
    op.create_table(
        "links",
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_utc", UtcDateTime(), nullable=True),
        sa.Column("revoked_utc", UtcDateTime(), nullable=True),
        sa.Column("created_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "seat_id"], ["seats.org_id", "seats.seat_id"], name=op.f("fk_links_org_id_seat_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_links_org_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_links")),
        sa.UniqueConstraint("org_id", "link_id", name=op.f("uq_links_org_id_link_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_index(op.f("ix_links_org_id_seat_id"), "links", ["org_id", "seat_id"], unique=False)
    op.create_table(
        "redeemed_tickets",
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("seat_id", sa.String(length=40), nullable=False),
        sa.Column("redeemed_utc", UtcDateTime(), nullable=False),
        sa.Column("expires_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "seat_id"], ["seats.org_id", "seats.seat_id"], name=op.f("fk_redeemed_tickets_org_id_seat_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_redeemed_tickets_org_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_redeemed_tickets")),
    )
    op.create_index(op.f("ix_redeemed_tickets_expires_utc"), "redeemed_tickets", ["expires_utc"], unique=False)
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("given_by_person_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=False),
        sa.Column("decided_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "given_by_person_id"],
            ["persons.org_id", "persons.person_id"],
            name=op.f("fk_consents_org_id_given_by_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"], ["persons.org_id", "persons.person_id"], name=op.f("fk_consents_org_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "session_id"],
            ["sessions.org_id", "sessions.session_id"],
            name=op.f("fk_consents_org_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_consents_org_id")),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_consents")),
    )
    op.create_index(
        op.f("ix_consents_org_id_person_id_purpose_decided_utc"),
        "consents",
        ["org_id", "person_id", "purpose", "decided_utc"],
        unique=False,
    )


def _record() -> None:
    """What happened, what needs a person, and who did what."""
    op.create_table(
        "facts",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at_utc", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "session_id"],
            ["sessions.org_id", "sessions.session_id"],
            name=op.f("fk_facts_org_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_facts_org_id")),
        sa.PrimaryKeyConstraint("session_id", "seq", name=op.f("pk_facts")),
    )
    op.create_index(op.f("ix_facts_org_id_at_utc"), "facts", ["org_id", "at_utc"], unique=False)
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("cause_key", sa.String(length=200), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("owner_person_id", sa.String(length=40), nullable=True),
        sa.Column("opened_utc", UtcDateTime(), nullable=False),
        sa.Column("due_utc", UtcDateTime(), nullable=True),
        sa.Column("closed_utc", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_cases_known_state")),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_person_id"],
            ["persons.org_id", "persons.person_id"],
            name=op.f("fk_cases_org_id_owner_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"], ["persons.org_id", "persons.person_id"], name=op.f("fk_cases_org_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "session_id"],
            ["sessions.org_id", "sessions.session_id"],
            name=op.f("fk_cases_org_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_cases_org_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(
        "uq_cases_open_cause",
        "cases",
        ["org_id", "cause_key"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "audit",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_utc", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_audit_org_id")),
        sa.PrimaryKeyConstraint("org_id", "seq", name=op.f("pk_audit")),
    )
