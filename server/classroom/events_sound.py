"""Who spoke when, as the server's own audio levels tell: stored in bundles. Ids and times, never sound."""

import msgspec


class TalkSpan(msgspec.Struct, frozen=True):
    """One Participant was heard from then to then. A turn that is longer than a bundle goes on in the next one."""

    participant_id: str
    from_ms: int
    to_ms: int


class Talked(msgspec.Struct, frozen=True, tag="talked"):
    at_ms: int
    spans: tuple[TalkSpan, ...]


SoundEvent = Talked
