"""Being there: silence, grace, leaving. Times are those of the actor's clock."""

from server.classroom.roster import ExpireGrace, GoAway, Left, Remove
from server.live.effects import Effects
from server.live.person import Person
from server.live.ports import Outlet
from server.live.publishing import close_publish
from server.live.quality import GOOD
from server.live.room import Room, announce
from server.live.subscribing import bind_pinned_of_all, close_subscribe, forget_tracks
from signaling.codes import BYE_TEXTS, ByeCode, CloseCode, LeftReason
from signaling.messages import Ack, Bye, Leave, Quality

QUALITY_EVERY_S = 2.0


def lost(room: Room, participant_id: str, outlet: Outlet, now_s: float, out: Effects) -> None:
    """A Connection ended. That of a page which has another one by now means nothing."""
    person = room.people.get(participant_id)
    if person is None or person.outlet is not outlet:
        return
    person.outlet = None
    announce(room, room.roster.apply(GoAway(participant_id), now_s), out)


def leave(room: Room, person: Person, message: Leave, now_s: float, out: Effects) -> None:
    """The person pressed leave: gone everywhere at once."""
    out.answer(person.outlet, Ack(re=message.id))
    remove(room, person, LeftReason.LEFT, ByeCode.LEFT, now_s, out)


def remove(room: Room, person: Person, reason: LeftReason, bye: ByeCode, now_s: float, out: Effects) -> None:
    """A Participant is gone for good: transports, Tracks, Connection."""
    outlet = person.outlet
    events = room.roster.apply(Remove(person.participant_id, reason), now_s)
    _forget(room, person, now_s, out)
    announce(room, events, out)
    bind_pinned_of_all(room, out)
    if outlet is not None:
        out.answer(outlet, Bye(code=bye.value, text=BYE_TEXTS[bye]))
        out.close(outlet, CloseCode.BYE, bye.value)


def tick(room: Room, now_s: float, out: Effects) -> None:
    """Called several times a second: who fell silent, whose grace ended, what to say of the network."""
    for person in tuple(room.people.values()):
        outlet = person.outlet
        if outlet is not None and now_s - outlet.heard_s >= room.limits.away_after_s:
            out.close(outlet, CloseCode.GOING_AWAY, "silent")
            lost(room, person.participant_id, outlet, now_s, out)
    events = room.roster.apply(ExpireGrace(room.limits.grace_s), now_s)
    for event in events:
        if isinstance(event, Left):
            _forget(room, room.people[event.member.participant_id], now_s, out)
    announce(room, events, out)
    if events:
        bind_pinned_of_all(room, out)
    if now_s >= room.quality_due_s:
        room.quality_due_s = now_s + QUALITY_EVERY_S
        tell_quality(room, out)
    if room.empty_since_s is not None and now_s - room.empty_since_s >= room.limits.empty_close_s:
        room.ended = True


def tell_quality(room: Room, out: Effects) -> None:
    """Everyone whose network is not good, to everyone, when that changed. Who is away has none: the presence says
    it."""
    levels = {
        person.participant_id: level
        for person in room.people.values()
        if person.outlet is not None and (level := person.health.level()) < GOOD
    }
    if levels != room.quality_told:
        room.quality_told = levels
        out.latest(room.people.values(), "quality", Quality(levels=levels))


def _forget(room: Room, person: Person, now_s: float, out: Effects) -> None:
    """Whatever the Room holds of someone who is no longer in the roster."""
    room.people.pop(person.participant_id, None)
    if person.publish is not None:
        forget_tracks(room, [track.track_id for track in person.publish.tracks.values()])
    close_publish(room, person, now_s, out)
    close_subscribe(room, person, out)
    if not room.people:
        room.empty_since_s = now_s
