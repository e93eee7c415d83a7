"""What may be done with somebody in this class: noted when they come in, and whenever it changes. A stored fact."""

import msgspec


class ConsentNoted(msgspec.Struct, frozen=True, tag="consent_noted"):
    """`granted`: the purposes that were allowed at this moment, all of them. What is not named may not be done."""

    at_ms: int
    participant_id: str
    seat_id: str
    granted: tuple[str, ...]


ConsentEvent = ConsentNoted
