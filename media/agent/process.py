"""The media process: started here, ended by SIGTERM or SIGINT."""

import asyncio
import signal

import structlog
import uvloop

from media import _native
from media.agent.addresses import candidate_addresses
from media.agent.agent import Agent
from media.agent.build import StaleEngine, is_fresh
from media.agent.link import LinkServer
from media.agent.log import configure_if_bare
from media.agent.settings import AgentSettings

STOP_TIMEOUT_S = 5.0

_log = structlog.get_logger("media")


def main(settings: AgentSettings) -> int:
    """Run until told to stop; the exit status: 0 in order, 1 could not start."""
    configure_if_bare(settings.log_level)
    plane = _native.MediaPlane()
    try:
        if not is_fresh(plane.build_info()["source_digest"]):
            _log.warning("stale_engine", reason="built from other sources than these")
        ports = plane.start(settings.shards, settings.bind_addresses, settings.port_first)
    except StaleEngine as stale:
        _log.error("media_not_started", reason=str(stale))
        return 1
    except (OSError, ValueError) as error:
        _log.error("media_not_started", reason=f"The media ports cannot be opened: {error}.")
        return 1
    try:
        return uvloop.run(_serve(settings, plane, ports))
    finally:
        plane.stop()


async def _serve(settings: AgentSettings, plane: _native.MediaPlane, ports: list[int]) -> int:
    addresses = candidate_addresses(settings.announce_addresses, settings.bind_addresses)
    if not addresses:
        _log.error("media_not_started", reason="This machine has no address that browsers could be told.")
        return 1
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    agent = Agent(plane, settings.node, ports, addresses)
    link = LinkServer(settings.link_address, settings.link_token, agent)
    agent.start()
    try:
        await link.start()
    except OSError as error:
        _log.error("media_not_started", reason=f"The link cannot be opened: {error}.")
        return 1
    build = plane.build_info()
    _log.info(
        "media_ready",
        media_id=agent.media_id,
        node=settings.node,
        shards=len(ports),
        port_first=ports[0],
        addresses=len(addresses),
        profile=build["profile"],
    )
    await stop.wait()
    _log.info("media_stopping")
    async with asyncio.timeout(STOP_TIMEOUT_S):
        await link.stop()
        await agent.stop()
    return 0
