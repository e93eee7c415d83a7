"""Every 5 s: is what was forwarded durable, in both copies? What is not becomes a Case within a minute."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from media.contract import SpoolProgress
from server.clock import Clock
from server.errors import HomeroomError
from server.ops.recordings.findings import Finding, Memory, look
from server.store.database import Database
from server.store.repositories import cases, recordings

EVERY_S = 5.0
DUE_S = 15 * 60.0  # while the class goes on somebody can still act
TOLD_AGAIN_S = 300.0
CASE_KIND = "recording_trouble"

_log = structlog.get_logger("recordings")

Sounding = Callable[[], Mapping[str, frozenset[str]]]


class Watch:
    """Hears media's progress; `live` says which recordings go on, with the Tracks that should sound."""

    def __init__(self, database: Database, clock: Clock, live: Sounding) -> None:
        self._database = database
        self._clock = clock
        self._live = live
        self._memories: dict[str, Memory] = {}
        self._settled: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self.findings: tuple[Finding, ...] = ()
        self.cases_opened = 0

    def spool_progress(self, progress: SpoolProgress) -> None:
        """Media's latest word of a recording."""
        now_s = self._clock.mono_s()
        self._memories.setdefault(progress.recording_id, Memory(heard_s=now_s)).hear(progress, now_s)
        if progress.settled:
            self._settled[progress.recording_id] = now_s

    def settled(self, recording_id: str) -> bool:
        """Has media said that nothing of it waits any more?"""
        return recording_id in self._settled

    def forwarded(self, recording_id: str) -> dict[str, int]:
        """Records by Tap, as last told."""
        memory = self._memories.get(recording_id)
        if memory is None or memory.progress is None:
            return {}
        return {tap.tap_id: tap.forwarded for tap in memory.progress.taps}

    def forget(self, recording_id: str) -> None:
        """Its result is being made: nothing more is expected."""
        self._memories.pop(recording_id, None)
        self._settled.pop(recording_id, None)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except HomeroomError as error:
                _log.error("recording_watch_failed", code=error.code)

    async def look(self) -> None:
        """Once."""
        now_s = self._clock.mono_s()
        found: list[Finding] = []
        for recording_id, sounding in self._live().items():
            memory = self._memories.setdefault(recording_id, Memory(heard_s=now_s))
            found += look(recording_id, memory, sounding, now_s)
            await self._keep_counts(recording_id)
        self.findings = tuple(found)
        for finding in found:
            if now_s - self._told.get(finding.key, float("-inf")) >= TOLD_AGAIN_S:
                await self._open_case(finding)
                self._told[finding.key] = now_s
        current = {finding.key for finding in found}
        self._told = {key: at_s for key, at_s in self._told.items() if key in current}

    def numbers(self) -> dict[str, float]:
        """For metrics."""
        return {"recording_findings": len(self.findings), "recording_cases_opened": self.cases_opened}

    async def _keep_counts(self, recording_id: str) -> None:
        """What was forwarded outlives this process: the result is held against it."""
        counts = self.forwarded(recording_id)
        if counts:
            async with self._database.write() as connection:
                await recordings.set_forwarded(connection, counts)

    async def _open_case(self, finding: Finding) -> None:
        _log.error(
            "recording_trouble",
            recording=finding.recording_id,
            copy=finding.copy,
            code=finding.code,
            reason=finding.text,
        )
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            recording = await recordings.get(connection, None, finding.recording_id)
            if recording is None:
                return
            await cases.open_case(
                connection,
                recording.org_id,
                CASE_KIND,
                finding.key,
                now_utc,
                session_id=recording.session_id,
                due_utc=now_utc + timedelta(seconds=DUE_S),
                context={
                    "recording_id": finding.recording_id,
                    "copy": finding.copy,
                    "code": finding.code,
                    "text": finding.text,
                    "do": finding.do,
                },
            )
        self.cases_opened += 1
