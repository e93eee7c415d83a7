"""The arguments of the `homeroom` command."""

import argparse
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from server.access.policy import ROLES
from server.cli.ending import BAD_CONFIG, complain, end_with, say
from server.config import Config
from server.config_file import ConfigError, load
from server.errors import HomeroomError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except ConfigError as error:
        for problem in error.problems:
            complain(problem)
        return BAD_CONFIG
    except HomeroomError as error:
        return end_with(error)
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """Everything that can be typed."""
    top = argparse.ArgumentParser(prog="homeroom", description="Real-time classroom infrastructure.")
    top.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version and end")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    serve = _command(commands, "serve", "start and supervise everything on this machine", _serve)
    _server_arguments(serve)
    serve.add_argument("--demo", action="store_true", help="make a class to try out, and print its links")
    serve.add_argument("--without-web-client", action="store_true", help="serve although the web client is not built")
    control = _command(commands, "control", "the control process alone", _control)
    _server_arguments(control)
    control.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    _server_arguments(_command(commands, "media", "the media process alone", _media))

    _printing(_command(commands, "demo", "print every link of the demo class", _operate("print_demo")))
    _session_commands(commands)
    _link_commands(commands)
    _config_commands(commands)
    return top


def _session_commands(commands: Any) -> None:
    session = commands.add_parser("session", help="sessions in the calendar").add_subparsers(
        metavar="COMMAND", required=True
    )
    create = _command(session, "create", "put a session into the calendar", _operate("create_session"))
    create.add_argument("--title", required=True)
    create.add_argument("--starts", help="ISO 8601 with zone, such as 2026-03-02T15:00+01:00; without it: now")
    create.add_argument("--minutes", type=int, default=60)
    create.add_argument("--participants-max", type=int)
    create.add_argument("--always-open", action="store_true", help="joinable whatever the clock says")
    _printing(create)
    _printing(_command(session, "list", "the latest sessions", _operate("list_sessions")))


def _link_commands(commands: Any) -> None:
    link = commands.add_parser("link", help="personal links").add_subparsers(metavar="COMMAND", required=True)
    create = _command(link, "create", "a person, a seat and the link to it", _operate("create_link"))
    create.add_argument("--session", required=True, metavar="SESSION_ID")
    create.add_argument("--name", required=True, help="as others see it; no surname")
    create.add_argument("--role", required=True, choices=ROLES)
    create.add_argument("--minor", action="store_true", help="the person is a minor")
    _printing(create)
    again = _command(link, "again", "one more link to a seat that exists", _operate("create_link_again"))
    again.add_argument("--seat", required=True, metavar="SEAT_ID")
    _printing(again)
    listing = _command(link, "list", "the seats of a session and their links", _operate("list_links"))
    listing.add_argument("--session", required=True, metavar="SESSION_ID")
    _printing(listing)
    revoke = _command(link, "revoke", "withdraw a link", _operate("revoke_link"))
    revoke.add_argument("--link", required=True, metavar="LINK_ID")
    _printing(revoke)


def _config_commands(commands: Any) -> None:
    config = commands.add_parser("config", help="the configuration file").add_subparsers(
        metavar="COMMAND", required=True
    )
    check = _command(config, "check", "say everything that is wrong with a file", _configure("check"))
    check.add_argument("file", type=Path)
    _command(config, "sample", "print a file with every key at its default", _configure("sample"))


def _command(commands: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    one.set_defaults(run=run)
    return one


def _server_arguments(one: argparse.ArgumentParser) -> None:
    one.add_argument("--config", type=Path, metavar="FILE", help="the configuration file")
    one.add_argument("--data", type=Path, metavar="DIR", help="the data folder (server.data_dir)")
    one.add_argument("--host", help="the name or address that people type (server.host)")
    one.add_argument("--port", type=int, help="the port of the web server (server.port)")


def _printing(one: argparse.ArgumentParser) -> None:
    _server_arguments(one)
    one.add_argument("--json", action="store_true", help="for programs: JSON instead of text")


def config_from(arguments: argparse.Namespace) -> Config:
    """The configuration file with what was typed on top."""
    typed = {
        "data_dir": str(arguments.data.absolute()) if arguments.data is not None else None,
        "host": arguments.host,
        "port": arguments.port,
    }
    return load(arguments.config, {"server": {name: value for name, value in typed.items() if value is not None}})


# Imports wait until their command is called: `homeroom --version` needs no database, and media no web server.


def _serve(arguments: argparse.Namespace) -> int:
    from server.cli.serve import serve

    return serve(config_from(arguments), arguments)


def _control(arguments: argparse.Namespace) -> int:
    from server.cli.processes import control

    return control(config_from(arguments), demo=arguments.demo)


def _media(arguments: argparse.Namespace) -> int:
    from server.cli.processes import media

    return media(config_from(arguments))


def _operate(name: str) -> Any:
    def run(arguments: argparse.Namespace) -> int:
        from server.cli import operate

        return operate.run(name, config_from(arguments), arguments)

    return run


def _configure(name: str) -> Any:
    def run(arguments: argparse.Namespace) -> int:
        from server.cli import configure

        return configure.run(name, arguments)

    return run


class _ShowVersion(argparse.Action):
    """Looks the number up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        say(f"homeroom {_version()}")
        parser.exit()


def _version() -> str:
    try:
        return version("homeroom")
    except PackageNotFoundError:  # a source tree: the number is in its pyproject.toml
        project = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])
