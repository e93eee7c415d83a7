"""From the end of a class to a result that plays: ended, settled, made, verified, kept, in time dropped.

Each step is a state in the database, so a control process that dies goes on where it was. What cannot be made is tried
again with growing waits, the raw copies stay, and somebody hears of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from recorder.contract import (
    CopyDropped,
    DropCopy,
    ExpectedTrack,
    MixRemade,
    News,
    OrderFailed,
    Problem,
    Processed,
    ProcessRecording,
    Progress,
)
from server.clock import Clock
from server.errors import HomeroomError
from server.ops.recordings.files import CopyFolders
from server.ops.recordings.link import RecorderLink
from server.ops.recordings.watch import Watch
from server.store.database import Database
from server.store.fact_log import FactLog
from server.store.repositories import cases, recordings
from server.store.repositories.recordings import Recording, Tap

EVERY_S = 1.0
SETTLE_S_MAX = 20.0  # a media process that is gone settles nothing: then what is on the disks is all there is
RETRY_S = (10.0, 60.0, 300.0, 1800.0)
TRIES_BEFORE_CASE = 2
CASE_DUE_S = 24 * 3600.0
LEADS = frozenset({"instructor", "assistant"})
SCREENS = frozenset({"screen", "screen_audio"})

_log = structlog.get_logger("recordings")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what is kept. 0 days of a result: for ever."""

    raw_days: float
    result_days: float


class Pipeline:
    """`run` drives every recording on; `news` hears the recorder; `live` names those whose Room stands."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        facts: FactLog,
        watch: Watch,
        folders: CopyFolders,
        keeping: Keeping,
        live: Callable[[], frozenset[str]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._facts = facts
        self._watch = watch
        self._folders = folders
        self._keeping = keeping
        self._live = live
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self.progress: dict[str, float] = {}
        self.link: RecorderLink | None = None

    def news(self, news: News) -> None:
        """From the link; carried out in `run`."""
        if isinstance(news, Progress):
            self.progress[news.recording_id] = news.done
        else:
            self._news.put_nowait(news)

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.step()
            except HomeroomError as error:
                _log.error("recording_pipeline_failed", code=error.code)
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._take(await self._news.get())
            except TimeoutError:
                pass
            except HomeroomError as error:
                _log.error("recording_news_not_kept", code=error.code)

    async def step(self) -> None:
        """Whatever is due now."""
        live = self._live()
        async with self._database.read() as connection:
            waiting = await recordings.in_state(connection, "live", "ended", "making")
            ready = await recordings.in_state(connection, "ready")
        for one in waiting:
            if one.state == "live" and one.recording_id not in live:
                await self._end(one)
            elif one.state == "ended" and self._is_due(one):
                await self._make(one)
            elif one.state == "making":
                await self._order(one)
        for one in ready:
            await self._drop_raw(one)

    # --- steps ------------------------------------------------------------------------------------------------------

    async def _end(self, one: Recording) -> None:
        """Its Room is gone, in whatever way."""
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            if not await recordings.change(connection, one.recording_id, "live", state="ended", ended_utc=now_utc):
                return
            await recordings.set_forwarded(connection, self._watch.forwarded(one.recording_id))
            await recordings.close_taps(connection, one.recording_id, now_utc)
        _log.info("recording_ended", session=one.session_id, recording=one.recording_id)
        await self._facts.append(one.org_id, one.session_id, "recording_stopped", {"recording_id": one.recording_id})

    def _is_due(self, one: Recording) -> bool:
        now_utc = self._clock.now_utc()
        if one.try_utc is not None:
            return now_utc >= one.try_utc
        ended_utc = one.ended_utc or now_utc
        over = now_utc - ended_utc >= timedelta(seconds=SETTLE_S_MAX)
        return over or self._watch.settled(one.recording_id)

    async def _make(self, one: Recording) -> None:
        async with self._database.write() as connection:
            await recordings.set_forwarded(connection, self._watch.forwarded(one.recording_id))
            if not await recordings.change(connection, one.recording_id, "ended", state="making"):
                return
        self._watch.forget(one.recording_id)
        await self._order(one)

    async def _order(self, one: Recording) -> None:
        if self.link is None or self.link.wants(one.recording_id):
            return
        async with self._database.read() as connection:
            taps = await recordings.taps_of(connection, one.org_id, one.recording_id)
            keys = await recordings.keys_of(connection, one.org_id, one.recording_id)
        _log.info("recording_making", session=one.session_id, recording=one.recording_id, taps=len(taps))
        self.link.want(
            ProcessRecording(
                recording_id=one.recording_id,
                org_id=one.org_id,
                spools=self._folders.copy_a,
                keys=keys,
                began_utc_us=_us(one.began_utc),
                ended_utc_us=_us(one.ended_utc or one.began_utc),
                tracks=tuple(_expected(tap) for tap in _one_per_track(taps)),
            )
        )

    async def _drop_raw(self, one: Recording) -> None:
        """Raw copies go some time after the result was verified; unverified or held ones stay."""
        if one.raw_dropped_utc is not None or one.hold or not one.verified or one.made_utc is None:
            return
        if self._clock.now_utc() - one.made_utc >= timedelta(days=self._keeping.raw_days):
            await self.drop_copies(one.recording_id)

    async def drop_copies(self, recording_id: str) -> None:
        """Remove both raw copies: this machine's now, the recorder's as soon as it answers."""
        await asyncio.to_thread(self._folders.remove, recording_id)
        if self.link is not None:
            self.link.forget(recording_id)
            self.link.want(DropCopy(recording_id))

    # --- news -------------------------------------------------------------------------------------------------------

    async def _take(self, news: News) -> None:
        match news:
            case Processed():
                await self._made(news)
            case OrderFailed():
                await self._failed(news)
            case CopyDropped(recording_id=recording_id):
                async with self._database.write() as connection:
                    now_utc = self._clock.now_utc()
                    await recordings.change(connection, recording_id, "ready", "deleted", raw_dropped_utc=now_utc)
            case MixRemade(recording_id=recording_id, mix=mix):
                await self._remixed(recording_id, msgspec.to_builtins(mix))
            case _:
                pass

    async def _made(self, news: Processed) -> None:
        manifest = news.manifest
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            one = await recordings.get(connection, None, news.recording_id)
            kept = one is not None and await recordings.change(
                connection,
                news.recording_id,
                "making",
                "ready",
                state="ready",
                manifest=msgspec.to_builtins(manifest),
                verified=manifest.verified,
                made_utc=now_utc,
            )
            if one is None or not kept:
                return
            serious = [problem for problem in manifest.problems if problem.severity == "case"]
            if serious:
                await self._open_case(connection, one, "recording_not_verified", _sentence(serious), serious)
        self.progress.pop(news.recording_id, None)
        _log.info(
            "recording_ready",
            session=one.session_id,
            recording=one.recording_id,
            verified=manifest.verified,
            problems=len(manifest.problems),
        )

    async def _failed(self, news: OrderFailed) -> None:
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            one = await recordings.get(connection, None, news.recording_id)
            if one is None or one.state != "making":
                return
            wait_s = RETRY_S[min(one.tries, len(RETRY_S) - 1)]
            await recordings.change(
                connection,
                one.recording_id,
                "making",
                state="ended",
                tries=one.tries + 1,
                try_utc=now_utc + timedelta(seconds=wait_s),
            )
            if one.tries + 1 >= TRIES_BEFORE_CASE:
                await self._open_case(connection, one, "recording_not_made", news.text, [])
        _log.error("recording_not_made", recording=news.recording_id, code=news.code, reason=news.text)

    async def _remixed(self, recording_id: str, mix: Any) -> None:
        async with self._database.write() as connection:
            one = await recordings.get(connection, None, recording_id)
            if one is not None and one.manifest is not None:
                await recordings.change(connection, recording_id, "ready", manifest={**one.manifest, "mix": mix})

    async def _open_case(self, connection: Any, one: Recording, kind: str, text: str, problems: list[Problem]) -> None:
        now_utc = self._clock.now_utc()
        await cases.open_case(
            connection,
            one.org_id,
            kind,
            f"recording:{one.recording_id}:{kind}",
            now_utc,
            session_id=one.session_id,
            due_utc=now_utc + timedelta(seconds=CASE_DUE_S),
            context={
                "recording_id": one.recording_id,
                "text": text,
                "do": "Look at the problems; the raw copies are kept until somebody decides.",
                "problems": [msgspec.to_builtins(problem) for problem in problems[:50]],
            },
        )


def _sentence(problems: list[Problem]) -> str:
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0].text}{more}"


def _one_per_track(taps: list[Tap]) -> list[Tap]:
    """A Track that was paused has several Taps: what was forwarded adds up."""
    found: dict[str, Tap] = {}
    for tap in taps:
        before = found.get(tap.track_id)
        if before is None:
            found[tap.track_id] = tap
        else:
            found[tap.track_id] = _joined(before, tap)
    return list(found.values())


def _joined(first: Tap, later: Tap) -> Tap:
    return Tap(
        first.org_id,
        first.tap_id,
        first.recording_id,
        first.track_id,
        first.participant_id,
        first.person_id,
        first.role,
        first.source,
        first.kind,
        first.opened_utc,
        later.closed_utc,
        first.forwarded + later.forwarded,
        first.display_name,
    )


def _expected(tap: Tap) -> ExpectedTrack:
    return ExpectedTrack(
        track_id=tap.track_id,
        participant_id=tap.participant_id,
        source=tap.source,
        kind=tap.kind,
        opened_utc_us=_us(tap.opened_utc),
        closed_utc_us=_us(tap.closed_utc or tap.opened_utc),
        forwarded=tap.forwarded,
        must_show=tap.source in SCREENS or (tap.role in LEADS and tap.source == "mic"),
    )


def _us(at_utc: Any) -> int:
    return int(at_utc.timestamp() * 1_000_000)
