"""The state of one live Room, and how what happened in its roster reaches everyone.

Only the actor calls in here. The rules of who may be in a Room are `classroom/roster.py`; what each message does is in
`entry.py`, `publishing.py`, `subscribing.py`, `presence.py` and `media_news.py`; this file holds what they share.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, assert_never

from media.contract import SlotMapped as MediaSlotMapped
from server.access.views import SeatView
from server.classroom.roster import (
    CameBack,
    Joined,
    Left,
    Policy,
    Roster,
    RosterEvent,
    TrackAdded,
    TrackAltered,
    TrackRemoved,
    WentAway,
)
from server.live.effects import Effects
from server.live.person import Person
from server.live.pinned import PinnedSources
from server.live.ports import LiveLimits
from server.rtc.path import LocalPath
from server.rtc.port import MediaHome, MediaPlane
from signaling.messages import (
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    RoomSnapshot,
    SlotMapping,
    TrackChanged,
    TrackClosed,
    TrackPublished,
)


@dataclass(slots=True)
class Room:
    """Everything of one Room. `plane` is only asked for `home`; commands go out as effects."""

    room_id: str
    session_id: str
    org_id: str
    limits: LiveLimits
    policy: Policy
    plane: MediaPlane
    roster: Roster
    opened_s: float
    people: dict[str, Person] = field(default_factory=dict)
    transports: dict[str, str] = field(default_factory=dict)
    empty_since_s: float | None = None
    pinned: PinnedSources = field(default_factory=PinnedSources)
    quality_due_s: float = 0.0
    quality_told: dict[str, int] = field(default_factory=dict)
    faulted_s: list[float] = field(default_factory=list)
    media_given_up: bool = False
    ended: bool = False

    def others(self, participant_id: str) -> Iterable[Person]:
        return [person for person in self.people.values() if person.participant_id != participant_id]

    def home(self) -> MediaHome | None:
        """Where media is; None while there is none to be had."""
        return None if self.media_given_up else self.plane.home(self.room_id)

    def person_of_transport(self, transport_id: str) -> Person | None:
        """The owner of a transport that still exists."""
        return self.people.get(self.transports.get(transport_id, ""))

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people: no names, no secrets."""
        return {
            "room_id": self.room_id,
            "session_id": self.session_id,
            "roster": self.roster.snapshot(),
            "people": [person.snapshot() for person in self.people.values()],
            "empty_since_s": self.empty_since_s,
            "media_given_up": self.media_given_up,
        }


def fresh_path(home: MediaHome) -> LocalPath:
    """New ICE credentials (RFC 8445 section 5.3 asks for 24 and 128 random bits; we take 48 and 192)."""
    ufrag, pwd = secrets.token_hex(4), secrets.token_hex(16)
    return LocalPath(ufrag, pwd, home.fingerprint, home.candidates)


def session_number() -> int:
    """The `o=` line's session id: below 2^62, since some readers keep it in a signed number."""
    return secrets.randbits(62)


def room_snapshot(room: Room, person: Person) -> RoomSnapshot:
    """All of the Room as one Participant sees it."""
    mappings = () if person.subscribe is None else tuple(person.subscribe.mappings.values())
    return RoomSnapshot(
        participants=tuple(member.participant for member in room.roster.members),
        tracks=tuple(room.roster.tracks),
        mappings=tuple(slot_mapping(room, mapping) for mapping in mappings if mapping.track_id is not None),
    )


def slot_mapping(room: Room, mapped: MediaSlotMapped) -> SlotMapping:
    """Media's word in the client's terms: the Participant is added. A Track that is gone shows nothing."""
    track = None if mapped.track_id is None else room.roster.track(mapped.track_id)
    return SlotMapping(
        slot=mapped.slot,
        generation=mapped.generation,
        track_id=None if track is None else track.track_id,
        participant_id=None if track is None else track.participant_id,
        rtp_timestamp=mapped.rtp_timestamp,
    )


def announce(room: Room, events: Iterable[RosterEvent], out: Effects) -> None:
    """Tell everyone what happened in the roster, and keep the facts. One's own arrival is in one's `welcome`."""
    for event in events:
        match event:
            case Joined(member=member):
                out.fact("joined", participant_id=member.participant_id, seat_id=member.seat_id, role=member.role)
                everyone = room.others(member.participant_id)
                out.tell_all(everyone, ParticipantJoined(seq=0, participant=member.participant))
            case WentAway(member=member):
                out.fact("away", participant_id=member.participant_id, seat_id=member.seat_id)
                out.tell_all(room.people.values(), ParticipantChanged(seq=0, participant=member.participant))
            case CameBack(member=member, away_s=away_s):
                out.fact("back", participant_id=member.participant_id, seat_id=member.seat_id, away_s=round(away_s, 3))
                out.tell_all(room.people.values(), ParticipantChanged(seq=0, participant=member.participant))
            case Left(member=member, reason=reason):
                out.fact("left", participant_id=member.participant_id, seat_id=member.seat_id, reason=reason.value)
                everyone = room.others(member.participant_id)
                message = ParticipantLeft(seq=0, participant_id=member.participant_id, reason=reason.value)
                out.tell_all(everyone, message)
            case TrackAdded(track=track):
                out.tell_all(room.people.values(), TrackPublished(seq=0, track=track))
            case TrackAltered(track=track):
                out.tell_all(room.people.values(), TrackChanged(seq=0, track=track))
            case TrackRemoved(track=track):
                out.tell_all(room.people.values(), TrackClosed(seq=0, track_id=track.track_id))
            case _:
                assert_never(event)


def new_room(
    room_id: str, seat: SeatView, *, limits: LiveLimits, policy: Policy, plane: MediaPlane, now_s: float
) -> Room:
    """An empty Room for the Session of this Seat."""
    roster = Roster(policy)
    return Room(room_id, seat.session_id, seat.org_id, limits, policy, plane, roster, now_s, empty_since_s=now_s)
