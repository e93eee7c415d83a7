"""The demonstration is made once; its links stay, and what was lost of it is made again."""

import asyncio
import stat
from pathlib import Path

from server.access.links import JOIN_PATH, follow_link
from server.clock import ManualClock
from server.ops.demo import PEOPLE, ensure_demo
from server.store.database import open_sqlite
from server.store.repositories import seats


async def test_links_are_made_once_and_lost_ones_again(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "demo-links.json"
    database = await open_sqlite(tmp_path / "homeroom.db")
    first, at_once = await asyncio.gather(ensure_demo(database, clock, file), ensure_demo(database, clock, file))
    assert first == at_once == await ensure_demo(database, clock, file)
    assert [(one.display_name, one.role) for one in first] == list(PEOPLE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    async with database.write() as connection:
        for one in first:
            link, seat = await follow_link(connection, one.path.removeprefix(JOIN_PATH), clock.now_utc())
            assert seat.seat_id == one.seat_id
            assert seat.session.always_open
        await seats.revoke_link(connection, link.org_id, link.link_id, clock.now_utc())
    second = await ensure_demo(database, clock, file)
    assert second[:-1] == first[:-1]
    assert second[-1].seat_id == first[-1].seat_id and second[-1].path != first[-1].path, "a withdrawn link is replaced"

    file.unlink()
    third = await ensure_demo(database, clock, file)
    assert [one.seat_id for one in third] == [one.seat_id for one in first], "the same people"
    assert not {one.path for one in third} & {one.path for one in second}
    assert "/j/" not in repr(third), "links do not print themselves"
    await database.close()
