"""`homeroom serve`: all that can be refused is refused here, in one sentence; then the supervisor takes over."""

import argparse
import asyncio
import fcntl
import os
import secrets
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from server.cli.ending import complain, say
from server.clock import SystemClock
from server.config import SECRET_VARIABLES, Config, is_loopback_name, secrets_from
from server.errors import Unavailable
from server.http.listen import hand_down, listen
from server.supervisor.child import ProcessKind, python
from server.supervisor.supervise import Supervisor
from server.telemetry.log import configure_logging

STATIC = Path(__file__).parent.parent / "http" / "static"

NO_PHONE_LOCAL = (
    "Only this computer can join. For a phone in the same network start with HOST=<this computer's address> "
    "(homeroom serve --host): that serves https, without which a phone gives no camera and microphone."
)
NO_PHONE_PLAIN = (
    "A phone cannot join: this name is served without a certificate, and browsers give camera and microphone to https "
    "pages only. Set tls.mode, or server.public_url if a proxy in front has the certificate."
)
SELFMADE = (
    "The certificate was made by this server, so each browser warns once; go on past the warning. For a public name "
    "set tls.mode to files or put a proxy with a certificate in front."
)


def serve(config: Config, arguments: argparse.Namespace) -> int:
    """Everything on this machine, until Ctrl-C. Raises `Unavailable` with a sentence."""
    configure_logging(config.log.level, config.log.format, "supervisor")
    if not arguments.without_web_client and not (STATIC / "index.html").is_file():
        raise Unavailable(
            "web_client_missing",
            "The web client is not built. Run `make setup`, or serve without it: --without-web-client.",
        )
    with _only_one(config.folder.run / "serve.lock"):
        sockets = listen(config.server)
        if sentence := phone_sentence(config):
            complain(sentence)
        return asyncio.run(_supervise(config, arguments, sockets))


async def _supervise(config: Config, arguments: argparse.Namespace, sockets: Sequence[socket.socket]) -> int:
    supervisor = Supervisor(process_table(config, arguments, sockets), SystemClock(), _print_lines)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    return await supervisor.run()


def process_table(
    config: Config, arguments: argparse.Namespace, sockets: Sequence[socket.socket]
) -> tuple[ProcessKind, ...]:
    """What runs on one machine. Later kinds are lines here. They stop in the opposite order."""
    same = _same_arguments(arguments)
    environment = {SECRET_VARIABLES["link_token"]: secrets_from().link_token or secrets.token_urlsafe(32)}
    return (
        ProcessKind("media", python("media", *same), environment=environment),
        ProcessKind(
            "control",
            python("control", *same, *(("--demo",) if arguments.demo else ())),
            reports=True,
            pass_fds=tuple(one.fileno() for one in sockets),
            environment=environment | hand_down(sockets),
        ),
    )


def phone_sentence(config: Config) -> str | None:
    """Why a phone cannot join, or what it will see; None when there is nothing to say."""
    if config.server.public_url:
        return None if config.server.public_url.startswith("https://") else NO_PHONE_PLAIN
    if is_loopback_name(config.server.host):
        return NO_PHONE_LOCAL
    match config.tls_mode:
        case "off":
            return NO_PHONE_PLAIN
        case "selfmade":
            return SELFMADE
        case _:
            return None


def _same_arguments(arguments: argparse.Namespace) -> list[str]:
    """What was typed, for the children; paths absolute."""
    typed = {
        "--config": arguments.config and arguments.config.absolute(),
        "--data": arguments.data and arguments.data.absolute(),
        "--host": arguments.host,
        "--port": arguments.port,
    }
    return [word for name, value in typed.items() if value is not None for word in (name, str(value))]


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        say(line)


def _only_one(path: Path) -> IO[str]:
    """Hold the data folder: two servers on one would fight for sockets. The kernel lets go when we end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = open(path, "a", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise Unavailable(
            "data_folder_unusable", f"Cannot write the data folder {path.parent.parent}: {error.strerror}."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        text = f"Another Homeroom runs on the data folder {path.parent.parent}. Stop it, or choose another one: --data."
        raise Unavailable("data_folder_in_use", text) from error
    return file
