"""The small pure parts of the live rooms: network quality, pinned voices, limits of a Connection, the inbox, facts."""

import asyncio

import pytest

from media.contract import TransportStats
from server.access import policy
from server.classroom.roster import Admit, GoAway, Roster
from server.errors import Fault, Unavailable
from server.live.dispatch import Tick
from server.live.facts import FactKeeper
from server.live.inbox import Inbox
from server.live.pinned import pinned_sources
from server.live.quality import BAD, FAIR, GOOD, LOST, Health
from server.live.rates import BYTES_BURST, MESSAGES_BURST, MESSAGES_PER_S, ConnectionRate
from signaling.messages import ReceiveReport, ReceiveStats, Role, Source, Track


def stats(**values: float) -> TransportStats:
    return TransportStats(transport_id="trn_1", **values)  # type: ignore[arg-type]


def test_quality_is_the_worst_of_all() -> None:
    health = Health()
    assert health.level() == GOOD
    health.take_stats("publish", stats(loss_fraction_in=0.03))
    assert health.level() == FAIR
    health.take_stats("publish", stats(loss_fraction_out=0.5))
    assert health.level() == GOOD, "what is lost on the way out is not the publisher's loss"
    health.take_stats("subscribe", stats(rtt_ms=700.0))
    assert health.level() == BAD
    health.states["subscribe"] = "failed"
    assert health.level() == LOST
    health.forget_transport("subscribe")
    assert health.level() == GOOD
    report = ReceiveReport(slot=0, concealed_ms=700)
    health.take_report(ReceiveStats(id=1, reports=(report, ReceiveReport(slot=6, kind="video", freeze_ms=100))))
    assert health.level() == BAD


def people(*roles: Role) -> Roster:
    roster = Roster(policy)
    for index, role in enumerate(roles):
        roster.apply(Admit(f"par_{index}", f"sea_{index}", "per", "x", role, 300), 0.0)
    return roster


def track(owner: int, source: Source) -> Track:
    return Track(
        track_id=f"trk_{owner}_{source}", participant_id=f"par_{owner}", source=source, kind="audio", muted=False
    )


def test_pinned_voice() -> None:
    roster = people("student", "instructor", "instructor")
    mics = [track(0, "mic"), track(2, "mic"), track(1, "mic")]
    sources = pinned_sources(roster.members, mics)
    assert [voice.participant_id for voice in sources.voices] == ["par_1", "par_2"], "who came first"
    assert sources.voice_for("par_0", None) == mics[2]
    assert sources.voice_for("par_0", "trk_2_mic") == mics[1], "two instructors do not alternate"
    assert sources.voice_for("par_1", None) == mics[1], "nobody hears oneself"
    roster.apply(GoAway("par_1"), 1.0)
    assert pinned_sources(roster.members, mics).voice_for("par_0", None) == mics[1], "who is here comes first"
    assert pinned_sources(roster.members, mics[:1]).voice_for("par_2", None) is None


def test_pinned_screen_sound() -> None:
    sounds = [track(0, "screen_audio"), track(1, "screen_audio")]
    sources = pinned_sources((), sounds)
    assert sources.sound_for("par_2") == sounds[1], "the one shared last"
    assert sources.sound_for("par_1") == sounds[0]
    assert pinned_sources((), []).sound_for("par_1") is None


def test_connection_rate_takes_bursts_and_then_a_flow() -> None:
    rate = ConnectionRate(0.0)
    assert all(rate.take(10, 0.0) for _ in range(int(MESSAGES_BURST)))
    assert not rate.take(10, 0.0), "one over"
    assert rate.take(10, 1.0 / MESSAGES_PER_S) and not rate.take(10, 1.0 / MESSAGES_PER_S)
    rate = ConnectionRate(0.0)
    assert rate.take(int(BYTES_BURST), 0.0) and not rate.take(1, 0.0)
    assert rate.take(1, 1.0)


def test_inbox_refuses_clients_before_it_breaks() -> None:
    inbox = Inbox(client_items_max=2, items_max=3)
    assert inbox.offer(Tick()) and inbox.offer(Tick()) and not inbox.offer(Tick())
    inbox.put(Tick())
    with pytest.raises(Fault):
        inbox.put(Tick())
    assert inbox.refused == 1 and len(inbox.drain()) == 3


class Log:
    def __init__(self) -> None:
        self.kept: list[str] = []
        self.fail = False

    async def append(self, org_id: str, session_id: str, kind: str, body: dict[str, object]) -> None:
        await asyncio.sleep(0)
        if self.fail:
            raise Unavailable("facts_busy", "No.")
        if kind == "bad":
            raise Fault("cannot be stored")
        self.kept.append(kind)


async def test_facts_keep_their_order_and_wait_for_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.live.facts.BACKOFF_S", (0.0,))
    log = Log()
    keeper = FactKeeper(log, "org", "ses")
    running = asyncio.create_task(keeper.run())
    assert await keeper.keep([("a", {}), ("b", {})])
    log.fail = True
    assert not await keeper.keep([("c", {})])
    assert not await keeper.keep([("d", {})]), "it does not wait again for what is known to be stuck"
    log.fail = False
    for _ in range(20):
        await asyncio.sleep(0)
    assert log.kept == ["a", "b", "c", "d"]
    assert await keeper.keep([("bad", {}), ("e", {})])
    assert log.kept[-1] == "e" and keeper.lost == 1
    await keeper.drain(0.1)
    running.cancel()
