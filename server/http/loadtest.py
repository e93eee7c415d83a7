"""The load tool's door. These routes exist only where HOMEROOM_LOADTEST_TOKEN is set."""

from typing import Annotated, Protocol

import msgspec
from aiohttp import web
from msgspec import Meta

from server.access.loadtest import LoadtestGate
from server.errors import Rejected
from server.http.answers import json_answer
from server.http.caller import Callers
from server.ops.loadtest import BotSession
from signaling.loadtest import MINUTES_MAX, SEATS_MAX

PATH = "/api/v1/loadtest"


class Booker(Protocol):
    """Where sessions for bots are made (`server.ops.loadtest.BotSessions`)."""

    async def make(self, instructors: int, students: int, minutes: int) -> BotSession: ...


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the tool asks for, and its proof."""

    challenge: Annotated[str, Meta(max_length=128)]
    proof: Annotated[str, Meta(max_length=128)]
    instructors: Annotated[int, Meta(ge=0, le=SEATS_MAX)]
    students: Annotated[int, Meta(ge=0, le=SEATS_MAX)]
    minutes: Annotated[int, Meta(ge=1, le=MINUTES_MAX)]


_decoder = msgspec.json.Decoder(Wish)


def loadtest_routes(gate: LoadtestGate | None, booker: Booker, callers: Callers) -> list[web.RouteDef]:
    """GET: does this host hold the token? POST: a session with seats. Without a gate there is nothing here."""
    if gate is None:
        return []

    async def challenge(request: web.Request) -> web.StreamResponse:
        made = gate.challenge(request.query.get("nonce", ""), callers.rate_key(request))
        return json_answer({"challenge": made.challenge, "proof": made.proof})

    async def make(request: web.Request) -> web.StreamResponse:
        wish = _read(await request.read())
        gate.admit(
            wish.challenge,
            wish.proof,
            wish.instructors,
            wish.students,
            wish.minutes,
            callers.rate_key(request),
        )
        made = await booker.make(wish.instructors, wish.students, wish.minutes)
        seats = [{"role": seat.role, "path": seat.path} for seat in made.seats]
        return json_answer({"session_id": made.session_id, "seats": seats}, 201)

    return [web.get(PATH, challenge), web.post(f"{PATH}/sessions", make)]


def _read(body: bytes) -> Wish:
    try:
        wish = _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise Rejected("bad_request", "The request cannot be understood.") from error
    if not 1 <= wish.instructors + wish.students <= SEATS_MAX:
        raise Rejected("bad_request", f"A load-test session has from 1 to {SEATS_MAX} seats.")
    return wish
