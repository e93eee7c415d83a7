"""`docs/protocol.md` is complete and true: every message, every code, every example."""

import json
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from signaling import messages
from signaling.codec import Refusal, decode_client, decode_server
from signaling.codes import ERROR_TEXTS, ByeCode, CloseCode, LeftReason, ResetReason
from signaling.connection import LOG_MESSAGES_MAX

TEXT = (Path(__file__).parent.parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
CLIENT = {kind.__struct_config__.tag for kind in typing.get_args(messages.ClientMessage)}
SERVER = {kind.__struct_config__.tag for kind in typing.get_args(messages.ServerMessage)}


def test_every_message_has_an_example() -> None:
    assert {example["type"] for example in EXAMPLES} == CLIENT | SERVER


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_examples_are_messages(example: dict[str, Any]) -> None:
    encoded = json.dumps(example).encode()
    if example["type"] in CLIENT:
        found = decode_client(encoded)
        assert not isinstance(found, Refusal), found
    else:
        decoded = decode_server(encoded)
        missing = set(decoded.__struct_fields__) - set(example)
        assert not missing, "the server's messages are shown whole"


def test_every_code_stands_in_its_table() -> None:
    table = TEXT.partition("<!-- errors: begin")[2].partition("<!-- errors: end")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE))
    assert rows == {code.value: text for code, text in ERROR_TEXTS.items()}


def test_other_codes_and_limits_are_named() -> None:
    for code in (*ByeCode, *LeftReason, *ResetReason):
        assert f"`{code.value}`" in TEXT, code
    for name, code in vars(CloseCode).items():
        if name.isupper() and name not in ("NORMAL",):
            assert str(code) in TEXT, name
    assert f"{messages.MESSAGE_BYTES_MAX:,} bytes" in TEXT and f"{LOG_MESSAGES_MAX} messages" in TEXT
    for alias in (messages.Role, messages.Source, messages.SlotMode, messages.Tier, messages.Direction):
        for value in typing.get_args(alias):
            assert value in TEXT, value
