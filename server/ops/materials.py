"""Materials of a Session: taken in through a quarantine, looked at, listed, given out, removed."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import structlog

from server.access.holder import Holder
from server.clock import Clock
from server.errors import Rejected
from server.ids import mint
from server.limits import (
    MATERIAL_BYTES_MAX,
    MATERIAL_BYTES_PER_SESSION_MAX,
    MATERIALS_PER_SESSION_MAX,
    MATERIALS_PER_STUDENT_MAX,
    NAME_CHARS_MAX,
    STUDENT_MATERIAL_BYTES_MAX,
    UPLOADS_AT_ONCE_MAX,
)
from server.ops.sniff import sniff
from server.ops.wire import Json, instant, person
from server.store.database import Database
from server.store.material_files import MaterialFiles
from server.store.repositories import audit, materials, seats
from server.store.repositories.materials import Material

# Pictures and PDF are shown by the page itself; the rest is saved.
_SHOWN = ("image/", "application/pdf", "text/plain", "audio/", "video/")

_log = structlog.get_logger("ops")


class Materials:
    """`start` once, before the first request."""

    def __init__(self, database: Database, files: MaterialFiles, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self._uploads = 0

    async def start(self) -> None:
        """Folders are there, and hold nothing that the list doesn't know."""
        await asyncio.to_thread(self._files.prepare)
        async with self._database.read() as connection:
            known = await materials.known_ids(connection)
        orphans = await asyncio.to_thread(self._files.sweep, known)
        if orphans:
            _log.warning("materials_swept", count=orphans)

    async def listed(self, holder: Holder) -> Json:
        """What this person may see."""
        async with self._database.read() as connection:
            found = await materials.of_session(connection, holder.org_id, holder.session_id)
            everyone = await seats.list_seats(connection, holder.org_id, holder.session_id)
        names = {seat.seat_id: seat.display_name for seat in everyone}
        return {"materials": [material_json(one, names) for one in found if visible_to(holder, one)]}

    async def take(self, holder: Holder, name: str, pieces: AsyncIterator[bytes]) -> Json:
        """A new file. Nothing of it can be fetched before its content was looked at. Raises `Rejected`."""
        if holder.role not in ("instructor", "assistant", "student"):
            raise Rejected("not_allowed", "Observers add no materials.")
        async with self._database.read() as connection:
            _require_place(holder, await materials.of_session(connection, holder.org_id, holder.session_id), 0)
        if self._uploads >= UPLOADS_AT_ONCE_MAX:
            raise Rejected("too_many", "Too many uploads at once. Try again in a moment.")
        material_id = mint("mat")
        bytes_max = MATERIAL_BYTES_MAX if holder.is_staff else STUDENT_MATERIAL_BYTES_MAX
        self._uploads += 1
        draft = self._files.draft(material_id)
        try:
            await draft.fill(pieces, bytes_max)
            found = await asyncio.to_thread(sniff, draft.path)
            made = Material(
                holder.org_id,
                material_id,
                holder.session_id,
                holder.seat_id,
                clean_name(name),
                found.media_type,
                draft.size_bytes,
                draft.sha256,
                found.width,
                found.height,
                "class" if holder.is_staff else "staff",
                self._clock.now_utc(),
            )
            self._files.keep(draft, material_id)
            await self._enter(holder, made)
        finally:
            draft.drop()
            self._uploads -= 1
        return material_json(made, {holder.seat_id: holder.display_name})

    async def _enter(self, holder: Holder, made: Material) -> None:
        """Into the list, if there is still a place: others may have come in meanwhile."""
        try:
            async with self._database.write() as connection:
                _require_place(
                    holder,
                    await materials.of_session(connection, holder.org_id, holder.session_id),
                    made.size_bytes,
                )
                await materials.add(connection, made)
        except BaseException:
            self._files.remove(made.material_id)
            raise

    async def file(self, holder: Holder, material_id: str) -> tuple[Material, Path]:
        """A file that this person may see. Raises `Rejected`."""
        async with self._database.read() as connection:
            found = await materials.get(connection, holder.org_id, holder.session_id, material_id)
        if found is None or not visible_to(holder, found):
            raise Rejected("not_found", "There is no such material.")
        return found, self._files.path(found.material_id)

    async def remove(self, holder: Holder, material_id: str) -> None:
        """Staff remove any, others their own. Raises `Rejected`."""
        async with self._database.write() as connection:
            found = await materials.get(connection, holder.org_id, holder.session_id, material_id)
            if found is None or not visible_to(holder, found):
                raise Rejected("not_found", "There is no such material.")
            if not holder.is_staff and found.seat_id != holder.seat_id:
                raise Rejected("not_allowed", "Only instructors remove what others put here.")
            await materials.remove(connection, holder.org_id, material_id)
            await audit.append(
                connection, holder.org_id, holder.seat_id, "material_removed", material_id, self._clock.now_utc()
            )
        self._files.remove(material_id)


def visible_to(holder: Holder, one: Material) -> bool:
    """Staff see all; others what is for the class, and their own."""
    return holder.is_staff or one.audience == "class" or one.seat_id == holder.seat_id


def is_shown(media_type: str) -> bool:
    """May the page show it in itself?"""
    return media_type.startswith(_SHOWN)


def clean_name(name: str) -> str:
    """What is left of a file's name: no folders, nothing unprintable, not too long, never empty."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = "".join(letter for letter in last if letter.isprintable()).strip().strip(".")
    if len(text) > NAME_CHARS_MAX:
        stem, dot, suffix = text.rpartition(".")
        keeps = bool(dot) and len(suffix) <= 8
        text = stem[: NAME_CHARS_MAX - len(suffix) - 1] + "." + suffix if keeps else text[:NAME_CHARS_MAX]
    return text or "file"


def material_json(one: Material, names: Mapping[str, str]) -> Json:
    return {
        "material_id": one.material_id,
        "name": one.name,
        "media_type": one.media_type,
        "bytes": one.size_bytes,
        "width": one.width,
        "height": one.height,
        "audience": one.audience,
        "uploaded_by": person(one.seat_id, names),
        "uploaded_utc": instant(one.uploaded_utc),
    }


def _require_place(holder: Holder, there: Sequence[Material], size_bytes: int) -> None:
    if len(there) >= MATERIALS_PER_SESSION_MAX:
        raise Rejected("full", f"A class has at most {MATERIALS_PER_SESSION_MAX} materials. Remove one first.")
    if sum(one.size_bytes for one in there) + size_bytes > MATERIAL_BYTES_PER_SESSION_MAX:
        raise Rejected("full", "The materials of this class take all their space. Remove one first.")
    own = sum(one.seat_id == holder.seat_id for one in there)
    if not holder.is_staff and own >= MATERIALS_PER_STUDENT_MAX:
        raise Rejected("full", f"A student has at most {MATERIALS_PER_STUDENT_MAX} files. Remove one first.")
