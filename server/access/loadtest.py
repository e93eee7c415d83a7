"""The gate of the load tool: whoever holds this installation's load-test token may make sessions full of bots.

Both sides prove that they hold the token, none sends it. A challenge is good once and for a minute.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from server.access.rate import RateLimit
from server.clock import Clock
from server.errors import Rejected, Unavailable
from server.limits import (
    LOADTEST_CHALLENGE_S,
    LOADTEST_CHALLENGES_MAX,
    LOADTEST_REQUESTS_BURST,
    LOADTEST_REQUESTS_PER_S,
)
from signaling.loadtest import NONCE_CHARS_MAX, NONCE_CHARS_MIN, TOKEN_CHARS_MIN, is_proof, server_proof, tool_proof

_log = structlog.get_logger("access")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server answers to a tool's nonce."""

    challenge: str
    proof: str


class LoadtestGate:
    """Challenges out, proofs in. `address` is only counted."""

    def __init__(self, token: str, clock: Clock) -> None:
        if len(token) < TOKEN_CHARS_MIN:
            text = f"HOMEROOM_LOADTEST_TOKEN must have at least {TOKEN_CHARS_MIN} characters."
            raise Unavailable("loadtest_token_short", text)
        self._token = token
        self._clock = clock
        self._open: OrderedDict[str, float] = OrderedDict()
        self._per_address = RateLimit(clock, LOADTEST_REQUESTS_BURST, LOADTEST_REQUESTS_PER_S)

    def challenge(self, asked_with: str, address: str) -> Challenge:
        """Prove to whoever asks that the token is here. Raises `Rejected`."""
        self._count(address)
        if not NONCE_CHARS_MIN <= len(asked_with) <= NONCE_CHARS_MAX or not asked_with.isascii():
            text = f"Ask with a nonce of {NONCE_CHARS_MIN} to {NONCE_CHARS_MAX} characters."
            raise Rejected("bad_request", text)
        challenge = secrets.token_urlsafe(24)
        self._open[challenge] = self._clock.mono_s() + LOADTEST_CHALLENGE_S
        while len(self._open) > LOADTEST_CHALLENGES_MAX:
            self._open.popitem(last=False)
        return Challenge(challenge, server_proof(self._token, asked_with, challenge))

    def admit(self, challenge: str, proof: str, instructors: int, students: int, minutes: int, address: str) -> None:
        """The tool proves that it holds the token and wants just this. Raises `Rejected`."""
        self._count(address)
        ends_s = self._open.pop(challenge, None)
        expected = tool_proof(self._token, challenge, instructors, students, minutes)
        if ends_s is None or self._clock.mono_s() > ends_s or not is_proof(proof, expected):
            _log.info("loadtest_refused")
            raise Rejected("not_allowed", "This is not a proof of the load-test token of this server.")

    def _count(self, address: str) -> None:
        if not self._per_address.take(address):
            raise Rejected("too_many", "Too many attempts. Wait a moment and try again.")
