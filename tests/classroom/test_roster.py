"""The roster: no order of commands breaks it, and everything that happens is an event."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.access import policy
from server.classroom.roster import (
    Admit,
    CameBack,
    ComeBack,
    ExpireGrace,
    GoAway,
    Joined,
    Left,
    Remove,
    Roster,
    RosterCommand,
    RosterEvent,
    SetMuted,
    SetTracks,
    TrackAdded,
    TrackAltered,
    TrackRemoved,
    WentAway,
)
from server.errors import Fault, Rejected
from signaling.codes import LeftReason
from signaling.messages import Role, Source, Track

NAMES = ("a", "b", "c", "d")
PARTICIPANTS_MAX = 3
GRACE_S = 60.0


def admit(name: str, role: Role = "student", participants_max: int = PARTICIPANTS_MAX) -> Admit:
    return Admit(f"par_{name}", f"sea_{name}", f"per_{name}", name, role, participants_max)


def track(owner: str, source: Source = "mic", muted: bool = False) -> Track:
    kind = "audio" if source in ("mic", "screen_audio") else "video"
    return Track(
        track_id=f"trk_{owner}_{source}",
        participant_id=f"par_{owner}",
        source=source,
        kind=kind,  # type: ignore[arg-type]
        muted=muted,
    )


def test_join_leave_and_full() -> None:
    roster = Roster(policy)
    for name in ("a", "b", "c"):
        (event,) = roster.apply(admit(name), 0.0)
        assert isinstance(event, Joined)
    with pytest.raises(Rejected) as refused:
        roster.apply(admit("d"), 0.0)
    assert refused.value.code == "room_full"
    roster.apply(SetTracks("par_a", (track("a"), track("a", "camera"))), 1.0)
    (left,) = roster.apply(Remove("par_a", LeftReason.LEFT), 2.0)
    assert isinstance(left, Left) and len(left.tracks) == 2 and not roster.tracks
    assert roster.apply(Remove("par_a", LeftReason.LEFT), 2.0) == ()
    roster.apply(admit("d"), 3.0)
    assert [member.order for member in roster.members] == [2, 3, 4]


def test_away_back_and_expired() -> None:
    roster = Roster(policy)
    roster.apply(admit("a"), 0.0)
    (away,) = roster.apply(GoAway("par_a"), 10.0)
    assert isinstance(away, WentAway) and away.member.participant.presence == "away"
    assert roster.apply(GoAway("par_a"), 11.0) == ()
    (back,) = roster.apply(ComeBack("par_a"), 30.0)
    assert isinstance(back, CameBack) and back.away_s == 20.0
    assert roster.apply(ComeBack("par_a"), 31.0) == ()
    roster.apply(GoAway("par_a"), 40.0)
    assert roster.apply(ExpireGrace(GRACE_S), 99.9) == ()
    (left,) = roster.apply(ExpireGrace(GRACE_S), 100.0)
    assert isinstance(left, Left) and left.reason is LeftReason.TIMEOUT


def test_tracks_appear_change_and_close() -> None:
    roster = Roster(policy)
    roster.apply(admit("a"), 0.0)
    events = roster.apply(SetTracks("par_a", (track("a"), track("a", "camera"))), 0.0)
    assert [type(event) for event in events] == [TrackAdded, TrackAdded]
    events = roster.apply(SetTracks("par_a", (track("a", muted=True), track("a", "screen"))), 0.0)
    assert [type(event) for event in events] == [TrackRemoved, TrackAltered, TrackAdded]
    (event,) = roster.apply(SetMuted("par_a", "trk_a_mic", False), 0.0)
    assert isinstance(event, TrackAltered) and not event.track.muted
    assert roster.apply(SetMuted("par_a", "trk_a_mic", False), 0.0) == ()


def test_not_ones_own() -> None:
    roster = Roster(policy)
    roster.apply(admit("a"), 0.0)
    roster.apply(admit("b", "observer"), 0.0)
    roster.apply(SetTracks("par_a", (track("a"),)), 0.0)
    for command in (SetMuted("par_b", "trk_a_mic", True), SetMuted("par_a", "trk_x", True)):
        with pytest.raises(Rejected) as refused:
            roster.apply(command, 0.0)
        assert refused.value.code == "track_unknown"
    with pytest.raises(Rejected) as refused:
        roster.apply(SetTracks("par_b", (track("b"),)), 0.0)
    assert refused.value.code == "not_allowed" and len(roster.tracks) == 1
    with pytest.raises(Fault):
        roster.apply(SetTracks("par_b", (track("a"),)), 0.0)
    with pytest.raises(Fault):
        roster.apply(admit("a"), 0.0)


def test_snapshot_has_no_names() -> None:
    roster = Roster(policy)
    roster.apply(admit("Zoe Unusualname"), 0.0)
    assert "display_name" not in str(roster.snapshot())


names = st.sampled_from(NAMES)
sources = st.sampled_from(["mic", "camera", "screen", "screen_audio"])


class RosterMachine(RuleBasedStateMachine):
    """Any order of commands. A copy that is built from the events alone must be equal: whoever listens knows it all."""

    def __init__(self) -> None:
        super().__init__()
        self.roster = Roster(policy)
        self.now_s = 0.0
        self.seen: dict[str, str] = {}
        self.seen_tracks: dict[str, Track] = {}

    def carry_out(self, command: RosterCommand) -> None:
        before = self.roster.snapshot()
        try:
            events = self.roster.apply(command, self.now_s)
        except Rejected:
            assert self.roster.snapshot() == before, "what is refused changes nothing"
            return
        for event in events:
            self.follow(event)

    def follow(self, event: RosterEvent) -> None:
        match event:
            case Joined(member=member):
                assert member.participant_id not in self.seen
                self.seen[member.participant_id] = member.participant.presence
            case WentAway(member=member) | CameBack(member=member):
                assert self.seen[member.participant_id] != member.participant.presence
                self.seen[member.participant_id] = member.participant.presence
            case Left(member=member, tracks=tracks):
                del self.seen[member.participant_id]
                for track in tracks:
                    del self.seen_tracks[track.track_id]
            case TrackAdded(track=track):
                assert track.track_id not in self.seen_tracks
                self.seen_tracks[track.track_id] = track
            case TrackAltered(track=track):
                assert self.seen_tracks[track.track_id] != track
                self.seen_tracks[track.track_id] = track
            case TrackRemoved(track=track):
                del self.seen_tracks[track.track_id]

    @rule(name=names, role=st.sampled_from(["student", "instructor", "observer"]))
    def come_in(self, name: str, role: Role) -> None:
        if self.roster.member_of_seat(f"sea_{name}") is None:
            self.carry_out(admit(name, role))

    @rule(name=names)
    def go(self, name: str) -> None:
        self.carry_out(GoAway(f"par_{name}"))

    @rule(name=names)
    def back(self, name: str) -> None:
        self.carry_out(ComeBack(f"par_{name}"))

    @rule(name=names)
    def leave(self, name: str) -> None:
        self.carry_out(Remove(f"par_{name}", LeftReason.LEFT))

    @rule(name=names, published=st.sets(sources), muted=st.booleans())
    def publish(self, name: str, published: set[Source], muted: bool) -> None:
        tracks = tuple(track(name, source, muted) for source in sorted(published))
        if self.roster.member(f"par_{name}") is not None:
            self.carry_out(SetTracks(f"par_{name}", tracks))

    @rule(name=names, owner=names, source=sources, muted=st.booleans())
    def mute(self, name: str, owner: str, source: Source, muted: bool) -> None:
        self.carry_out(SetMuted(f"par_{name}", f"trk_{owner}_{source}", muted))

    @rule(seconds=st.floats(0, 100))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.carry_out(ExpireGrace(GRACE_S))

    @invariant()
    def whoever_listens_knows_it_all(self) -> None:
        assert self.seen == {m.participant_id: m.participant.presence for m in self.roster.members}
        assert self.seen_tracks == {track.track_id: track for track in self.roster.tracks}

    @invariant()
    def nothing_hangs_in_the_air(self) -> None:
        present = {member.participant_id for member in self.roster.members}
        assert len(present) <= PARTICIPANTS_MAX
        assert {track.participant_id for track in self.roster.tracks} <= present
        for member in self.roster.members:
            assert self.roster.member_of_seat(member.seat_id) == member
            assert (member.participant.presence == "away") == (member.away_since_s is not None)
        observers = {m.participant_id for m in self.roster.members if m.role == "observer"}
        assert not observers & {track.participant_id for track in self.roster.tracks}


TestRosterMachine = RosterMachine.TestCase
TestRosterMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
