"""Who may see which recordings, and what they are shown of one."""

from dataclasses import dataclass
from typing import Any

from server.access.addresses import AddressSigner
from server.access.desk import Desk
from server.clock import Clock
from server.errors import Rejected
from server.ops.recordings.files import ResultFiles
from server.ops.recordings.pipeline import Pipeline
from server.store.database import Database
from server.store.repositories import facts, recordings, seats
from server.store.repositories.recordings import Recording, Tap

LISTED_MAX = 500
CHAPTERS_MAX = 2000
STAFF = frozenset({"instructor", "assistant"})
CHAPTER_KINDS = frozenset(
    {"recording_started", "recording_paused", "recording_resumed", "recording_stopped", "joined", "left"}
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `sessions`: role by Session. An operator sees everything and is nobody's person."""

    org_id: str
    person_id: str
    sessions: dict[str, str]
    operator: bool = False


class Library:
    """Lists, shows, hands out addresses. Raises `Rejected` with what a person should do."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        desk: Desk,
        signer: AddressSigner,
        files: ResultFiles,
        pipeline: Pipeline,
        students_watch: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._desk = desk
        self._signer = signer
        self._files = files
        self._pipeline = pipeline
        self._students_watch = students_watch

    async def viewer(self, token: str, address: str) -> Viewer:
        """The person behind a personal link. Raises `Rejected`."""
        seat = await self._desk.seat_of_link(token, address)
        async with self._database.read() as connection:
            roles = await seats.roles_of_person(connection, seat.org_id, seat.person_id)
        return Viewer(seat.org_id, seat.person_id, roles)

    async def list(self, viewer: Viewer) -> list[dict[str, Any]]:
        """All that this person may watch, newest first."""
        async with self._database.read() as connection:
            found = await recordings.latest(connection, None if viewer.operator else viewer.org_id, LISTED_MAX)
        return [self._summary(one) for one in found if self._may(viewer, one.session_id)]

    async def show(self, viewer: Viewer, recording_id: str) -> dict[str, Any]:
        """Everything a player needs, with signed addresses; the view is noted."""
        async with self._database.read() as connection:
            one = await recordings.get(connection, None if viewer.operator else viewer.org_id, recording_id)
            if one is None or one.state == "deleted" or not self._may(viewer, one.session_id):
                raise Rejected("recording_unknown", "There is no such recording for you.")
            taps = await recordings.taps_of(connection, one.org_id, recording_id)
            happened = await facts.read(connection, one.org_id, one.session_id, limit=CHAPTERS_MAX)
        if not viewer.operator:
            async with self._database.write() as connection:
                await recordings.add_view(connection, one.org_id, recording_id, viewer.person_id, self._clock.now_utc())
        shown = self._summary(one)
        manifest = one.manifest
        if manifest is None:
            return shown
        people = {tap.participant_id: tap for tap in taps}
        began_s = manifest["began_utc_us"] / 1e6
        end_s = began_s + manifest["duration_s"]
        shown["tracks"] = [self._track(one, viewer, track, people) for track in manifest["tracks"] if track["file"]]
        shown["sound"] = self._address(one, viewer, manifest["mix"])
        shown["chapters"] = [
            {
                "at_s": round(max(0.0, fact.at_utc.timestamp() - began_s), 3),
                "kind": fact.kind,
                "name": _name(fact, people),
            }
            for fact in happened
            if fact.kind in CHAPTER_KINDS and began_s - 1 <= fact.at_utc.timestamp() <= end_s + 1
        ]
        if viewer.operator or viewer.sessions.get(one.session_id) in STAFF:
            shown["problems"] = manifest.get("problems", [])
            shown["copies"] = manifest["copies"]
        return shown

    async def path_of(self, recording_id: str, name: str, person_id: str, until: str, sign: str) -> Any:
        """The file behind a signed address: a path here, or an address in the store. Raises `Rejected`."""
        self._signer.check(recording_id, name, person_id, until, sign, self._clock.now_utc())
        async with self._database.read() as connection:
            one = await recordings.get(connection, None, recording_id)
        if one is None or one.manifest is None or name not in _names(one.manifest):
            raise Rejected("recording_unknown", "There is no such file any more.")
        path = self._files.local(one.org_id, recording_id, name)
        return path if path is not None else await self._files.address(one.org_id, recording_id, name)

    def _may(self, viewer: Viewer, session_id: str) -> bool:
        role = viewer.sessions.get(session_id)
        return viewer.operator or role in STAFF or (role == "student" and self._students_watch)

    def _summary(self, one: Recording) -> dict[str, Any]:
        manifest = one.manifest or {}
        return {
            "recording_id": one.recording_id,
            "session_id": one.session_id,
            "title": one.title,
            "state": one.state,
            "began_utc": one.began_utc.isoformat(),
            "duration_s": manifest.get("duration_s"),
            "verified": one.verified,
            "progress": self._pipeline.progress.get(one.recording_id, 0.0) if one.state == "making" else None,
        }

    def _track(self, one: Recording, viewer: Viewer, track: dict[str, Any], people: dict[str, Tap]) -> dict[str, Any]:
        tap = people.get(track["participant_id"])
        return {
            "track_id": track["track_id"],
            "participant_id": track["participant_id"],
            "name": "" if tap is None else tap.display_name,
            "role": "" if tap is None else tap.role,
            "source": track["source"],
            "kind": track["kind"],
            "lost_packets": track["lost_packets"],
            **(self._address(one, viewer, track["file"]) or {}),
        }

    def _address(self, one: Recording, viewer: Viewer, file: dict[str, Any] | None) -> dict[str, Any] | None:
        if file is None:
            return None
        query = self._signer.query(one.recording_id, file["name"], viewer.person_id, self._clock.now_utc())
        return {
            "url": f"/api/v1/recordings/{one.recording_id}/files/{file['name']}?{query}",
            "content_type": file["content_type"],
            "start_s": file["start_s"],
            "end_s": file["end_s"],
            "spans": file["spans"],
            "width": file["width"],
            "height": file["height"],
        }


def _names(manifest: dict[str, Any]) -> set[str]:
    files = [track["file"] for track in manifest["tracks"]] + [manifest["mix"], manifest["poster"]]
    return {file["name"] for file in files if file}


def _name(fact: facts.Fact, people: dict[str, Tap]) -> str:
    tap = people.get(str(fact.body.get("participant_id", "")))
    return "" if tap is None else tap.display_name
