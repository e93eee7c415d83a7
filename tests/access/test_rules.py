"""Policy, rate limits and keys."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from server.access.keys import load_or_make
from server.access.policy import ACTIONS, ROLES, actions, allows, publish_action
from server.access.rate import RateLimit
from server.clock import ManualClock
from server.errors import Unavailable
from signaling import messages


def test_policy_and_protocol_speak_of_the_same_roles_and_sources() -> None:
    assert get_args(messages.Role) == ROLES
    for source in get_args(messages.Source):
        assert publish_action(source) in ACTIONS


def test_the_table() -> None:
    for role in ROLES:
        assert actions(role) <= set(ACTIONS)
        assert {"see_participants", "see_media", "leave"} <= actions(role)
    for role in ("instructor", "assistant", "student"):
        assert {"publish_mic", "publish_camera", "publish_screen", "mute_self"} <= actions(role)
    assert not {action for action in actions("observer") if action.startswith("publish")}


@pytest.mark.parametrize("role", ["", "admin", "Instructor", "student "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert actions(role) == frozenset()
    assert not allows(role, "leave")


def test_an_unknown_source_may_nobody_publish() -> None:
    assert not any(allows(role, publish_action("hologram")) for role in ROLES)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, burst=3, per_s=2.0)
    assert [limit.take("a") for _ in range(4)] == [True, True, True, False]
    assert limit.take("b")
    clock.advance(0.5)
    assert [limit.take("a"), limit.take("a")] == [True, False]
    clock.advance(3600)
    assert [limit.take("a") for _ in range(4)] == [True, True, True, False]
    assert limit.refused == 3


def test_a_refused_attempt_does_not_push_the_end_away() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, burst=1, per_s=1.0)
    assert limit.take("a")
    for _ in range(9):
        clock.advance(0.1)
        assert not limit.take("a")
    clock.advance(0.11)
    assert limit.take("a")


def test_looking_takes_nothing() -> None:
    limit = RateLimit(ManualClock(), burst=1, per_s=1.0)
    assert all(limit.allows("a") for _ in range(10))
    assert len(limit) == 0


def test_the_table_of_limits_does_not_grow() -> None:
    limit = RateLimit(ManualClock(), burst=1, per_s=1.0, entries_max=10)
    for number in range(11):
        assert limit.take(str(number))
    assert len(limit) == 10
    assert not limit.take("10"), "the newest are remembered"
    assert limit.take("0"), "the oldest made room"


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ticket.pem"
    first = load_or_make(path)
    assert load_or_make(path).key_id == first.key_id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["ticket.pem"]


def test_of_two_that_start_at_once_both_have_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ticket.pem"
    path.parent.mkdir()
    from server.store.files import write_private_once

    assert [write_private_once(path, b"one"), write_private_once(path, b"two")] == [True, False]
    assert path.read_bytes() == b"one"
    path.unlink()
    with ThreadPoolExecutor(1) as pool:
        assert len({pool.submit(load_or_make, path).result().key_id for _ in range(4)}) == 1


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_broken_key_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ticket.pem").write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        load_or_make(tmp_path / "ticket.pem")
    assert caught.value.code == "key_unreadable"
