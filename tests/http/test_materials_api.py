"""Materials over the real server: what is taken, what is refused, and that nothing is left behind."""

import asyncio
import io
import json
import os
import random
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.limits import MATERIALS_PER_STUDENT_MAX, STUDENT_MATERIAL_BYTES_MAX
from server.ops.booking import SeatedPerson
from server.store.material_files import MaterialFiles
from tests.http.real import Campus, campus
from tests.http.test_session_api import example, fits

PATH = "/api/v1/session/materials"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Campus]:
    async with campus(tmp_path) as opened:
        yield opened


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + header
        + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )


def document(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def form(content: bytes, name: str, field: str = "file") -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)  # as browsers do
    data.add_field(field, io.BytesIO(content), filename=name, content_type="application/octet-stream")
    return data


async def upload(school: Campus, who: SeatedPerson, content: bytes, name: str = "a file") -> tuple[int, Any]:
    return await school.ask(who, PATH, "POST", data=form(content, name))


async def until(holds: Callable[[], bool]) -> None:
    """Let the server go on until this holds; the test's own limit ends it otherwise."""
    while not holds():  # noqa: ASYNC110 (a folder has no bell)
        await asyncio.sleep(0)


def left_on_disk(school: Campus) -> dict[str, int]:
    root = school.folder / "data" / "materials"
    return {folder: len(os.listdir(root / folder)) for folder in ("served", "quarantine")}


async def test_a_file_goes_round(school: Campus) -> None:
    status, made = await upload(school, school.ben, PDF, "../../etc/Work\u202esheet 3.pdf")
    assert status == 201, made
    fits({"materials": [made]}, example("materials"))
    assert (made["name"], made["media_type"], made["bytes"], made["audience"]) == (
        "Worksheet 3.pdf",
        "application/pdf",
        len(PDF),
        "class",
    )
    listed = await school.good(school.ada, PATH)
    assert listed["materials"] == [made]
    assert (await school.good(school.ada, "/api/v1/session"))["materials"] == [made]
    headers = {"Authorization": f"Bearer {school.ada.link.token}"}
    url = f"{school.origin}{PATH}/{made['material_id']}"
    async with school.http.get(url, headers=headers) as answer:
        assert await answer.read() == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("inline;")
    async with school.http.get(url, headers=headers | {"Range": "bytes=0-3"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"%PDF")
    assert (await school.ask(school.ada, f"{PATH}/{made['material_id']}", "DELETE"))[0] == 403
    assert (await school.ask(school.ben, f"{PATH}/{made['material_id']}", "DELETE"))[0] == 204
    assert left_on_disk(school) == {"served": 0, "quarantine": 0}
    assert (await school.ask(school.ada, f"{PATH}/{made['material_id']}"))[0] == 404


async def test_a_students_answer_is_for_staff_and_themself(school: Campus) -> None:
    status, made = await upload(school, school.ada, png(640, 480), "my answer.png")
    assert (status, made["audience"], made["width"], made["height"]) == (201, "staff", 640, 480)
    assert (await school.good(school.cara, PATH))["materials"] == []
    assert (await school.ask(school.cara, f"{PATH}/{made['material_id']}"))[0] == 404
    assert (await school.ask(school.cara, f"{PATH}/{made['material_id']}", "DELETE"))[0] == 404
    assert (await school.good(school.ben, PATH))["materials"] == [made]
    assert (await school.ask(school.ada, f"{PATH}/{made['material_id']}", "DELETE"))[0] == 204


BOMB = document(**{"word/media/image1.bmp": bytes(40_000_000)})
REFUSED = {
    "a page that calls itself a picture": (b"<html><script>alert(1)</script>", "cat.png", "type_refused"),
    "a drawing that can run": (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "a.svg",
        "type_refused",
    ),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(100), "a.pdf", "type_refused"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "notes.txt", "type_refused"),
    "nothing": (b"", "empty.txt", "type_refused"),
    "bytes": (bytes(range(256)), "a.txt", "type_refused"),
    "a plain archive": (b"", "a.zip", "type_refused"),
    "a document with macros": (document(**{"word/vbaProject.bin": b"x"}), "a.docx", "type_refused"),
    "half a document": (document()[:-30], "a.docx", "type_refused"),
    "a bomb": (BOMB, "a.docx", "archive_refused"),
    "a picture of a billion points": (png(40_000, 40_000), "a.png", "archive_refused"),
    "a picture that ends early": (b"\x89PNG\r\n\x1a\n", "a.png", "type_refused"),
}


async def test_what_is_refused_leaves_nothing(school: Campus) -> None:
    for what, (content, name, code) in REFUSED.items():
        status, refused = await upload(school, school.ben, content, name)
        assert (status, refused.get("code")) == (415, code), what
        assert "text" in refused
    assert left_on_disk(school) == {"served": 0, "quarantine": 0}
    assert (await school.good(school.ben, PATH))["materials"] == []


async def test_more_than_may_be_is_refused_while_it_comes(school: Campus) -> None:
    status, refused = await upload(school, school.ada, b"x" * (STUDENT_MATERIAL_BYTES_MAX + 1), "long.txt")
    assert (status, refused["code"]) == (413, "too_large")
    assert left_on_disk(school) == {"served": 0, "quarantine": 0}
    for number in range(MATERIALS_PER_STUDENT_MAX):
        assert (await upload(school, school.ada, b"note", f"{number}.txt"))[0] == 201
    status, refused = await upload(school, school.ada, b"note", "one more.txt")
    assert (status, refused["code"]) == (409, "full")
    assert (await upload(school, school.ben, b"note", "staff.txt"))[0] == 201


async def test_what_is_no_upload_is_refused(school: Campus) -> None:
    for more in (
        {"json": {"file": "x"}},
        {"data": form(PDF, "a.pdf", field="attachment")},
        {"data": b"--x--", "headers": None},
    ):
        more.pop("headers", None)
        status, refused = await school.ask(school.ben, PATH, "POST", **more)
        assert (status, refused["code"]) == (400, "bad_request"), more
    headers = {"Authorization": f"Bearer {school.ben.link.token}", "Content-Type": "multipart/form-data; boundary=b"}
    for body in (b"--b\r\nnonsense", b"", b"--b--\r\n", b"--b\r\n\r\n\r\n--b--\r\n"):
        async with school.http.post(school.origin + PATH, headers=headers, data=body) as answer:
            assert answer.status == 400, body
            assert (await answer.json())["code"] == "bad_request", body
    assert left_on_disk(school) == {"served": 0, "quarantine": 0}


async def test_an_upload_that_breaks_off_leaves_nothing(school: Campus) -> None:
    port = int(school.origin.rsplit(":", 1)[1])
    _reader, writer = await asyncio.open_connection("localhost", port)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {school.ben.link.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello'
    )
    writer.write(head.encode())
    await writer.drain()
    await until(lambda: left_on_disk(school)["quarantine"] == 1)
    writer.close()
    await until(lambda: left_on_disk(school)["quarantine"] == 0)
    assert left_on_disk(school) == {"served": 0, "quarantine": 0}
    assert (await school.good(school.ben, PATH))["materials"] == []


async def test_random_bytes_never_break_the_server(school: Campus) -> None:
    chance = random.Random(7)
    seeds = [
        PDF,
        png(10, 10),
        document(),
        b"RIFF1234WEBPVP8X" + bytes(14),
        b"GIF89a\x01\x00\x01\x00",
        b"\xff\xd8\xff\xe0",
    ]
    for _ in range(60):
        school.clock.advance(1)
        content = bytearray(chance.choice(seeds) + chance.randbytes(chance.randrange(40)))
        for _ in range(chance.randrange(6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        status, body = await upload(school, school.ben, bytes(content), "x")
        assert status in (201, 415), (status, bytes(content))
        if status == 201:
            await school.ask(school.ben, f"{PATH}/{body['material_id']}", "DELETE")


def test_a_start_sweeps_what_nobody_knows(tmp_path: Path) -> None:
    files = MaterialFiles(tmp_path)
    files.prepare()
    kept, orphan = "mat_" + "a" * 22, "mat_" + "b" * 22
    for name in (kept, orphan):
        files.path(name).write_bytes(b"x")
    (tmp_path / "quarantine" / ("mat_" + "c" * 22)).write_bytes(b"half")
    files.prepare()
    assert files.sweep({kept}) == 1
    assert [path.name for path in (tmp_path / "served").iterdir()] == [kept]
    assert list((tmp_path / "quarantine").iterdir()) == []
    assert json.dumps(os.stat(tmp_path / "served").st_mode & 0o777) == str(0o700)
