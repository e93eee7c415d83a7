"""What must not get into a log does not; what must be read there stays."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from server.ids import mint
from server.limits import LINK_TOKEN_BYTES, LOG_VALUE_CHARS_MAX
from server.telemetry.log import configure_logging
from server.telemetry.redact import BLANK, redact, scrub, scrub_text


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    text = io.StringIO()
    configure_logging("info", "json", "test", text)
    yield text
    structlog.reset_defaults()
    root.handlers[:], root.level = before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("place", "is_json"), [(io.StringIO, True), (Terminal, False)])
def test_a_terminal_gets_text_and_a_file_gets_json(out: io.StringIO, place: type[io.StringIO], is_json: bool) -> None:
    where = place()
    configure_logging("info", "auto", "test", where)
    structlog.get_logger("test").info("room_opened", room="rom_1")
    assert where.getvalue().startswith("{") is is_json
    assert "room_opened" in where.getvalue()


def line(out: io.StringIO) -> dict[str, object]:
    (only,) = out.getvalue().splitlines()
    value: dict[str, object] = json.loads(only)
    return value


@pytest.mark.parametrize(
    "private",
    [
        "nHcXslxvFsGLgp5wN6GZaP8a5YlJlNwj",
        "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJob21lcm9vbSJ9.xvzfIP7H_fb64I7tXMLV-YdQ-PssnSoi",
        "203.0.113.77",
        "2001:db8:85a3::8a2e:370:7334",
        "fe80::1",
        "anna.schmidt+school@example.org",
    ],
)
@pytest.mark.parametrize("around", ["{}", "refused {} twice", "({})", "at={},", "'{}'", "/j/{}?x=1", "[{}]:443"])
def test_private_things_are_blanked_wherever_they_stand(private: str, around: str) -> None:
    assert private not in scrub_text(around.format(private))


@pytest.mark.parametrize(
    "harmless",
    [
        "ses_W1WxwV27Uj1Y-GYot7bASA",
        "2026-11-21T12:16:12.974103Z",
        "12:30:05",
        "Traceback (most recent call last):",
        "server.access.tickets",
        "AEAD_AES_128_GCM",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "127.0.0.1",
        "0.0.0.0",
        "::",
        "version 1.2.3",
        "std::sync::Mutex",
    ],
)
def test_what_helps_at_three_in_the_morning_stays(harmless: str) -> None:
    assert scrub_text(f"seen {harmless} here") == f"seen {harmless} here"


@given(st.binary(min_size=LINK_TOKEN_BYTES, max_size=LINK_TOKEN_BYTES))
def test_a_link_in_an_address_is_always_blanked(random: bytes) -> None:
    import base64

    token = base64.urlsafe_b64encode(random).decode()
    assert token not in scrub_text(f"GET /j/{token} failed")
    assert token not in scrub_text(f"GET /api/v1/join/{token} failed")


def test_ids_pass_always() -> None:
    for _ in range(500):
        identity = mint("par")
        assert scrub_text(f"{identity} left") == f"{identity} left"


def test_private_keys_are_blanked_at_every_depth() -> None:
    value = {
        "seat": {"display_name": "Anna", "seat_id": "sea_1", "list": [{"email": "x"}]},
        "n": 1,
        "on": True,
        "no": None,
    }
    assert scrub(value) == {
        "seat": {"display_name": BLANK, "seat_id": "sea_1", "list": [{"email": BLANK}]},
        "n": 1,
        "on": True,
        "no": None,
    }


def test_a_wrapped_value_prints_nowhere() -> None:
    anna = redact("Anna")
    assert f"{anna} {anna!r} {anna:>20} {[anna]}" == f"{BLANK} {BLANK} {BLANK} [{BLANK}]"
    assert anna.value == "Anna"


def test_long_values_are_cut() -> None:
    assert len(scrub_text("x" * 100_000)) <= LOG_VALUE_CHARS_MAX + 1


def test_nesting_ends() -> None:
    deep: dict[str, object] = {}
    for _ in range(1000):
        deep = {"more": deep}
    assert len(json.dumps(scrub(deep))) < 10 * LOG_VALUE_CHARS_MAX


def test_the_line_begins_with_the_event_then_ids_from_the_outside_in(out: io.StringIO) -> None:
    structlog.get_logger("live").info("track_live", track_id="trk_1", room_id="rom_1", session_id="ses_1", bits=7)
    assert list(line(out)) == ["event", "level", "at", "process", "logger", "session_id", "room_id", "track_id", "bits"]


def test_what_libraries_log_goes_through_the_same_door(out: io.StringIO) -> None:
    logging.getLogger("aiohttp.server").error("request from %s for %s", "203.0.113.77", {"token": "abc"})
    logging.getLogger("aiohttp.server").info("chatter")
    found = line(out)
    assert found["event"] == f"request from {BLANK} for {{'token': 'abc'}}"


def test_a_traceback_is_kept_and_cleaned(out: io.StringIO) -> None:
    def fails(token: str) -> None:
        raise ValueError(f"cannot use {token} from 203.0.113.77")

    try:
        fails("nHcXslxvFsGLgp5wN6GZaP8a5YlJlNwj")
    except ValueError:
        structlog.get_logger("x").exception("it_broke", display_name="Anna", what=redact("Anna"))
    text = out.getvalue()
    assert "ValueError" in text and "in fails" in text
    for private in ("nHcXslxvFsGLgp5wN6GZaP8a5YlJlNwj", "203.0.113.77", "Anna"):
        assert private not in text


def test_the_level_is_kept(out: io.StringIO) -> None:
    structlog.get_logger("x").debug("too_quiet")
    assert out.getvalue() == ""
