"""Signaling messages that break the protocol, in every way that a client's bug or an attacker's mind would."""

import json
import random
from typing import Any

TYPES = (
    "hello subscribe_answer publish mute layout restart_ice replace_transports receive_stats ping leave welcome odd"
).split()


def typical(dice: random.Random) -> dict[str, Any]:
    """A message of the protocol, nearly right."""
    return {
        "type": dice.choice(TYPES),
        "id": dice.randrange(1, 1 << 31),
        "version": 1,
        "ticket": "a.b.c",
        "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n",
        "generation": 1,
        "track_id": "trk_" + "x" * 16,
        "muted": True,
        "slots": [{"slot": 0, "track_id": None}],
        "tracks": [{"mid": "0", "source": "mic"}],
    }


def value(dice: random.Random, depth: int = 0) -> Any:
    """Some JSON value, odd ones first."""
    odd: tuple[Any, ...] = (
        None,
        True,
        -1,
        2**63,
        1e308,
        "",
        "\u0000",
        "x" * 70_000,
        "\ud7ff",
        [],
        {},
        [[]],
        {"type": "hello"},
    )
    if depth > 3 or dice.random() < 0.7:
        return dice.choice(odd)
    if dice.random() < 0.5:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {dice.choice(("id", "type", "sdp", "zz")): value(dice, depth + 1) for _ in range(dice.randrange(4))}


def message(dice: random.Random) -> str | bytes:
    """A malformed message; bytes are sent as a binary frame."""
    kind = dice.randrange(8)
    if kind == 0:
        return dice.randbytes(dice.randrange(200))
    if kind == 1:
        return "".join(chr(dice.randrange(32, 0x2FF)) for _ in range(dice.randrange(300)))
    if kind == 2:
        return "[" * dice.randrange(1, 5000)
    if kind == 3:
        return json.dumps(value(dice))
    whole = typical(dice)
    if kind == 4:
        text = json.dumps(whole)
        return text[: dice.randrange(len(text))]
    if kind == 5:
        whole[dice.choice(list(whole))] = value(dice)
        return json.dumps(whole)
    if kind == 6:
        del whole[dice.choice(("type", "id"))]
        return json.dumps(whole)
    # every type here carries fields that are not its own: unknown fields are refused
    return json.dumps(whole)
