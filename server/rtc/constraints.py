"""From what a client wants to see to what media is asked: one Subscription per Slot, with a bound on its layer. Pure.

A Slot's `generation` grows with every change of what it shows, so that late news of an older content can be told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from media.contract import CloseSubscription, Layer, SetSubscription
from signaling.messages import SlotWish, Source, Track

# Heights of the layers of a camera that publishes 720 lines in three: full, half, quarter. Up to a quarter more than
# its height a layer is stretched rather than the next one fetched: nobody sees it, and it costs four times the bits.
LAYER_HEIGHTS = (180, 360, 720)
STRETCH = 1.25
# Two layers are for screens: the lower one is for thumbnails only, since text that is scaled down cannot be read.
SCREEN_THUMBNAIL_HEIGHT_MAX = 270
TEMPORAL_MAX = 3

PRIORITY_SCREEN = 30
PRIORITY_MAIN = 20
PRIORITY_TILE = 10
PRIORITY_AUDIO = 100


@dataclass(frozen=True, slots=True)
class Binding:
    """What a Slot shows now: the Subscription as media was told it."""

    subscription_id: str
    track_id: str
    generation: int
    layer_max: Layer
    priority: int


@dataclass(slots=True)
class SlotBindings:
    """All bound Slots of one subscribe transport. `generations` outlive their bindings: they only grow."""

    transport_id: str
    mint_subscription: Callable[[], str]
    bound: dict[int, Binding] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)

    def bind(self, slot: int, track_id: str, layer_max: Layer, priority: int) -> SetSubscription | None:
        """Show a Track in a Slot; None when it is shown just so already."""
        before = self.bound.get(slot)
        if before is not None and before.track_id == track_id:
            if before.layer_max == layer_max and before.priority == priority:
                return None
            binding = Binding(before.subscription_id, track_id, before.generation, layer_max, priority)
        else:
            self.generations[slot] = self.generations.get(slot, 0) + 1
            binding = Binding(self.mint_subscription(), track_id, self.generations[slot], layer_max, priority)
        self.bound[slot] = binding
        return SetSubscription(
            subscription_id=binding.subscription_id,
            transport_id=self.transport_id,
            slot=slot,
            track_id=track_id,
            generation=binding.generation,
            layer_max=layer_max,
            priority=priority,
        )

    def unbind(self, slot: int) -> CloseSubscription | None:
        """Show nothing in a Slot; None when it shows nothing already."""
        binding = self.bound.pop(slot, None)
        return None if binding is None else CloseSubscription(subscription_id=binding.subscription_id)

    def forget_track(self, track_id: str) -> tuple[int, ...]:
        """A Track is closed, media has dropped its Subscriptions: the Slots that showed it."""
        slots = tuple(slot for slot, binding in self.bound.items() if binding.track_id == track_id)
        for slot in slots:
            del self.bound[slot]
        return slots


def layer_for(track: Track, width: int, height: int) -> Layer:
    """The highest layer that a tile of this size (device pixels) makes use of. Size 0 is unknown: the lowest."""
    # A portrait tile shows a landscape picture across its width.
    lines = min(height, round(width * 9 / 16)) if width and height else max(height, round(width * 9 / 16))
    top = track.layers - 1
    if _is_screen(track.source):
        return Layer(spatial=0 if lines <= SCREEN_THUMBNAIL_HEIGHT_MAX else top, temporal=TEMPORAL_MAX)
    for spatial in range(top):
        if lines <= LAYER_HEIGHTS[min(spatial + len(LAYER_HEIGHTS) - track.layers, 2)] * STRETCH:
            return Layer(spatial=spatial, temporal=TEMPORAL_MAX)
    return Layer(spatial=top, temporal=TEMPORAL_MAX)


def _is_screen(source: Source) -> bool:
    return source == "screen"


def priority_for(track: Track, slot_is_main: bool) -> int:
    """Who gets bits first when there are too few: screen, then the main picture, then tiles. Higher goes first."""
    if _is_screen(track.source):
        return PRIORITY_SCREEN
    return PRIORITY_MAIN if slot_is_main else PRIORITY_TILE


def apply_layout(
    wishes: Sequence[SlotWish],
    video_slots: Mapping[int, bool],
    tracks: Mapping[str, Track],
    bindings: SlotBindings,
) -> list[SetSubscription | CloseSubscription]:
    """What must change so that the video Slots show what the client wants.

    `video_slots` are the transport's video Slots (True: the main one), `tracks` the Tracks this Participant may see.
    A wish for a Track that is gone, or may not be seen, empties the Slot: it was closed while the wish was under way.
    Slots that are not named are emptied. A Slot number that does not exist is the caller's to refuse.
    """
    wanted = {wish.slot: wish for wish in wishes}  # named twice: the last one counts
    commands: list[SetSubscription | CloseSubscription] = []
    for slot, is_main in video_slots.items():
        wish = wanted.get(slot)
        track = tracks.get(wish.track_id) if wish is not None and wish.track_id is not None else None
        command: SetSubscription | CloseSubscription | None
        if wish is None or track is None or track.kind != "video":
            command = bindings.unbind(slot)
        else:
            layer = layer_for(track, wish.width, wish.height)
            command = bindings.bind(slot, track.track_id, layer, priority_for(track, is_main))
        if command is not None:
            commands.append(command)
    return commands
