"""The state of one live Room, and how what happened in its roster reaches everyone.

Only the actor calls in here. The rules of who may be in a Room are `classroom/roster.py`; what each message does is in
`entry.py`, `publishing.py`, `subscribing.py`, `presence.py` and `media_news.py`; this file holds what they share.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, assert_never, cast

from media.contract import SlotMapped as MediaSlotMapped
from server.classroom.boards import BoardsState
from server.classroom.events import Event
from server.classroom.events_class import PersonAway, PersonBack, PersonJoined, PersonLeft
from server.classroom.presence import STAFF
from server.classroom.roster import (
    CameBack,
    Joined,
    Left,
    Policy,
    RoleAltered,
    Roster,
    RosterEvent,
    TrackAdded,
    TrackAltered,
    TrackRemoved,
    WentAway,
)
from server.classroom.state import ClassState
from server.classroom.times import utc_ms
from server.classroom.unrecorded import UnrecordedWatch
from server.classroom.views import snapshot_for
from server.clock import Clock
from server.live.effects import Effects
from server.live.person import Person
from server.live.pinned import PinnedSources
from server.live.ports import LiveLimits
from server.live.recording_state import RoomRecording
from server.live.talk_time import TalkMeter
from server.live.tools import Tools
from server.rtc.path import LocalPath
from server.rtc.port import MediaHome, MediaPlane
from signaling.lesson import ClassStatus
from signaling.messages import (
    Participant,
    ParticipantChanged,
    ParticipantJoined,
    ParticipantLeft,
    Role,
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
    state: ClassState
    opened_s: float
    opened_ms: int  # the wall time at `opened_s`: the Room's own clock runs on from here and never jumps
    people: dict[str, Person] = field(default_factory=dict)
    lobby: dict[str, Person] = field(default_factory=dict)  # who waits; nobody in here is told anything of the class
    names: dict[str, str] = field(default_factory=dict)  # by Participant, of those who are gone too
    starts_ms: int = 0
    ends_ms: int = 0
    always_open: bool = False
    still_here_due_s: float = 0.0
    status_told: ClassStatus | None = None
    people_changed: bool = False  # somebody came, went or became something else; `course.follow` clears it
    transports: dict[str, str] = field(default_factory=dict)
    empty_since_s: float | None = None
    earlier_boards: BoardsState = field(default_factory=BoardsState)  # of the class before, until this one opens
    tools: Tools = field(default_factory=Tools)
    talk: TalkMeter = field(default_factory=TalkMeter)
    unrecorded: UnrecordedWatch = field(default_factory=UnrecordedWatch)
    consents: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by Participant: what may be done with them
    pinned: PinnedSources = field(default_factory=PinnedSources)
    ticked_s: float | None = None
    deaf_until_s: float = float("-inf")
    quality_due_s: float = 0.0
    quality_told: dict[str, int] = field(default_factory=dict)
    faulted_s: list[float] = field(default_factory=list)
    media_given_up: bool = False
    recording: RoomRecording | None = None
    ended: bool = False

    def others(self, participant_id: str) -> Iterable[Person]:
        return [person for person in self.people.values() if person.participant_id != participant_id]

    @property
    def recorded(self) -> bool:
        """Is what is said and shown being kept now?"""
        return self.recording is not None and self.recording.state == "on"

    def now_ms(self, now_s: float) -> int:
        """UTC in milliseconds, for facts and people."""
        return self.opened_ms + round((now_s - self.opened_s) * 1000)

    def find(self, participant_id: str) -> Person | None:
        """Somebody who is in or waits."""
        return self.people.get(participant_id) or self.lobby.get(participant_id)

    def staff(self) -> list[Person]:
        return [person for person in self.people.values() if person.seat.role in STAFF]

    def everyone(self) -> list[Person]:
        """Those who wait, too."""
        return [*self.people.values(), *self.lobby.values()]

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
            "class": self.state.snapshot(),
            "people": [person.snapshot() for person in self.people.values()],
            "lobby": [person.snapshot() for person in self.lobby.values()],
            "consents": {one: list(granted) for one, granted in self.consents.items() if granted},
            "empty_since_s": self.empty_since_s,
            "media_given_up": self.media_given_up,
            "recording": None if self.recording is None else self.recording.snapshot(),
        }


def fresh_path(home: MediaHome) -> LocalPath:
    """New ICE credentials (RFC 8445 section 5.3 asks for 24 and 128 random bits; we take 48 and 192)."""
    ufrag, pwd = secrets.token_hex(4), secrets.token_hex(16)
    return LocalPath(ufrag, pwd, home.fingerprint, home.candidates)


def session_number() -> int:
    """The `o=` line's session id: below 2^62, since some readers keep it in a signed number."""
    return secrets.randbits(62)


def room_snapshot(room: Room, person: Person, now_s: float) -> RoomSnapshot:
    """All of the Room as one Participant sees it. Whoever waits sees only themselves."""
    class_ = snapshot_for(room.state, person.participant_id, room.names, room.now_ms(now_s), recorded=room.recorded)
    if person.participant_id in room.lobby:
        role, name = cast(Role, person.seat.role), person.seat.display_name
        alone = Participant(participant_id=person.participant_id, display_name=name, role=role, presence="here")
        return RoomSnapshot(participants=(alone,), tracks=(), class_=class_)
    side = person.subscribe
    mappings = () if side is None else tuple(side.mappings.values())
    return RoomSnapshot(
        participants=tuple(member.participant for member in room.roster.members),
        tracks=tuple(room.roster.tracks),
        mappings=tuple(slot_mapping(room, mapping) for mapping in mappings if mapping.track_id is not None),
        class_=class_,
        recording="off" if room.recording is None else room.recording.state,
        paused_slots=() if side is None else tuple(sorted(side.paused)),
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


def record(room: Room, events: Iterable[Event], out: Effects) -> bool:
    """It happened: the state changes, and the fact is kept. Says whether anything did."""
    happened = False
    for event in events:
        room.state.evolve(event)
        out.fact(event)
        happened = True
    return happened


def announce(room: Room, events: Iterable[RosterEvent], now_s: float, out: Effects, *, by_staff: bool = False) -> None:
    """Tell everyone what happened in the roster, and keep the facts. One's own arrival is in one's `welcome`."""
    now_ms = room.now_ms(now_s)
    for event in events:
        room.people_changed |= not isinstance(event, TrackAdded | TrackAltered | TrackRemoved)
        match event:
            case Joined(member=member):
                person_id, is_minor = member.person_id, member.is_minor
                ids = member.participant_id, member.seat_id
                record(room, [PersonJoined(now_ms, *ids, person_id, member.role, is_minor)], out)
                everyone = room.others(member.participant_id)
                out.tell_all(everyone, ParticipantJoined(seq=0, participant=member.participant))
            case WentAway(member=member, silent_s=silent_s):
                proof_ms = now_ms - round(silent_s * 1000)
                record(room, [PersonAway(now_ms, member.participant_id, member.seat_id, proof_ms)], out)
                out.tell_all(room.people.values(), ParticipantChanged(seq=0, participant=member.participant))
            case CameBack(member=member, away_s=away_s):
                record(room, [PersonBack(now_ms, member.participant_id, member.seat_id, round(away_s, 3))], out)
                out.tell_all(room.people.values(), ParticipantChanged(seq=0, participant=member.participant))
            case RoleAltered(member=member):
                out.tell_all(room.people.values(), ParticipantChanged(seq=0, participant=member.participant))
            case Left(member=member, reason=reason):
                record(room, [PersonLeft(now_ms, member.participant_id, member.seat_id, reason.value)], out)
                everyone = room.others(member.participant_id)
                message = ParticipantLeft(seq=0, participant_id=member.participant_id, reason=reason.value)
                out.tell_all(everyone, message)
            case TrackAdded(track=track):
                out.tell_all(room.people.values(), TrackPublished(seq=0, track=track))
            case TrackAltered(track=track):
                out.tell_all(room.people.values(), TrackChanged(seq=0, track=track))
            case TrackRemoved(track=track):
                out.tell_all(room.people.values(), TrackClosed(seq=0, track_id=track.track_id, by_staff=by_staff))
            case _:
                assert_never(event)


def new_room(
    room_id: str,
    org_id: str,
    session_id: str,
    *,
    limits: LiveLimits,
    policy: Policy,
    plane: MediaPlane,
    clock: Clock,
    recorded: bool = False,
) -> Room:
    """An empty Room for a Session; `restore` gives it its memory. `recorded`: recordings are on."""
    now_s = clock.mono_s()
    state = ClassState(policy)
    roster = Roster(policy, state.actions_as)
    opened_ms = utc_ms(clock.now_utc())
    room = Room(
        room_id, session_id, org_id, limits, policy, plane, roster, state, now_s, opened_ms, empty_since_s=now_s
    )
    room.recording = RoomRecording() if recorded else None
    return room
