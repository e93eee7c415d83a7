"""The listening sockets of the web server.

Under supervision they belong to the supervisor and outlive a control process: who connects while it is being restarted
waits in the kernel's queue instead of being refused.
"""

import errno
import os
import socket
from collections.abc import Sequence

from server.config import ServerConfig, is_loopback_name
from server.errors import Unavailable
from server.limits import CONNECTIONS_BACKLOG

LISTEN_FDS_VARIABLE = "HOMEROOM_LISTEN_FDS"


def bind_addresses(config: ServerConfig) -> tuple[str, ...]:
    """Where to listen: `bind`, or what fits the host."""
    if config.bind:
        return config.bind
    return ("127.0.0.1", "::1") if is_loopback_name(config.host) else ("0.0.0.0", "::")


def listen(config: ServerConfig) -> list[socket.socket]:
    """Bind and listen on every address, all on one port. Raises `Unavailable` with a sentence."""
    sockets: list[socket.socket] = []
    port = config.port
    try:
        for address in bind_addresses(config):
            try:
                sockets.append(_listen_one(address, port))
            except OSError as error:
                # A machine without IPv6 still has IPv4, unless somebody asked for this address by name.
                if not config.bind and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL) and ":" in address:
                    continue
                raise _sentence(error, address, port) from error
            port = sockets[0].getsockname()[1]
    except BaseException:
        for one in sockets:
            one.close()
        raise
    return sockets


def inherited() -> list[socket.socket]:
    """The sockets that the supervisor handed down; none if we run alone."""
    text = os.environ.pop(LISTEN_FDS_VARIABLE, "")
    return [socket.socket(fileno=int(fd)) for fd in text.split(",") if fd]


def hand_down(sockets: Sequence[socket.socket]) -> dict[str, str]:
    """The environment with which a child finds these sockets; their numbers must be passed to it as well."""
    return {LISTEN_FDS_VARIABLE: ",".join(str(one.fileno()) for one in sockets)}


def port_of(sockets: Sequence[socket.socket]) -> int:
    """The TCP port they all share."""
    return int(sockets[0].getsockname()[1])


def _listen_one(address: str, port: int) -> socket.socket:
    one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Our own connections in TIME_WAIT do not keep the port; another listener does.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if one.family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(CONNECTIONS_BACKLOG)
        one.setblocking(False)
    except BaseException:
        one.close()
        raise
    return one


def _sentence(error: OSError, address: str, port: int) -> Unavailable:
    match error.errno:
        case errno.EADDRINUSE:
            text = f"Port {port} is in use by another program. Stop that, or choose another port: --port (make: PORT=)."
        case errno.EACCES:
            text = f"Port {port} needs rights that this user lacks. Choose one above 1023: --port (make: PORT=)."
        case errno.EADDRNOTAVAIL:
            text = f"Address {address} is not one of this machine's. Correct server.bind."
        case _:
            text = f"Cannot listen on {address} port {port}: {error.strerror}."
    return Unavailable("port_unusable", text)
