"""The tables, as the newest migration leaves them (a test compares the two).

Every row carries its organisation, and foreign keys carry it too: a Seat cannot point into another organisation's
Session, whatever the code above does wrong. No rule of the classroom lives here.
"""

import sqlalchemy as sa

from server.store.types import UtcDateTime, id_column

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _org_id() -> sa.Column[str]:
    return id_column("org_id", nullable=False)


def _created() -> sa.Column[object]:
    return sa.Column("created_utc", UtcDateTime(), nullable=False)


def _owned(table: str, local: str, remote: str) -> sa.ForeignKeyConstraint:
    """A reference that stays inside one organisation."""
    return sa.ForeignKeyConstraint(["org_id", local], [f"{table}.org_id", f"{table}.{remote}"])


def _org() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"])


organisations = sa.Table(
    "organisations",
    metadata,
    id_column("org_id", primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    # A name for rows that the product itself makes and must find again, such as the demonstration.
    sa.Column("label", sa.String(64), unique=True),
    _created(),
)

persons = sa.Table(
    "persons",
    metadata,
    id_column("person_id", primary_key=True),
    _org_id(),
    # What others see on screen: no surname. The full name is for operators and documents only.
    sa.Column("display_name", sa.String(120), nullable=False),
    sa.Column("full_name", sa.String(200)),
    sa.Column("email", sa.String(320)),
    sa.Column("is_minor", sa.Boolean(), nullable=False),
    sa.Column("time_zone", sa.String(64)),
    sa.Column("locale", sa.String(35)),
    _created(),
    _org(),
    sa.UniqueConstraint("org_id", "person_id"),
)

guardian_links = sa.Table(
    "guardian_links",
    metadata,
    id_column("guardian_link_id", primary_key=True),
    _org_id(),
    id_column("guardian_person_id", nullable=False),
    id_column("student_person_id", nullable=False),
    # Rights are separate: separated parents, grandparents and social workers have different ones.
    sa.Column("may_consent", sa.Boolean(), nullable=False),
    sa.Column("may_see_recordings", sa.Boolean(), nullable=False),
    sa.Column("may_see_progress", sa.Boolean(), nullable=False),
    sa.Column("gets_notices", sa.Boolean(), nullable=False),
    sa.Column("ended_utc", UtcDateTime()),
    _created(),
    _org(),
    _owned("persons", "guardian_person_id", "person_id"),
    _owned("persons", "student_person_id", "person_id"),
    sa.UniqueConstraint("org_id", "guardian_person_id", "student_person_id"),
    sa.CheckConstraint("guardian_person_id <> student_person_id", name="two_people"),
    sa.Index(None, "org_id", "student_person_id"),
)

series = sa.Table(
    "series",
    metadata,
    id_column("series_id", primary_key=True),
    _org_id(),
    sa.Column("title", sa.String(200), nullable=False),
    # Wall time, zone and rule are the truth of a recurring class; Sessions hold the instants made from them.
    sa.Column("time_zone", sa.String(64), nullable=False),
    sa.Column("starts_wall", sa.String(19)),
    sa.Column("recurrence_rule", sa.String(500)),
    _created(),
    _org(),
    sa.UniqueConstraint("org_id", "series_id"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    id_column("session_id", primary_key=True),
    _org_id(),
    id_column("series_id"),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("starts_utc", UtcDateTime(), nullable=False),
    sa.Column("ends_utc", UtcDateTime(), nullable=False),
    sa.Column("time_zone", sa.String(64), nullable=False),
    # A standing room (the demonstration, a staff room): joinable whatever the clock says.
    sa.Column("always_open", sa.Boolean(), nullable=False),
    sa.Column("participants_max", sa.Integer()),
    sa.Column("revision", sa.Integer(), nullable=False),
    _created(),
    _org(),
    _owned("series", "series_id", "series_id"),
    sa.UniqueConstraint("org_id", "session_id"),
    sa.CheckConstraint("ends_utc > starts_utc", name="ends_after_start"),
    sa.CheckConstraint(
        "state IN ('scheduled', 'open', 'live', 'ended', 'closed_out', 'cancelled')", name="known_state"
    ),
    sa.Index(None, "org_id", "starts_utc"),
)

seats = sa.Table(
    "seats",
    metadata,
    id_column("seat_id", primary_key=True),
    _org_id(),
    id_column("session_id", nullable=False),
    id_column("person_id", nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("revoked_utc", UtcDateTime()),
    _created(),
    _org(),
    _owned("sessions", "session_id", "session_id"),
    _owned("persons", "person_id", "person_id"),
    sa.UniqueConstraint("org_id", "seat_id"),
    sa.UniqueConstraint("session_id", "person_id"),
    sa.CheckConstraint("role IN ('instructor', 'assistant', 'student', 'observer')", name="known_role"),
    sa.Index(None, "org_id", "person_id"),
)

links = sa.Table(
    "links",
    metadata,
    id_column("link_id", primary_key=True),
    _org_id(),
    id_column("seat_id", nullable=False),
    # SHA-256 of the token: the token itself is 192 random bits, so a slow hash would protect nothing more.
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("expires_utc", UtcDateTime()),
    sa.Column("revoked_utc", UtcDateTime()),
    _created(),
    _org(),
    _owned("seats", "seat_id", "seat_id"),
    sa.UniqueConstraint("org_id", "link_id"),
    sa.Index(None, "org_id", "seat_id"),
)

redeemed_tickets = sa.Table(
    "redeemed_tickets",
    metadata,
    id_column("ticket_id", primary_key=True),
    _org_id(),
    id_column("seat_id", nullable=False),
    sa.Column("redeemed_utc", UtcDateTime(), nullable=False),
    # After this the ticket is refused as expired anyway, and the row may go.
    sa.Column("expires_utc", UtcDateTime(), nullable=False, index=True),
    _org(),
    _owned("seats", "seat_id", "seat_id"),
)

consents = sa.Table(
    "consents",
    metadata,
    id_column("consent_id", primary_key=True),
    _org_id(),
    id_column("person_id", nullable=False),
    id_column("given_by_person_id", nullable=False),
    # None: a standing decision. Else the snapshot that was taken for one Session.
    id_column("session_id"),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("granted", sa.Boolean(), nullable=False),
    sa.Column("wording", sa.String(64), nullable=False),
    sa.Column("decided_utc", UtcDateTime(), nullable=False),
    _org(),
    _owned("persons", "person_id", "person_id"),
    _owned("persons", "given_by_person_id", "person_id"),
    _owned("sessions", "session_id", "session_id"),
    sa.Index(None, "org_id", "person_id", "purpose", "decided_utc"),
)

cases = sa.Table(
    "cases",
    metadata,
    id_column("case_id", primary_key=True),
    _org_id(),
    id_column("session_id"),
    id_column("person_id"),
    sa.Column("kind", sa.String(64), nullable=False),
    # At most one open Case for one cause: what repeats is counted, not queued again.
    sa.Column("cause_key", sa.String(200), nullable=False),
    sa.Column("occurrences", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("context", sa.JSON(), nullable=False),
    id_column("owner_person_id"),
    sa.Column("opened_utc", UtcDateTime(), nullable=False),
    sa.Column("due_utc", UtcDateTime()),
    sa.Column("closed_utc", UtcDateTime()),
    _org(),
    _owned("sessions", "session_id", "session_id"),
    _owned("persons", "person_id", "person_id"),
    _owned("persons", "owner_person_id", "person_id"),
    sa.CheckConstraint("state IN ('open', 'closed')", name="known_state"),
    sa.Index(
        "uq_cases_open_cause",
        "org_id",
        "cause_key",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

facts = sa.Table(
    "facts",
    metadata,
    _org_id(),
    id_column("session_id", nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    # Facts are upcast when read, never rewritten: the number says which shape `body` has.
    sa.Column("schema_version", sa.Integer(), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.Column("at_utc", UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint("session_id", "seq"),
    _org(),
    _owned("sessions", "session_id", "session_id"),
    sa.Index(None, "org_id", "at_utc"),
)

audit = sa.Table(
    "audit",
    metadata,
    _org_id(),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("at_utc", UtcDateTime(), nullable=False),
    # Ids only, never names: deleting a person's rows leaves nothing of them here.
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("object_id", sa.String(64), nullable=False),
    sa.Column("detail", sa.JSON(), nullable=False),
    # Each row's hash covers the one before it: a row that was changed or taken out breaks the chain.
    sa.Column("previous_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
    sa.PrimaryKeyConstraint("org_id", "seq"),
    _org(),
)
