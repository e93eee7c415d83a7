"""Before anything is fired: does this host hold our load-test token? Then, a session with seats."""

import secrets
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import msgspec

from loadtest.errors import LoadtestError, NotAllowed
from signaling.loadtest import is_proof, server_proof, tool_proof

PATH = "/api/v1/loadtest"
TIMEOUT = aiohttp.ClientTimeout(total=60)

T = TypeVar("T")


class Seat(msgspec.Struct, frozen=True):
    """A role and the path of its link."""

    role: str
    path: str


class Made(msgspec.Struct, frozen=True):
    """A session to play in."""

    session_id: str
    seats: tuple[Seat, ...]


class _Challenge(msgspec.Struct, frozen=True):
    challenge: str
    proof: str


@dataclass(frozen=True, slots=True)
class Gate:
    """One server, as the tool sees it before it trusts it."""

    http: aiohttp.ClientSession
    origin: str
    token: str

    async def session(self, instructors: int, students: int, minutes: int) -> Made:
        """Raises `NotAllowed` when the host does not prove that it holds the token; it was sent nothing else then."""
        challenge = await self._challenge()
        body = {
            "challenge": challenge,
            "proof": tool_proof(self.token, challenge, instructors, students, minutes),
            "instructors": instructors,
            "students": students,
            "minutes": minutes,
        }
        status, answer = await self._ask("POST", f"{PATH}/sessions", json=body)
        if status != 201:
            raise NotAllowed(f"{self.origin} made no session: {_text(answer)}")
        return _decode(answer, Made, self.origin)

    async def _challenge(self) -> str:
        nonce = secrets.token_urlsafe(24)
        status, answer = await self._ask("GET", PATH, params={"nonce": nonce})
        if status == 404:
            raise NotAllowed(f"{self.origin} holds no load-test token; it was sent nothing else.")
        if status != 200:
            raise NotAllowed(f"{self.origin} refuses load tests: {_text(answer)}")
        found = _decode(answer, _Challenge, self.origin)
        if not is_proof(found.proof, server_proof(self.token, nonce, found.challenge)):
            raise NotAllowed(f"{self.origin} holds another load-test token than this one; it was sent nothing else.")
        return found.challenge

    async def _ask(self, method: str, path: str, **more: Any) -> tuple[int, bytes]:
        # A redirect leads to a host that was not asked.
        request = self.http.request(method, self.origin + path, timeout=TIMEOUT, allow_redirects=False, **more)
        try:
            async with request as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LoadtestError(f"{self.origin} cannot be reached: {error or 'no answer in time'}.") from error


def _decode(answer: bytes, kind: type[T], origin: str) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.MsgspecError as error:
        raise NotAllowed(f"{origin} does not answer like a Homeroom server.") from error


def _text(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer)["text"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return "it does not say why."
