"""Real deletion: of a recording, or of one person out of it, in every copy and result, with a report of what went.

The key goes first: from then on even a copy that cannot be reached now, or a backup of one, is noise.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from recorder.contract import MixVoice, RemakeMix
from server.clock import Clock
from server.errors import Rejected
from server.ops.recordings.files import ResultFiles
from server.ops.recordings.pipeline import Pipeline
from server.store.database import Database
from server.store.repositories import audit, recordings
from server.store.repositories.recordings import Recording

POSTER = "poster.jpg"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went. Counts only: the report itself must name nobody."""

    recording_id: str
    keys_destroyed: int
    files_removed: int
    copies: str
    """`removed`, or `sealed`: they hold others' parts too, and this person's is noise now."""


class Deletions:
    """Carried out at once; what a recorder must do is asked of it until it has."""

    def __init__(self, database: Database, clock: Clock, files: ResultFiles, pipeline: Pipeline) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._pipeline = pipeline

    async def recording(self, recording_id: str, actor_id: str) -> Deleted:
        """All of it. Raises `Rejected` when it is held or goes on, `Unavailable` when the store is not there."""
        one = await self._get(recording_id)
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            keys = await recordings.destroy_keys(connection, one.org_id, recording_id, now_utc)
        removed = await self._files.remove(one.org_id, recording_id)
        await self._pipeline.drop_copies(recording_id)
        deleted = Deleted(recording_id, keys, removed, "removed")
        async with self._database.write() as connection:
            await recordings.forget_views(connection, one.org_id, recording_id)
            await recordings.change(
                connection,
                recording_id,
                "ended",
                "making",
                "ready",
                state="deleted",
                manifest=None,
                deleted_utc=now_utc,
            )
            await _report(connection, one, actor_id, "recording_deleted", now_utc, deleted)
        return deleted

    async def expired(self, result_days: float) -> int:
        """Delete what is older than this and not held; how many. 0 days: nothing ever."""
        if not result_days:
            return 0
        before_utc = self._clock.now_utc() - timedelta(days=result_days)
        async with self._database.read() as connection:
            ready = await recordings.in_state(connection, "ready")
        old = [one for one in ready if one.began_utc < before_utc and not one.hold]
        for one in old:
            await self.recording(one.recording_id, "retention")
        return len(old)

    async def hold(self, recording_id: str, hold: bool, actor_id: str) -> None:
        """A held recording is neither deleted nor are its raw copies dropped. Raises `Rejected`."""
        async with self._database.write() as connection:
            one = await recordings.get(connection, None, recording_id)
            if one is None or one.state == "deleted":
                raise Rejected("recording_unknown", "There is no such recording.")
            await recordings.change(connection, recording_id, one.state, hold=hold)
            action = "recording_held" if hold else "recording_released"
            await audit.append(connection, one.org_id, actor_id, action, recording_id, self._clock.now_utc())

    async def person(self, org_id: str, person_id: str, actor_id: str) -> list[Deleted]:
        """One person's part in every recording; everybody else's stays."""
        async with self._database.read() as connection:
            those = await recordings.with_person(connection, org_id, person_id)
        return [await self._person_in(one, person_id, actor_id) for one in those]

    async def _person_in(self, one: Recording, person_id: str, actor_id: str) -> Deleted:
        _refuse(one)
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            keys = await recordings.destroy_keys(connection, one.org_id, one.recording_id, now_utc, person_id)
            taps = await recordings.taps_of(connection, one.org_id, one.recording_id)
        theirs = {tap.track_id for tap in taps if tap.person_id == person_id}
        manifest = one.manifest or {}
        tracks = manifest.get("tracks", [])
        gone = [track["file"]["name"] for track in tracks if track["track_id"] in theirs and track.get("file")]
        left = [track for track in tracks if track["track_id"] not in theirs]
        # The common sound and the picture may show the person: both go with the files, and sound is mixed anew.
        names = [*gone, "sound.webm", POSTER, "manifest.json"] if gone else []
        removed = await self._files.remove(one.org_id, one.recording_id, names) if names else 0
        deleted = Deleted(one.recording_id, keys, removed, "sealed")
        async with self._database.write() as connection:
            if gone:
                kept = {**manifest, "tracks": left, "mix": None, "poster": None}
                await recordings.change(connection, one.recording_id, "ready", manifest=kept)
            await _report(connection, one, actor_id, "recording_person_deleted", now_utc, deleted, person_id)
        if gone:
            self._remake(one, left, float(manifest.get("duration_s", 0.0)))
        return deleted

    def _remake(self, one: Recording, left: list[dict[str, Any]], duration_s: float) -> None:
        voices = tuple(
            MixVoice(track["file"]["name"], track["file"]["start_s"])
            for track in left
            if track["kind"] == "audio" and track.get("file")
        )
        if self._pipeline.link is not None:
            self._pipeline.link.want(RemakeMix(one.recording_id, one.org_id, voices, duration_s))

    async def _get(self, recording_id: str) -> Recording:
        async with self._database.read() as connection:
            one = await recordings.get(connection, None, recording_id)
        if one is None or one.state == "deleted":
            raise Rejected("recording_unknown", "There is no such recording.")
        _refuse(one)
        return one


def _refuse(one: Recording) -> None:
    if one.hold:
        raise Rejected("recording_held", "This recording is held: lift the hold first.")
    if one.state == "live":
        raise Rejected("recording_live", "This class is still being recorded.")


async def _report(
    connection: Any, one: Recording, actor_id: str, action: str, now_utc: Any, deleted: Deleted, person_id: str = ""
) -> None:
    """In the audit chain, whose hashes sign it. Ids only."""
    detail = {
        "keys_destroyed": deleted.keys_destroyed,
        "files_removed": deleted.files_removed,
        "copies": deleted.copies,
    }
    if person_id:
        detail["person_id"] = person_id
    await audit.append(connection, one.org_id, actor_id, action, one.recording_id, now_utc, detail)
