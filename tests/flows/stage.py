"""The live rooms on a stage: a clock that a test moves, media without media, people who are objects. No sockets, no
sleeps."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from server.access.policy import actions
from server.access.views import SeatView, TicketClaims
from server.clock import ManualClock
from server.config import LiveConfig
from server.errors import Rejected, Unavailable
from server.live.effects import Place
from server.live.registry import Registry
from server.rtc.fake_plane import FakeMedia, FakePlane
from signaling.codec import decode_server
from signaling.messages import (
    PROTOCOL_VERSION,
    ClientDescription,
    ClientMessage,
    Hello,
    Layout,
    Leave,
    Mute,
    Ping,
    Publish,
    Published,
    Resume,
    ServerMessage,
    SlotWish,
    Source,
    SubscribeAnswer,
    SubscribeOffer,
    Tier,
    Welcome,
)
from tests.flows import browser

M = TypeVar("M", bound=ServerMessage)
SESSION = "ses_one"


@dataclass
class Seats:
    """Every seat that a test made; the ticket is the seat's id."""

    seats: dict[str, SeatView] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    out_of_reach: bool = False

    async def seat(self, session_id: str, seat_id: str) -> SeatView | None:
        if self.out_of_reach:
            raise Unavailable("store_unavailable", "The database does not answer.")
        seat = self.seats.get(seat_id)
        return seat if seat is not None and seat.session_id == session_id else None

    async def redeem(self, ticket: str) -> TicketClaims:
        seat = self.seats.get(ticket.partition("#")[0])
        if seat is None:
            raise Rejected("ticket_invalid", "This is not a ticket.")
        if ticket in self.used:
            raise Rejected("ticket_used", "This ticket was used before.")
        self.used.add(ticket)
        return TicketClaims(seat.org_id, seat.session_id, seat.seat_id, seat.role, ticket)


@dataclass
class Facts:
    """The log of facts; `fail` makes it refuse."""

    kept: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fail: bool = False

    async def append(self, org_id: str, session_id: str, kind: str, body: dict[str, Any]) -> None:
        if self.fail:
            raise Unavailable("facts_busy", "The disk does not follow.")
        self.kept.append((kind, body))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.kept]


class Page:
    """A person's page: a Connection, and what it was told. It is the `Outlet` that the rooms see."""

    def __init__(self, stage: "Stage", seat: SeatView) -> None:
        self._stage = stage
        self._ids = itertools.count(1)
        self.seat = seat
        self.heard_s = stage.clock.mono_s()
        self.told: list[ServerMessage] = []
        self.closed: tuple[int, str] | None = None
        self.place: Place | None = None

    # --- the Outlet ---

    def send(self, encoded: bytes) -> None:
        assert self.closed is None, "told after the close"
        self.told.append(decode_server(encoded))

    def send_latest(self, key: str, encoded: bytes) -> None:
        self.send(encoded)

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)

    # --- what a page does ---

    async def enter(
        self, *, tier: Tier = "desktop", takeover: bool = False, resume: Resume | None = None, version: int = 1
    ) -> Welcome:
        """`hello`; the `welcome`. Raises `Rejected`."""
        hello = Hello(
            id=next(self._ids),
            version=version,
            client=ClientDescription(tier=tier),
            ticket=None if resume else self._stage.ticket(self.seat),
            resume=resume,
            takeover=takeover,
        )
        self.heard_s = self._stage.clock.mono_s()
        self.place = await self._stage.registry.enter(self, hello)
        await self._stage.settle()
        return self.last(Welcome)

    async def say(self, message: ClientMessage) -> None:
        assert self.place is not None
        self.heard_s = self._stage.clock.mono_s()
        assert self._stage.registry.say(self.place, self, message) is None
        await self._stage.settle()

    async def drop(self) -> None:
        """The socket is gone."""
        assert self.place is not None
        self.close(1006, "")
        self._stage.registry.lost(self.place, self)
        await self._stage.settle()

    async def ping(self, seq: int = 0) -> None:
        await self.say(Ping(id=next(self._ids), seq=seq))

    async def publish(
        self, *sources: Source, ufrag: str = "pubs", fingerprint: int = 9, muted: bool = False
    ) -> dict[Source, str]:
        """Publish these sources; the Track ids."""
        sdp, tracks = browser.publish_offer(*sources, ufrag=ufrag, fingerprint=fingerprint)
        message = Publish(id=next(self._ids), sdp=sdp, tracks=tracks)
        await self.say(message)
        published = self.last(Published)
        assert published.re == message.id
        by_mid = {answer.mid: answer.track_id for answer in published.tracks}
        return {track.source: by_mid[track.mid] for track in tracks}

    async def answer(self) -> SubscribeOffer:
        """Answer the latest offer."""
        offer = self.last(SubscribeOffer)
        sdp = browser.answer(offer.sdp)
        await self.say(SubscribeAnswer(id=next(self._ids), generation=offer.generation, sdp=sdp))
        return offer

    async def show(self, **slots: str | None) -> None:
        """`await page.show(s6="trk_1")`: this Track in Slot 6, in a large tile."""
        wishes = tuple(
            SlotWish(slot=int(name[1:]), track_id=track_id, width=1280, height=720) for name, track_id in slots.items()
        )
        await self.say(Layout(id=next(self._ids), slots=wishes))

    async def mute(self, track_id: str, muted: bool) -> None:
        await self.say(Mute(id=next(self._ids), track_id=track_id, muted=muted))

    async def leave(self) -> None:
        await self.say(Leave(id=next(self._ids)))

    def next_id(self) -> int:
        return next(self._ids)

    # --- what it was told ---

    def all(self, kind: type[M]) -> list[M]:
        return [message for message in self.told if isinstance(message, kind)]

    def last(self, kind: type[M]) -> M:
        found = self.all(kind)
        assert found, f"no {kind.__name__} among {[type(m).__name__ for m in self.told]}"
        return found[-1]

    def seqs(self) -> list[int]:
        """The numbers of what was told, `welcome` left out: its `seq` is where numbering stands."""
        numbered = [message for message in self.told if not isinstance(message, Welcome)]
        return [message.seq for message in numbered if hasattr(message, "seq")]

    def forget(self) -> None:
        self.told.clear()


class Stage:
    """`async with Stage() as stage`: a registry with everything around it."""

    def __init__(
        self, config: LiveConfig | None = None, media: FakeMedia | None = None, *, no_media: bool = False
    ) -> None:
        self.clock = ManualClock()
        self.plane = FakePlane(None if no_media else media or FakeMedia())
        self.seats = Seats()
        self.facts = Facts()
        self._tickets = itertools.count(1)
        self.registry = Registry(
            plane=self.plane,
            seats=self.seats,
            tickets=self.seats,
            facts=self.facts,
            clock=self.clock,
            config=config or LiveConfig(),
            actions=actions,
        )

    async def __aenter__(self) -> Self:
        await self.registry.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.registry.stop()

    def seat(
        self, name: str, role: str = "student", *, session_id: str = SESSION, participants_max: int = 300
    ) -> SeatView:
        seat = SeatView(
            org_id="org_one",
            session_id=session_id,
            seat_id=f"sea_{name}",
            person_id=f"per_{name}",
            display_name=name,
            role=role,
            title="Fractions",
            starts_utc=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            ends_utc=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
            participants_max=participants_max,
        )
        self.seats.seats[seat.seat_id] = seat
        return seat

    def ticket(self, seat: SeatView) -> str:
        return f"{seat.seat_id}#{next(self._tickets)}"

    async def join(self, name: str, role: str = "student", *, tier: Tier = "desktop") -> Page:
        """Someone new comes in and answers the first offer."""
        page = Page(self, self.seats.seats.get(f"sea_{name}") or self.seat(name, role))
        await page.enter(tier=tier)
        if page.all(SubscribeOffer):
            await page.answer()
        return page

    def page(self, seat: SeatView) -> Page:
        return Page(self, seat)

    async def settle(self) -> None:
        """Until every Room has done all it was given."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float, *, alive: tuple[Page, ...] = ()) -> None:
        """Move the clock in steps of half a second; `alive` pages are heard at each."""
        left = seconds
        while left > 0:
            self.clock.advance(min(0.5, left))
            left -= 0.5
            for page in alive:
                page.heard_s = self.clock.mono_s()
            self.registry.tick()
            await self.settle()

    @property
    def room(self) -> dict[str, Any]:
        """The one Room, as plain state."""
        rooms: list[dict[str, Any]] = self.registry.snapshot()["rooms"]
        assert len(rooms) == 1
        return rooms[0]


assert PROTOCOL_VERSION == 1
