"""What our side of a DTLS handshake costs in CPU time: the agent's own code, with aiortc as the browser.

Both ends run on one loop; half of what they spend is ours. That is not less than it is: the client's half does the same
signatures and checks, but makes its OpenSSL context anew each time.
"""

import asyncio
import logging
import time

import structlog

from tests.agent.test_handshake import Wires

HANDSHAKES = 40


async def _handshakes() -> float:
    wires = Wires()
    browsers = [await wires.ready(f"trn_{number}") for number in range(HANDSHAKES)]
    began = time.thread_time()
    for number, browser in enumerate(browsers):
        await browser.connect(wires.certificate)
        await wires.until(lambda known=f"trn_{number}": known in wires.keys)  # type: ignore[misc]
    spent = time.thread_time() - began
    await wires.handshakes.stop()
    for browser in browsers:
        await browser.dtls.stop()
    return spent


def handshake_cpu_ms() -> float:
    """CPU milliseconds of this thread for our side of one handshake."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return asyncio.run(_handshakes()) * 1000 / HANDSHAKES / 2
