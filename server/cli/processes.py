"""`homeroom control` and `homeroom media`: one process each, alone or under `serve`."""

import asyncio
import resource
import signal
import socket
from collections.abc import Sequence

import uvloop

from server.cli.ending import OK, UNAVAILABLE, complain
from server.clock import SystemClock
from server.config import SECRET_VARIABLES, Config, Secrets, secrets_from
from server.errors import Unavailable
from server.http.listen import inherited, listen
from server.supervisor.readiness import report_ready
from server.telemetry.log import configure_logging


def control(config: Config, *, demo: bool) -> int:
    """The control process, until it is told to stop."""
    configure_logging(config.log.level, config.log.format, "control")
    _many_files()
    secrets = _secrets()
    sockets = inherited() or listen(config.server)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_control(config, secrets, sockets, demo=demo))
    return OK


async def _control(config: Config, secrets: Secrets, sockets: Sequence[socket.socket], *, demo: bool) -> None:
    from server.app import run_control

    await run_control(config, secrets, SystemClock(), sockets, _stop_event(), report_ready, demo=demo)


def media(config: Config) -> int:
    """The media process, until it is told to stop."""
    from media.agent.process import main
    from media.agent.settings import AgentSettings

    configure_logging(config.log.level, config.log.format, "media")
    settings = AgentSettings(
        link_address=config.link_address,
        link_token=_secrets().link_token,
        node=config.media.node,
        shards=config.media.shards,
        port_first=config.media.port_first,
        bind_addresses=config.media.bind,
        announce_addresses=config.media.announce_addresses,
        log_level=config.log.level,
    )
    code = main(settings)
    if code != OK:
        complain("The media process could not start; the log line above says why.")
        return UNAVAILABLE
    return OK


def _many_files() -> None:
    """Each person holds a WebSocket: take all file descriptors that the system allows, not the usual 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop_event() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _secrets() -> Secrets:
    secrets = secrets_from()
    if not secrets.link_token:
        text = f"{SECRET_VARIABLES['link_token']} must hold the word that control and media share."
        raise Unavailable("link_token_missing", text)
    return secrets
