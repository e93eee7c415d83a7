"""What must reach a person outside of the class. A stored fact; its Case is opened in the same transaction."""

import msgspec


class UnrecordedMinor(msgspec.Struct, frozen=True, tag="unrecorded_minor"):
    """A minor has been alone with one grown-up and without a recording since then."""

    at_ms: int
    participant_id: str
    since_ms: int


SafetyEvent = UnrecordedMinor
