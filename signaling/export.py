"""Writes the protocol's TypeScript types from `signaling/messages.py` and the codes from `signaling/codes.py`.

`python -m signaling.export web-client/src/protocol/messages.gen.ts`; without an argument the text goes to stdout. The
result is committed and a test compares it. Pure apart from `main`.
"""

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from signaling import codes, messages

_HEAD = "// Made from signaling/messages.py and signaling/codes.py by `python -m signaling.export`. Do not edit.\n"
_SCALARS = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


@dataclasses.dataclass(frozen=True, slots=True)
class _Module:
    """What `messages.py` defines, in its own order."""

    constants: dict[str, int]
    aliases: dict[str, Any]
    structs: dict[str, type[msgspec.Struct]]
    unions: dict[str, Any]

    def alias_name(self, hint: Any) -> str | None:
        return next((name for name, alias in self.aliases.items() if alias == hint), None)


def _read_module() -> _Module:
    constants: dict[str, int] = {}
    aliases: dict[str, Any] = {}
    structs: dict[str, type[msgspec.Struct]] = {}
    unions: dict[str, Any] = {}
    for name, value in vars(messages).items():
        if name.startswith("_"):
            continue
        if name.isupper() and isinstance(value, int):
            constants[name] = value
        elif get_origin(value) in (Literal, Annotated):
            aliases[name] = value
        elif isinstance(value, type) and issubclass(value, messages.Struct) and value is not messages.Struct:
            structs[name] = value
        elif get_origin(value) in (Union, types.UnionType):
            unions[name] = value
    return _Module(constants, aliases, structs, unions)


def _hints(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(struct, include_extras=True)


def _reachable(hint: Any, found: set[type]) -> set[type]:
    """All structs that a value of this type may contain."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint not in found:
            found.add(hint)
            for inner in _hints(hint).values():
                _reachable(inner, found)
    else:
        for inner in get_args(hint):
            _reachable(inner, found)
    return found


def _ts_type(module: _Module, hint: Any) -> str:
    name = module.alias_name(hint)
    if name is not None:
        return name
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _ts_type(module, args[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in args)
    if origin in (Union, types.UnionType):
        return " | ".join(_ts_type(module, arg) for arg in args)
    if origin is tuple:
        inner = _ts_type(module, args[0])
        return f"readonly ({inner})[]" if "|" in inner else f"readonly {inner}[]"
    if origin is dict:
        return f"Readonly<Record<string, {_ts_type(module, args[1])}>>"
    raise TypeError(f"no TypeScript form for {hint!r}")


def _comment(text: str | None) -> Iterable[str]:
    if text and not text.startswith(("msgspec", "Struct(")):
        yield f"/** {' '.join(inspect.cleandoc(text).split())} */"


def _struct_lines(module: _Module, struct: type[msgspec.Struct], *, sent_by_client: bool) -> Iterable[str]:
    """One interface. What a client sends may leave out defaults; what the server sends is always whole."""
    yield from _comment(struct.__dict__.get("__doc__"))
    yield f"export interface {struct.__name__} {{"
    tag = struct.__struct_config__.tag
    if tag is not None:
        yield f'  readonly type: "{tag}";'
    hints = _hints(struct)
    for field in msgspec.structs.fields(struct):
        optional = "?" if sent_by_client and not field.required else ""
        yield f"  readonly {field.name}{optional}: {_ts_type(module, hints[field.name])};"
    yield "}"
    yield ""


def _alias_lines(module: _Module) -> Iterable[str]:
    for name, alias in module.aliases.items():
        if get_origin(alias) is Literal:
            values = ", ".join(f'"{value}"' for value in get_args(alias))
            yield f"export const {_constant_name(name)} = [{values}] as const;"
            yield f"export type {name} = (typeof {_constant_name(name)})[number];"
        else:
            yield f"export type {name} = {_SCALARS[get_args(alias)[0]]};"
    yield ""


def _constant_name(name: str) -> str:
    """`SlotMode` to `SLOT_MODES`."""
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in name).strip("_").upper()
    return f"{words}S" if not words.endswith("S") else f"{words}_ALL"


def _code_lines(enum: type[StrEnum], texts: typing.Mapping[Any, str] | None) -> Iterable[str]:
    name = enum.__name__
    yield from _comment(enum.__doc__)
    yield f"export const {_constant_name(name)} = ["
    yield from (f'  "{member.value}",' for member in enum)
    yield "] as const;"
    yield f"export type {name} = (typeof {_constant_name(name)})[number];"
    if texts is not None:
        yield f"export const {_constant_name(name).removesuffix('S')}_TEXTS: Readonly<Record<{name}, string>> = {{"
        yield from (f'  {member.value}: "{texts[member]}",' for member in enum)
        yield "};"
    yield ""


def _close_code_lines() -> Iterable[str]:
    yield from _comment(codes.CloseCode.__doc__)
    yield "export const CLOSE_CODES = {"
    yield from (f"  {name}: {value}," for name, value in vars(codes.CloseCode).items() if name.isupper())
    yield "} as const;"
    yield ""


def typescript() -> str:
    """The whole generated file."""
    module = _read_module()
    from_client = _reachable(module.unions["ClientMessage"], set())
    from_server = _reachable(module.unions["ServerMessage"], set())
    lines: list[str] = [_HEAD]
    lines += [f"export const {name} = {value};" for name, value in module.constants.items()]
    lines.append("")
    lines += _alias_lines(module)
    for struct in module.structs.values():
        sent_by_client = struct in from_client and struct not in from_server
        lines += _struct_lines(module, struct, sent_by_client=sent_by_client)
    for name, union in module.unions.items():
        members = [_ts_type(module, arg) for arg in get_args(union)]
        lines += [f"export type {name} =", *(f"  | {member}" for member in members[:-1]), f"  | {members[-1]};", ""]
    lines += _code_lines(codes.ErrorCode, codes.ERROR_TEXTS)
    lines += _code_lines(codes.ByeCode, codes.BYE_TEXTS)
    lines += _code_lines(codes.LeftReason, None)
    lines += _code_lines(codes.ResetReason, None)
    lines += _close_code_lines()
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    text = typescript()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
