"""Reading the configuration file, and writing its sample.

Unknown sections and keys are refused with the nearest name that exists; everything that is wrong is told at once.
"""

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from server.config import SECRET_VARIABLES, Config, ServerConfig, is_loopback_name

SOCKET_PATH_BYTES_MAX = 107  # sun_path in unix(7), less its zero


class ConfigError(Exception):
    """The configuration cannot be used. `problems` lists all that is wrong, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: Path | None = None, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Config:
    """Read, merge and check; relative paths count from the file's folder.

    Without a file they count from the working folder. Raises `ConfigError`.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError([f"cannot read {path}: {error.strerror}"]) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError([f"{path} is not TOML: {error}"]) from error
        _anchor_paths(document, path.absolute().parent)
    for section, values in (overrides or {}).items():
        document.setdefault(section, {}).update(values)
    return parse(document)


def parse(document: Mapping[str, Any]) -> Config:
    """A checked `Config` from plain values. Raises `ConfigError` with every problem at once."""
    problems: list[str] = []
    sections: dict[str, Any] = {}
    known = {field.name: field.type for field in dataclasses.fields(Config)}
    hints = get_type_hints(Config)
    for name, values in document.items():
        if name not in known:
            problems.append(f"unknown section [{name}]{_nearest(name, known)}")
        elif not isinstance(values, Mapping):
            problems.append(f"{name} must be a section: [{name}]")
        else:
            sections[name] = _parse_section(name, hints[name], values, problems)
    if not problems:
        config = Config(**sections)
        problems = _check_whole(config)
        if not problems:
            return config
    raise ConfigError(problems)


def _parse_section(name: str, section: type, values: Mapping[str, Any], problems: list[str]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(section)}
    hints = get_type_hints(section)
    accepted: dict[str, Any] = {}
    for key_name, value in values.items():
        where = f"{name}.{key_name}"
        if key_name not in fields:
            problems.append(f"unknown key {where}{_nearest(key_name, fields)}")
            continue
        converted, problem = _convert(value, hints[key_name])
        if problem is None:
            problem = _check_value(converted, fields[key_name].metadata)
        if problem is None:
            accepted[key_name] = converted
        else:
            problems.append(f"{where}: {problem}")
    return section(**accepted)


def _convert(value: Any, wanted: Any) -> tuple[Any, str | None]:
    """The value in the key's type, or what is wrong with it. TOML's types are kept apart: "8080" is no number."""
    if get_origin(wanted) is tuple:
        element = get_args(wanted)[0]
        if not isinstance(value, list | tuple) or not all(isinstance(one, element) for one in value):
            return None, "must be a list of texts"
        return tuple(value), None
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value), None
    if type(value) is not wanted:
        names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        return None, f"must be {names[wanted]}, not {value!r}"
    return value, None


def _check_value(value: Any, metadata: Mapping[Any, Any]) -> str | None:
    low, high, choices, check = (metadata[name] for name in ("low", "high", "choices", "check"))
    if low is not None and not low <= value <= high:
        return f"must be from {low:g} to {high:g}, not {value!r}"
    if choices and value not in choices:
        return f"must be one of {', '.join(choices)}, not {value!r}{_nearest(value, choices)}"
    if check is not None:
        problem: str | None = check(value)
        return problem
    return None


def _check_whole(config: Config) -> list[str]:
    """What no key can know alone."""
    problems = []
    tls = config.tls
    if tls.mode == "files" and not (tls.certificate_file and tls.key_file):
        problems.append('tls.mode "files" needs tls.certificate_file and tls.key_file')
    if tls.mode != "files" and (tls.certificate_file or tls.key_file):
        problems.append('tls.certificate_file and tls.key_file are read with tls.mode = "files" only')
    if tls.mode == "acme" and is_loopback_name(config.server.host):
        problems.append('tls.mode "acme" needs a public name in server.host: no authority certifies localhost')
    if config.media.port_first and config.media.port_first + config.media.shards - 1 > 65535:
        problems.append("media.port_first + media.shards goes past port 65535")
    if config.live.away_after_s <= config.live.ping_s:
        problems.append("live.away_after_s must be longer than live.ping_s, or everyone is always away")
    socket_path = config.link_address.removeprefix("unix:")
    if config.link_address.startswith("unix:") and len(socket_path.encode()) > SOCKET_PATH_BYTES_MAX:
        problems.append(
            f"{socket_path} is too long for a Unix socket; choose a shorter server.data_dir, or set link.address"
        )
    if not config.server.data_dir:
        problems.append("server.data_dir must name a folder")
    return problems


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


PATH_KEYS = (("server", "data_dir"), ("tls", "certificate_file"), ("tls", "key_file"))


def _anchor_paths(document: dict[str, Any], folder: Path) -> None:
    for section, name in PATH_KEYS:
        values = document.get(section)
        if isinstance(values, dict) and isinstance(values.get(name), str) and values[name]:
            values[name] = str(folder / values[name])
    if isinstance(server := document.setdefault("server", {}), dict):
        server.setdefault("data_dir", str(folder / ServerConfig().data_dir))


# --- the sample -------------------------------------------------------------------------------------------------------


def render_sample() -> str:
    """The commented sample file: every section, every key, at its default."""
    lines = [
        "# Homeroom configuration. Every key is here at its default: leave out what you do not change.",
        "# Read by `homeroom serve --config FILE`; `homeroom config check FILE` says what is wrong with one.",
        "# Secrets do not belong here. They come from the environment: " + ", ".join(SECRET_VARIABLES.values()) + ".",
    ]
    hints = get_type_hints(Config)
    for field in dataclasses.fields(Config):
        section = hints[field.name]
        lines += ["", f"# {section.__doc__}", f"[{field.name}]"]
        for one in dataclasses.fields(section):
            lines += ["", *(f"# {line}" for line in one.metadata["doc"].split("\n"))]
            if note := _bounds(one.metadata):
                lines.append(f"# ({note})")
            lines.append(f"{one.name} = {_toml(one.default)}")
    return "\n".join(lines) + "\n"


def render_reference() -> str:
    """The same as a table for `docs/config.md`."""
    lines: list[str] = []
    hints = get_type_hints(Config)
    for field in dataclasses.fields(Config):
        section = hints[field.name]
        lines += [f"### [{field.name}]", "", section.__doc__, "", "| key | default | meaning |", "|---|---|---|"]
        for one in dataclasses.fields(section):
            meaning = one.metadata["doc"].replace("\n", " ")
            note = _bounds(one.metadata)
            lines.append(f"| `{one.name}` | `{_toml(one.default)}` | {meaning}{f' ({note})' if note else ''} |")
        lines.append("")
    return "\n".join(lines)


def _bounds(metadata: Any) -> str:
    if metadata["low"] is not None:
        return f"{metadata['low']:g} to {metadata['high']:g}"
    return " | ".join(metadata["choices"])


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(_toml(one) for one in value) + "]"
        case _:
            return repr(value)
