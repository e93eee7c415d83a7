"""Strict reading of clients' messages, and what is refused with which sentence."""

import json
import random
import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import messages
from signaling.codec import Refusal, decode_client, decode_server, encode, prepare
from signaling.codes import ErrorCode
from signaling.messages import MESSAGE_BYTES_MAX, Ack, Hello, Ping, SpeakersChanged

CLIENT = typing.get_args(messages.ClientMessage)
SERVER = typing.get_args(messages.ServerMessage)


def refusal(data: bytes) -> Refusal:
    found = decode_client(data)
    assert isinstance(found, Refusal), found
    return found


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    decode_client(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    )
)
def test_any_json(value: object) -> None:
    assert isinstance(decode_client(json.dumps(value).encode()), Refusal)


@given(st.builds(Ping, id=st.integers(1, 2**53 - 1), seq=st.integers(0, 2**53 - 1)))
def test_written_is_read_back(message: messages.ClientMessage) -> None:
    assert decode_client(encode(message)) == message


def test_what_is_wrong_is_said_with_the_id() -> None:
    wrong = refusal(b'{"type":"ping","id":7,"seq":"x"}')
    assert (wrong.re, wrong.code) == (7, ErrorCode.BAD_MESSAGE)
    assert "seq" in wrong.text and len(wrong.text) <= 200
    assert refusal(b'{"type":"ping","id":8,"more":1}').re == 8, "unknown fields are refused"
    assert refusal(b'{"type":"dance","id":9}').re == 9
    assert refusal(b'{"type":"ping","id":0}').re == 0
    assert refusal(b'{"type":"ping","id":-4}').re == 0
    assert refusal(b"\xff\xfe").re == 0
    assert refusal(b"[]").re == 0


def test_one_over_the_limit() -> None:
    padding = b" " * (MESSAGE_BYTES_MAX - len(b'{"type":"ping","id":7}'))
    assert decode_client(b'{"type":"ping","id":7}' + padding) == Ping(id=7)
    assert refusal(b'{"type":"ping","id":7}' + padding + b" ").code == ErrorCode.TOO_LARGE


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 40_000, b'{"id":1,"x":' + b"[" * 100_000])
def test_nesting(text: bytes) -> None:
    assert refusal(text).code == ErrorCode.BAD_MESSAGE


def test_limits_of_fields() -> None:
    hello = {"type": "hello", "id": 1, "version": 1, "ticket": "t" * 4096}
    assert isinstance(decode_client(json.dumps(hello).encode()), Hello)
    assert refusal(json.dumps(hello | {"ticket": "t" * 4097}).encode()).re == 1
    wish = {"slot": 6, "track_id": "trk_1"}
    layout = {"type": "layout", "id": 2, "slots": [wish] * 65}
    assert refusal(json.dumps(layout).encode()).re == 2
    assert refusal(json.dumps(layout | {"slots": [wish | {"track_id": "no spaces"}]}).encode()).re == 2


def test_mutated_messages_never_raise() -> None:
    chance = random.Random(1)
    whole = encode(Hello(id=1, version=1, ticket="t"))
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        decode_client(bytes(data))


def test_prepared_messages_differ_only_in_seq() -> None:
    sample = messages.TrackClosed(seq=123, track_id="trk_1")
    assert decode_server(prepare(sample).at(9)) == messages.TrackClosed(seq=9, track_id="trk_1")
    with pytest.raises(ValueError, match="carries no seq"):
        prepare(SpeakersChanged(speakers=()))
    with pytest.raises(ValueError, match="carries no seq"):
        prepare(Ack(re=1))


def test_every_numbered_message_can_be_prepared() -> None:
    """`seq` is the first field of each, so that it can be put in without encoding again; `welcome` is never
    numbered."""
    for kind in SERVER:
        names = kind.__struct_fields__
        if "seq" in names and kind is not messages.Welcome:
            assert names[0] == "seq", kind.__name__


def test_every_client_message_has_an_id_first() -> None:
    assert all(kind.__struct_fields__[0] == "id" for kind in CLIENT)
    tags = [kind.__struct_config__.tag for kind in (*CLIENT, *SERVER)]
    assert len(set(tags)) == len(tags)
    assert all(msgspec.structs.fields(kind) for kind in SERVER)
