"""The door over HTTP: what a link leads to, and its exchange for a ticket."""

from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from server.access.desk import Invitation
from server.access.views import Ticket
from server.errors import HomeroomError
from server.http.answers import json_answer
from server.http.caller import Callers
from server.telemetry.metrics import Metrics

WS_PATH = "/ws"


class Door(Protocol):
    """Where links are shown (`server.access.desk.Desk`)."""

    async def invitation(self, token: str, address: str) -> Invitation: ...

    async def exchange(self, token: str, address: str) -> Ticket: ...


class Presence(Protocol):
    """What the live Rooms know at this moment."""

    def seat_in_use(self, session_id: str, seat_id: str) -> bool:
        """Is a Connection open for this Seat?"""
        ...

    def is_live(self, session_id: str) -> bool:
        """Has this Session a Room with somebody in it?"""
        ...


def join_routes(door: Door, presence: Presence, callers: Callers, metrics: Metrics) -> list[web.RouteDef]:
    """GET describes and changes nothing; POST is what the join button does."""

    async def describe(request: web.Request) -> web.StreamResponse:
        invitation = await door.invitation(request.match_info["token"], callers.rate_key(request))
        seat = invitation.seat
        live = invitation.door == "open" and presence.is_live(seat.session_id)
        return json_answer(
            {
                "session": {
                    "session_id": seat.session_id,
                    "title": seat.title,
                    "starts_utc": _iso(seat.starts_utc),
                    "ends_utc": _iso(seat.ends_utc),
                    "state": "live" if live else invitation.door,
                },
                "display_name": seat.display_name,
                "role": seat.role,
                "in_use": presence.seat_in_use(seat.session_id, seat.seat_id),
            }
        )

    async def exchange(request: web.Request) -> web.StreamResponse:
        try:
            ticket = await door.exchange(request.match_info["token"], callers.rate_key(request))
        except HomeroomError as error:
            metrics.joins.labels(error.code).inc()
            raise
        metrics.joins.labels("ok").inc()
        return json_answer(
            {
                "ticket": ticket.text,
                "ws_path": WS_PATH,
                "expires_in_s": ticket.expires_in_s,
                "session_id": ticket.session_id,
            }
        )

    return [web.get("/api/v1/join/{token}", describe), web.post("/api/v1/join/{token}", exchange)]


def _iso(at_utc: datetime) -> str:
    return at_utc.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
