"""How a load test proves itself, both ways, without its token ever travelling (docs/loadtest.md). Pure.

The tool asks with a nonce; the server answers with its own and a proof over both, so the tool knows that this host
holds the token before it sends anything else. The tool then proves the same with what it asks for.
"""

import hashlib
import hmac

TOKEN_CHARS_MIN = 16
NONCE_CHARS_MIN = 16
NONCE_CHARS_MAX = 128
SEATS_MAX = 1000
MINUTES_MAX = 240


def server_proof(token: str, asked_with: str, challenge: str) -> str:
    """What the server answers to a nonce: "I hold the token too"."""
    return _proof(token, "server", asked_with, challenge)


def tool_proof(token: str, challenge: str, instructors: int, students: int, minutes: int) -> str:
    """What the tool sends with its wish; good for this challenge and this wish only."""
    return _proof(token, "tool", challenge, str(instructors), str(students), str(minutes))


def is_proof(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _proof(token: str, *parts: str) -> str:
    # Each part's length stands before it, so that no two lists of parts give the same bytes.
    text = "".join(f"{len(part)}:{part}" for part in ("homeroom loadtest 1", *parts))
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()
