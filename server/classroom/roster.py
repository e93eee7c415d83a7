"""Who is in the Room and what they publish: commands in, events out.

Pure: time is an argument, ids come with the commands. `apply` either changes the state and returns what happened, or
raises `Rejected` and changes nothing. Everything that others are told follows from the events. Must not know
transports, slots, sockets or the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, assert_never

import msgspec

from server.errors import Fault, Rejected
from signaling.codes import ERROR_TEXTS, ErrorCode, LeftReason
from signaling.messages import Participant, Role, Track

TRACKS_PER_PARTICIPANT_MAX = 8  # as many as one `publish` may name


class Policy(Protocol):
    """The table of roles, handed in."""

    def actions(self, role: str) -> frozenset[str]: ...

    def publish_action(self, source: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A Participant with what only the server knows of it. `away_since_s` is set while nobody is connected."""

    participant: Participant
    seat_id: str
    person_id: str
    order: int
    joined_s: float
    away_since_s: float | None = None

    @property
    def participant_id(self) -> str:
        return self.participant.participant_id

    @property
    def role(self) -> Role:
        return self.participant.role


# --- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admit:
    """Someone comes in for the first time. `participants_max` is the Session's."""

    participant_id: str
    seat_id: str
    person_id: str
    display_name: str
    role: Role
    participants_max: int


@dataclass(frozen=True, slots=True)
class GoAway:
    """The Connection is lost."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """A Connection is there again, in time."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Gone for good, with all Tracks."""

    participant_id: str
    reason: LeftReason


@dataclass(frozen=True, slots=True)
class SetTracks:
    """All that a Participant publishes now: new ones appear, changed ones change, others close."""

    participant_id: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class SetMuted:
    """A Participant mutes or unmutes one of its own Tracks."""

    participant_id: str
    track_id: str
    muted: bool


@dataclass(frozen=True, slots=True)
class ExpireGrace:
    """Whoever has been away for the grace period is gone."""

    grace_s: float


RosterCommand = Admit | GoAway | ComeBack | Remove | SetTracks | SetMuted | ExpireGrace


# --- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined:
    member: Member


@dataclass(frozen=True, slots=True)
class WentAway:
    member: Member


@dataclass(frozen=True, slots=True)
class CameBack:
    """`away_s`: how long nobody was connected."""

    member: Member
    away_s: float


@dataclass(frozen=True, slots=True)
class Left:
    """`tracks` closed with it."""

    member: Member
    reason: LeftReason
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class TrackAdded:
    track: Track


@dataclass(frozen=True, slots=True)
class TrackAltered:
    track: Track


@dataclass(frozen=True, slots=True)
class TrackRemoved:
    track: Track


RosterEvent = Joined | WentAway | CameBack | Left | TrackAdded | TrackAltered | TrackRemoved


# --- state ----------------------------------------------------------------------------------------------------------


class Roster:
    """The state. Only `apply` changes it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._members: dict[str, Member] = {}
        self._by_seat: dict[str, str] = {}
        self._tracks: dict[str, Track] = {}
        self._order = 0

    # --- questions ---

    @property
    def members(self) -> Sequence[Member]:
        """In the order in which they came."""
        return tuple(self._members.values())

    @property
    def tracks(self) -> Sequence[Track]:
        return tuple(self._tracks.values())

    def member(self, participant_id: str) -> Member | None:
        return self._members.get(participant_id)

    def member_of_seat(self, seat_id: str) -> Member | None:
        participant_id = self._by_seat.get(seat_id)
        return None if participant_id is None else self._members[participant_id]

    def track(self, track_id: str) -> Track | None:
        return self._tracks.get(track_id)

    def tracks_of(self, participant_id: str) -> tuple[Track, ...]:
        return tuple(track for track in self._tracks.values() if track.participant_id == participant_id)

    def allows(self, participant_id: str, action: str) -> bool:
        member = self._members.get(participant_id)
        return member is not None and action in self._policy.actions(member.role)

    def require(self, participant_id: str, action: str) -> None:
        """Raises `Rejected` (`not_allowed`)."""
        if not self.allows(participant_id, action):
            raise Rejected(ErrorCode.NOT_ALLOWED.value, ERROR_TEXTS[ErrorCode.NOT_ALLOWED])

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people, without names."""
        return {
            "members": [
                {
                    "participant_id": m.participant_id,
                    "role": m.role,
                    "presence": m.participant.presence,
                    "away_since_s": m.away_since_s,
                }
                for m in self._members.values()
            ],
            "tracks": [msgspec.structs.asdict(track) for track in self._tracks.values()],
        }

    # --- the one door ---

    def apply(self, command: RosterCommand, now_s: float) -> tuple[RosterEvent, ...]:
        """Carry out a command. Raises `Rejected`, then nothing has changed."""
        match command:
            case Admit():
                return self._admit(command, now_s)
            case GoAway(participant_id=participant_id):
                return self._go_away(participant_id, now_s)
            case ComeBack(participant_id=participant_id):
                return self._come_back(participant_id, now_s)
            case Remove(participant_id=participant_id, reason=reason):
                return self._remove(participant_id, reason)
            case SetTracks():
                return self._set_tracks(command)
            case SetMuted():
                return self._set_muted(command)
            case ExpireGrace(grace_s=grace_s):
                return self._expire(grace_s, now_s)
            case _:
                assert_never(command)

    def _admit(self, command: Admit, now_s: float) -> tuple[RosterEvent, ...]:
        if command.participant_id in self._members or command.seat_id in self._by_seat:
            raise Fault("a seat or participant was admitted twice")
        if len(self._members) >= command.participants_max:
            raise Rejected(ErrorCode.ROOM_FULL.value, ERROR_TEXTS[ErrorCode.ROOM_FULL])
        self._order += 1
        participant = Participant(
            participant_id=command.participant_id,
            display_name=command.display_name,
            role=command.role,
            presence="here",
        )
        member = Member(participant, command.seat_id, command.person_id, self._order, now_s)
        self._members[command.participant_id] = member
        self._by_seat[command.seat_id] = command.participant_id
        return (Joined(member),)

    def _go_away(self, participant_id: str, now_s: float) -> tuple[RosterEvent, ...]:
        member = self._members.get(participant_id)
        if member is None or member.away_since_s is not None:
            return ()
        return (WentAway(self._store(member, "away", now_s)),)

    def _come_back(self, participant_id: str, now_s: float) -> tuple[RosterEvent, ...]:
        member = self._members.get(participant_id)
        if member is None or member.away_since_s is None:
            return ()
        return (CameBack(self._store(member, "here", None), now_s - member.away_since_s),)

    def _store(self, member: Member, presence: str, away_since_s: float | None) -> Member:
        participant = msgspec.structs.replace(member.participant, presence=presence)
        changed = replace(member, participant=participant, away_since_s=away_since_s)
        self._members[member.participant_id] = changed
        return changed

    def _remove(self, participant_id: str, reason: LeftReason) -> tuple[RosterEvent, ...]:
        member = self._members.pop(participant_id, None)
        if member is None:
            return ()
        del self._by_seat[member.seat_id]
        closed = self.tracks_of(participant_id)
        for track in closed:
            del self._tracks[track.track_id]
        return (Left(member, reason, closed),)

    def _set_tracks(self, command: SetTracks) -> tuple[RosterEvent, ...]:
        for track in command.tracks:
            self._check_track(command.participant_id, track)
        if len(command.tracks) > TRACKS_PER_PARTICIPANT_MAX:
            raise Fault("more tracks than one publish may name")
        wanted = {track.track_id: track for track in command.tracks}
        events: list[RosterEvent] = []
        for track in self.tracks_of(command.participant_id):
            if track.track_id not in wanted:
                del self._tracks[track.track_id]
                events.append(TrackRemoved(track))
        for track in command.tracks:
            before = self._tracks.get(track.track_id)
            self._tracks[track.track_id] = track
            if before is None:
                events.append(TrackAdded(track))
            elif before != track:
                events.append(TrackAltered(track))
        return tuple(events)

    def _check_track(self, participant_id: str, track: Track) -> None:
        before = self._tracks.get(track.track_id)
        if track.participant_id != participant_id or (before and before.participant_id != participant_id):
            raise Fault("a track changed hands")
        self.require(participant_id, self._policy.publish_action(track.source))

    def _set_muted(self, command: SetMuted) -> tuple[RosterEvent, ...]:
        track = self._tracks.get(command.track_id)
        if track is None or track.participant_id != command.participant_id:
            raise Rejected(ErrorCode.TRACK_UNKNOWN.value, ERROR_TEXTS[ErrorCode.TRACK_UNKNOWN])
        self.require(command.participant_id, "mute_self")
        if track.muted == command.muted:
            return ()
        changed = msgspec.structs.replace(track, muted=command.muted)
        self._tracks[track.track_id] = changed
        return (TrackAltered(changed),)

    def _expire(self, grace_s: float, now_s: float) -> tuple[RosterEvent, ...]:
        expired = [
            member.participant_id
            for member in self._members.values()
            if member.away_since_s is not None and now_s - member.away_since_s >= grace_s
        ]
        return tuple(event for one in expired for event in self._remove(one, LeftReason.TIMEOUT))
