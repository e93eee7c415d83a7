"""The routes of recordings: who may ask for what, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from server.access.addresses import AddressSigner
from server.errors import Rejected
from server.http.caller import Callers
from server.http.recordings import recording_routes
from server.ops.recordings.deletion import Deleted
from server.ops.recordings.library import Viewer
from tests.http.conftest import MakeClient


class Books:
    """A library and its deletions that remember who asked."""

    def __init__(self, folder: Path) -> None:
        self.film = folder / "film.webm"
        self.film.write_bytes(b"0123456789")
        self.seen: list[Any] = []

    async def viewer(self, token: str, address: str) -> Viewer:
        if token != "mine":
            raise Rejected("link_unknown", "No.")
        return Viewer("org_1", "per_1", {"ses_1": "student"})

    async def list(self, viewer: Viewer) -> list[dict[str, Any]]:
        self.seen.append(viewer)
        return [{"recording_id": "rec_1"}]

    async def show(self, viewer: Viewer, recording_id: str) -> dict[str, Any]:
        raise Rejected("recording_unknown", "There is none.")

    async def path_of(self, recording_id: str, name: str, person_id: str, until: str, sign: str) -> Path:
        return self.film

    async def recording(self, recording_id: str, actor_id: str) -> Deleted:
        self.seen.append(("deleted", recording_id))
        return Deleted(recording_id, 2, 3, "removed")

    async def hold(self, recording_id: str, hold: bool, actor_id: str) -> None:
        self.seen.append(("hold", hold))


def routes(books: Books) -> tuple[Any, ...]:
    callers = Callers((), "secret", "")
    return tuple(recording_routes(books, books, callers))  # type: ignore[arg-type]


async def test_a_person_proves_it_by_link_and_an_operator_by_token(make_client: MakeClient, tmp_path: Path) -> None:
    books = Books(tmp_path)
    client = await make_client(admin_token="secret", more_routes=routes(books))
    assert (await client.get("/api/v1/recordings")).status == 403
    assert (await client.get("/api/v1/recordings", headers={"Authorization": "Bearer other"})).status == 404
    mine = await client.get("/api/v1/recordings", headers={"Authorization": "Bearer mine"})
    assert (await mine.json())["recordings"] == [{"recording_id": "rec_1"}] and not books.seen[-1].operator
    assert (await client.get("/api/v1/recordings", headers={"Authorization": "Bearer secret"})).status == 200
    assert books.seen[-1].operator
    gone = await client.get("/api/v1/recordings/rec_2", headers={"Authorization": "Bearer mine"})
    assert gone.status == 404 and (await gone.json())["code"] == "recording_unknown"


async def test_only_an_operator_deletes_and_holds(make_client: MakeClient, tmp_path: Path) -> None:
    books = Books(tmp_path)
    client = await make_client(admin_token="secret", more_routes=routes(books))
    path = "/api/v1/recordings/rec_1"
    assert (await client.delete(path, headers={"Authorization": "Bearer mine"})).status == 403
    assert (await client.put(path + "/hold", headers={"Authorization": "Bearer mine"})).status == 403
    assert books.seen == []
    done = await client.delete(path, headers={"Authorization": "Bearer secret"})
    assert (await done.json())["keys_destroyed"] == 2
    await client.put(path + "/hold", headers={"Authorization": "Bearer secret"})
    await client.delete(path + "/hold", headers={"Authorization": "Bearer secret"})
    assert books.seen == [("deleted", "rec_1"), ("hold", True), ("hold", False)]


async def test_a_film_comes_in_ranges(make_client: MakeClient, tmp_path: Path) -> None:
    client = await make_client(more_routes=routes(Books(tmp_path)))
    path = "/api/v1/recordings/rec_1/files/film.webm?for=a&until=1&sign=x"
    part = await client.get(path, headers={"Range": "bytes=2-4"})
    assert (part.status, await part.read()) == (206, b"234")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"name": "other"}, "not_allowed"),
        ({"person_id": "per_2"}, "not_allowed"),
        ({"later_h": 7}, "address_expired"),
    ],
)
def test_an_address_is_for_one_file_one_person_and_a_while(change: dict[str, Any], code: str) -> None:
    signer, now_utc = AddressSigner(bytes(32)), datetime(2026, 3, 2, tzinfo=UTC)
    made = dict(parse_qsl(signer.query("rec_1", "film", "per_1", now_utc)))
    name, person_id = change.get("name", "film"), change.get("person_id", "per_1")
    later = now_utc + timedelta(hours=change.get("later_h", 5))
    if not code:
        signer.check("rec_1", name, person_id, made["until"], made["sign"], later)
        return
    with pytest.raises(Rejected, match=code):
        signer.check("rec_1", name, person_id, made["until"], made["sign"], later)
