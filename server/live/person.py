"""A Participant as the Room serves it: the log of messages, the Connection, the two transports. Only the actor
changes it."""

from dataclasses import dataclass, field
from typing import Any

from media.contract import RemoteParams, SetTrack, SlotMapped
from server.access.views import SeatView
from server.live.ports import Outlet
from server.live.quality import Health
from server.rtc.constraints import SlotBindings
from server.rtc.path import LocalPath
from server.rtc.subscribe import SlotPlan, SubscribePlan
from signaling.connection import OutgoingLog
from signaling.messages import SlotWish, Tier


@dataclass(slots=True)
class PublishSide:
    """The publish transport. `tracks` by mid: what media was told of each."""

    transport_id: str
    local: LocalPath
    remote: RemoteParams
    number: int
    version: int = 1
    tracks: dict[str, SetTrack] = field(default_factory=dict)
    state: str = "new"

    def mid_of(self, track_id: str) -> str | None:
        return next((mid for mid, track in self.tracks.items() if track.track_id == track_id), None)


@dataclass(slots=True)
class SubscribeSide:
    """The subscribe transport and what its Slots show. `fresh` until the browser has answered an offer of it."""

    transport_id: str
    local: LocalPath
    slots: tuple[SlotPlan, ...]
    bindings: SlotBindings
    number: int
    cname: str
    generation: int
    version: int = 1
    answered_generation: int = 0
    fresh: bool = True
    plan: SubscribePlan | None = None
    mappings: dict[int, SlotMapped] = field(default_factory=dict)
    state: str = "new"

    @property
    def video_slots(self) -> dict[int, bool]:
        """Video Slots that the browser did not refuse; True for the main one."""
        refused = frozenset[int]() if self.plan is None else self.plan.refused
        return {s.slot: s.mode == "main" for s in self.slots if s.kind == "video" and s.slot not in refused}


@dataclass(slots=True)
class Person:
    """Everything that one Participant's page needs of the server."""

    participant_id: str
    seat: SeatView
    tier: Tier
    log: OutgoingLog
    outlet: Outlet | None
    publish: PublishSide | None = None
    subscribe: SubscribeSide | None = None
    generation: int = 0
    wishes: tuple[SlotWish, ...] = ()
    health: Health = field(default_factory=Health)
    reset_seq: int = 0
    costly_at_s: float = float("-inf")

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people: no names, no secrets."""
        return {
            "participant_id": self.participant_id,
            "role": self.seat.role,
            "tier": self.tier,
            "connected": self.outlet is not None,
            "log": self.log.snapshot(),
            "quality": self.health.level(),
            "publish": None
            if self.publish is None
            else {
                "transport_id": self.publish.transport_id,
                "state": self.publish.state,
                "tracks": {mid: track.track_id for mid, track in self.publish.tracks.items()},
            },
            "subscribe": None
            if self.subscribe is None
            else {
                "transport_id": self.subscribe.transport_id,
                "state": self.subscribe.state,
                "generation": self.subscribe.generation,
                "answered": self.subscribe.answered_generation,
                "bound": {slot: b.track_id for slot, b in self.subscribe.bindings.bound.items()},
                "mapped": {slot: m.track_id for slot, m in self.subscribe.mappings.items()},
            },
        }
