"""Bytes to messages and back. A malformed message is an ordinary value, `Refusal`, never an exception.

Strict: at most `MESSAGE_BYTES_MAX` bytes, UTF-8 JSON, exactly the fields of `signaling/messages.py`. Pure: no
aiohttp, asyncio or database.
"""

from dataclasses import dataclass

import msgspec

from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import MESSAGE_BYTES_MAX, ClientMessage, Error, ServerMessage

TEXT_CHARS_MAX = 200
_ID_MAX = 2**53 - 1

_encoder = msgspec.json.Encoder()
_client_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server_decoder: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


class _OnlyId(msgspec.Struct, frozen=True):
    id: int = 0


_id_decoder = msgspec.json.Decoder(_OnlyId)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not taken. `re` is its id, or 0 when none could be read."""

    re: int
    code: ErrorCode
    text: str

    def message(self) -> Error:
        return Error(re=self.re, code=self.code.value, text=self.text)


def refuse(re: int, code: ErrorCode) -> Refusal:
    """A refusal with the code's own sentence."""
    return Refusal(re, code, ERROR_TEXTS[code])


def decode_client(data: bytes) -> ClientMessage | Refusal:
    """One message of a client. Never raises, whatever the bytes."""
    if len(data) > MESSAGE_BYTES_MAX:
        return refuse(0, ErrorCode.TOO_LARGE)
    try:
        return _client_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Refusal(_read_id(data), ErrorCode.BAD_MESSAGE, _sentence(str(error)))
    except RecursionError:  # msgspec's guard against nesting that no message of ours has
        return Refusal(0, ErrorCode.BAD_MESSAGE, "The message is nested too deeply.")


def encode(message: ServerMessage | ClientMessage) -> bytes:
    """The message as JSON."""
    return _encoder.encode(message)


def decode_server(data: bytes) -> ServerMessage:
    """One message of the server, for clients written in Python and for tests. Raises `msgspec.MsgspecError`."""
    return _server_decoder.decode(data)


def _read_id(data: bytes) -> int:
    """The id of a message that is otherwise wrong, so that the client learns which of its messages it was."""
    try:
        found = _id_decoder.decode(data).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0
    return found if 1 <= found <= _ID_MAX else 0


def _sentence(reason: str) -> str:
    return f"The message is not one of the protocol: {reason}."[:TEXT_CHARS_MAX]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that many Participants get, encoded once; each copy differs only in its `seq`."""

    head: bytes
    tail: bytes

    def at(self, seq: int) -> bytes:
        return b"%b%d%b" % (self.head, seq, self.tail)


def prepare(message: ServerMessage) -> Prepared:
    """Encode a message that carries `seq`; the value in it is left out. `ValueError` for one that carries none."""
    encoded = _encoder.encode(message)
    head = f'{{"type":"{message.__struct_config__.tag}","seq":'.encode()
    if not encoded.startswith(head):
        raise ValueError(f"{type(message).__name__} carries no seq")
    rest = encoded[len(head) :]
    digits = len(rest) - len(rest.lstrip(b"0123456789"))
    return Prepared(head, rest[digits:])
