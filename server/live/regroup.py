"""Media after people changed groups: sound stays in the group, Slots show who is there. Nothing is negotiated anew."""

from collections.abc import Sequence

from msgspec.structs import replace

from server.live.effects import Effects
from server.live.person import Person
from server.live.room import Room
from server.live.subscribing import bind_pinned, show, transport_spec


def regroup(room: Room, moved: Sequence[Person], out: Effects) -> None:
    """These people are somewhere else now. First media hears where; then everybody's Slots, since those who stayed no
    longer see who went."""
    if not moved:
        return
    for person in moved:
        number = room.state.breakouts.number_of(person.participant_id)
        if person.publish is not None and person.publish.spec is not None:
            person.publish.spec = replace(person.publish.spec, group=number)
            out.put(person.publish.spec)
        if person.subscribe is not None:
            out.put(transport_spec(room, person, person.subscribe))
    for person in room.people.values():
        bind_pinned(room, person, out)
        show(room, person, out)
