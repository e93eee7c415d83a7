"""A Room as one bot knows it from the messages, and what it wants to look at. Pure."""

from dataclasses import dataclass, field

from loadtest.scenario import Layout
from signaling.messages import (
    ParticipantJoined,
    ParticipantLeft,
    RoomSnapshot,
    ServerMessage,
    Slot,
    SlotWish,
    SubscribeOffer,
    Track,
    TrackChanged,
    TrackClosed,
    TrackPublished,
)


@dataclass(slots=True)
class RoomView:
    """Tracks, roles and slots. `apply` says whether what there is to see changed."""

    own_id: str = ""
    tracks: dict[str, Track] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()

    def reset(self, own_id: str, room: RoomSnapshot) -> None:
        self.own_id = own_id
        self.tracks = {track.track_id: track for track in room.tracks}
        self.roles = {one.participant_id: one.role for one in room.participants}

    def apply(self, message: ServerMessage) -> bool:
        match message:
            case SubscribeOffer(slots=slots):
                self.slots = slots
            case ParticipantJoined(participant=one):
                self.roles[one.participant_id] = one.role
                return False
            case ParticipantLeft(participant_id=gone):
                self.roles.pop(gone, None)
                self.tracks = {key: track for key, track in self.tracks.items() if track.participant_id != gone}
            case TrackPublished(track=track) | TrackChanged(track=track):
                self.tracks[track.track_id] = track
                return track.kind == "video"
            case TrackClosed(track_id=track_id):
                return self.tracks.pop(track_id, None) is not None
            case _:
                return False
        return True

    def mid_of(self, slot: int) -> str | None:
        return next((one.mid for one in self.slots if one.slot == slot), None)


def wishes(view: RoomView, layout: Layout, page: int) -> tuple[SlotWish, ...]:
    """What this bot wants in its video slots: a large picture and a page of small ones, never its own."""
    pictures = [one for one in view.tracks.values() if one.kind == "video" and not one.muted]
    others = sorted((one for one in pictures if one.participant_id != view.own_id), key=lambda one: one.track_id)
    main = _main(view, others)
    small = [one for one in others if one is not main and one.source == "camera"]
    pages = max(1, -(-len(small) // layout.tiles)) if layout.tiles else 1
    first = page % pages * layout.tiles
    shown = iter(small[first : first + layout.tiles])
    made: list[SlotWish] = []
    for slot in view.slots:
        if slot.mode == "main" and main is not None:
            made.append(SlotWish(slot.slot, main.track_id, layout.main_width, layout.main_height))
        elif slot.mode == "tile" and (track := next(shown, None)) is not None:
            made.append(SlotWish(slot.slot, track.track_id, layout.tile_width, layout.tile_height))
    return tuple(made)


def _main(view: RoomView, others: list[Track]) -> Track | None:
    """The screen, else the instructor, else whoever there is."""
    screens = [one for one in others if one.source == "screen"]
    instructors = [one for one in others if view.roles.get(one.participant_id) == "instructor"]
    return next(iter(screens + instructors + others), None)
