"""Reading and writing sessions as TOML.

All errors of a file come at once, each with its line; writing changes only the values that differ, so that
comments, order and layout stay.
"""

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Union, get_args, get_origin

import tomlkit
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from tomlkit.exceptions import ParseError, TOMLKitError

from workbench.errors import BadInput, did_you_mean
from workbench.session import ScheduledEdits, Section, Session


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a session: where, and what to do."""

    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.message}" if self.key else f"{place}{self.message}"


class SessionError(BadInput):
    """A session that can't be used; `problems` holds every error at once."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"{source}: {count}\n" + "\n".join(f"  {problem}" for problem in problems),
            "correct the session, then try again (thaw check SESSION validates it)",
        )
        self.problems = problems


def load(path: Path) -> Session:
    """The session in a TOML file; SessionError or BadInput says what is wrong."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a session file; BadInput where it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file", "give a session file, or the name of a bundled one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: can't be read: {error}", "a session is a UTF-8 TOML file") from None


def parse(text: str, source: str = "session", overrides: Iterable[str] = ()) -> Session:
    """The session in a TOML text, with ``key=value`` overrides applied; SessionError holds every problem."""
    try:
        values: dict[str, Any] = tomlkit.parse(text).unwrap()
    except ParseError as error:
        raise SessionError(source, [Problem(error.line, "", f"not valid TOML: {_syntax(error)}")]) from None
    for override in overrides:
        _override(values, override)
    try:
        return Session.model_validate(values)
    except ValidationError as error:
        raise SessionError(source, _problems(error, text)) from None


def _syntax(error: ParseError) -> str:
    message = re.sub(r" at line \d+ col \d+$", "", str(error))
    return "a string is not closed on its line" if r"\u000a" in message else message[:1].lower() + message[1:]


def changed(session: Session, key: str, value: object) -> Session:
    """The session with one dotted key changed; SessionError where the value does not fit."""
    values = session.model_dump()
    _put(values, key.split("."), value)
    try:
        return Session.model_validate(values)
    except ValidationError as error:
        raise SessionError(session.name, _problems(error, "")) from None


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise BadInput(f"--set {override}: expected key=value", "for example --set optimizer.lr=0.001")
    _put(values, _key_parts(key.strip()), toml_value(text.strip()))


def _key_parts(key: str) -> list[str]:
    """The parts of a dotted key as TOML reads it: ``optimizer.lr_scales."layer4.*"`` has three."""
    try:
        inner: Any = tomlkit.parse(f"{key} = 0").unwrap()
    except TOMLKitError:
        raise BadInput(f"--set {key}: not a key", "for example --set optimizer.lr=0.001") from None
    parts: list[str] = []
    while isinstance(inner, dict) and len(inner) == 1:
        [(part, inner)] = inner.items()
        parts.append(part)
    return parts


def toml_value(text: str) -> Any:
    """A value as TOML reads it; a bare word that is no TOML value is taken as a string."""
    try:
        return tomlkit.parse(f"value = {text}").unwrap()["value"]
    except TOMLKitError:
        return text


def _put(values: dict[str, Any], parts: list[str], value: object) -> None:
    for part in parts[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise BadInput(f"{'.'.join(parts)}: {part} is no table", "see thaw check --schema for the keys")
        values = inner
    values[parts[-1]] = value


def _problems(error: ValidationError, text: str) -> list[Problem]:
    lines = _key_lines(text)
    found = []
    for detail in error.errors(include_url=False):
        location = tuple(part for part in detail["loc"] if not _is_union_branch(part))
        key = ".".join(str(part) for part in location)
        message = _message(detail["type"], detail["msg"], detail.get("input"), location)
        problem = Problem(_line_of(location, lines), key, message)
        if problem not in found:
            found.append(problem)
    return sorted(found, key=lambda problem: problem.line or 0)


def located(problem: Problem, text: str) -> Problem:
    """The problem with the line of its key in a TOML text."""
    location = tuple(int(part) if part.isdigit() else part for part in problem.key.split("."))
    return replace(problem, line=_line_of(location, _key_lines(text)))


def _is_union_branch(part: object) -> bool:
    return isinstance(part, str) and ("[" in part or "(" in part)


def _message(kind: str, message: str, given: object, location: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        return f"unknown key; {_nearest_key(location)}"
    if kind == "string_pattern_mismatch":
        field = _section_at(location[:-1]).model_fields[str(location[-1])]
        return f"expected {field.description}, not {given!r}"
    if kind == "model_type":
        return f"expected a table, not {given!r}"
    message = message.removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if isinstance(given, Mapping) or given is None:
        return message
    if kind == "literal_error" and isinstance(given, str):
        choices = re.findall(r"'([^']+)'", message)
        return f"{message}, not {given!r}; {did_you_mean(given, choices)}".rstrip("; ")
    return f"{message}, not {given!r}"


def _nearest_key(location: tuple[int | str, ...]) -> str:
    """Where an unknown key belongs, or which known one it resembles."""
    key, known = str(location[-1]), list(_section_at(location[:-1]).model_fields)
    for name, field in Session.model_fields.items():
        section = section_of(field)
        if section and name != "schedule" and key in section.model_fields:
            return f"it belongs in [{name}]"
    return did_you_mean(key, known) or f"known are {', '.join(known)}"


def _section_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    section: type[BaseModel] = Session
    for part in location:
        if isinstance(part, str) and part in section.model_fields:
            section = section_of(section.model_fields[part]) or section
    return section


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section class behind a field (also inside a tuple), or None for a plain value."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _key_lines(text: str) -> dict[tuple[int | str, ...], int]:
    """The line of every key and table header of a TOML text."""
    lines: dict[tuple[int | str, ...], int] = {}
    table: tuple[int | str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[\s*([^\]]+?)\s*\]\]", line):
            name = tuple(header.group(1).split("."))
            count = len(
                {
                    place[: len(name) + 1]
                    for place in lines
                    if place[: len(name)] == name and len(place) > len(name)
                }
            )
            table = (*name, count)
            lines[table] = number
        elif header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = tuple(part.strip().strip("\"'") for part in header.group(1).split("."))
            lines[table] = number
        elif key := re.match(r"\s*([\w.\"'*-]+)\s*=", line):
            lines[table + tuple(part.strip("\"'") for part in key.group(1).split("."))] = number
    return lines


def _line_of(location: tuple[int | str, ...], lines: dict[tuple[int | str, ...], int]) -> int | None:
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None


def updated(text: str, session: Session, notes: Mapping[int, str] = MappingProxyType({})) -> str:
    """The TOML text holding the session's values; comments, order and keys that already say so are kept.

    A key is written when the text has it with another value, or when the text lacks it and the value is not the
    default. `notes` are comments for schedule entries that are written anew, by their place.
    """
    document = tomlkit.parse(text)
    _update(document, session, type(session)())
    _update_schedule(document, session.schedule, notes)
    return tomlkit.dumps(document)


def _update(table: Any, section: Section, default: Section) -> None:
    for name in type(section).model_fields:
        value, usual = getattr(section, name), getattr(default, name)
        if isinstance(value, Section):
            if name in table:
                _update(table[name], value, usual)
            elif value != usual:
                table[name] = _table(value, usual)
        elif isinstance(section, Session) and name == "schedule":
            continue
        elif value is None or (name not in table and value == usual):
            table.pop(name, None)
        elif name not in table or _plain(table[name]) != _plain(value):
            table[name] = _plain(value)


def _table(section: Section, default: Section) -> Any:
    table = tomlkit.inline_table() if len(type(section).model_fields) <= 2 else tomlkit.table()
    _update(table, section, default)
    return table


def _update_schedule(document: Any, entries: Sequence[ScheduledEdits], notes: Mapping[int, str]) -> None:
    tables = document.get("schedule", [])
    same = _same_entries(tables, entries)
    if same == len(tables) == len(entries):
        return
    if not isinstance(tables, tomlkit.items.AoT):
        document.pop("schedule", None)
        tables, same = tomlkit.aot(), 0
    for place in range(len(tables) - 1, same - 1, -1):
        del tables[place]
    for place in range(same, len(entries)):
        table = tomlkit.table()
        if place in notes:
            table.add(tomlkit.comment(notes[place]))
        table.update(_plain(entries[place].model_dump(exclude_defaults=True)))
        tables.append(table)
    if not tables:
        document.pop("schedule", None)
    elif "schedule" not in document:
        document["schedule"] = tables


def _same_entries(tables: Any, entries: Sequence[ScheduledEdits]) -> int:
    """How many of the first tables say what the entries say."""
    for place, (table, entry) in enumerate(zip(tables, entries, strict=False)):
        try:
            if ScheduledEdits.model_validate(_plain(table)) != entry:
                return place
        except ValidationError:
            return place
    return min(len(tables), len(entries))


def _plain(value: Any) -> Any:
    value = value.unwrap() if hasattr(value, "unwrap") else value
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def dumps(session: Session) -> str:
    """The session as a new TOML text: what differs from the defaults, and always its name."""
    return updated(f'name = "{session.name}"\n', session)


def save(session: Session, path: Path, base: str | None = None) -> None:
    """Write the session to a file, over `base` or what the file holds, so that comments stay."""
    if base is None and path.is_file():
        base = read_text(path)
    write_text(updated(base, session) if base is not None else dumps(session), path)


def write_text(text: str, path: Path) -> None:
    """Write a session's text to a file at once, so that a failure leaves what was there; BadInput says why not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise BadInput(f"{path}: can't be written: {error.strerror}", "save to another file") from None


def bundled_folder() -> Path:
    """The folder of the example sessions: beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / "example_sessions"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "sessions"


def _places(name: str) -> list[Path]:
    return [Path(name), Path("sessions") / f"{name}.toml", bundled_folder() / f"{name}.toml"]


def exists(name: str) -> bool:
    """Whether a name is that of a session: a file, or a name under ``sessions/`` here or among the bundled ones."""
    return any(place.is_file() for place in _places(name))


def find(name: str) -> Path:
    """The session file that a user means: a path, a name under ``sessions/`` here, or a bundled example."""
    for place in _places(name):
        if place.is_file():
            return place
    known = sorted(
        {path.stem for folder in (Path("sessions"), bundled_folder()) for path in folder.glob("*.toml")}
    )
    hint = did_you_mean(name.removesuffix(".toml"), known) or f"bundled are {', '.join(known)}"
    raise BadInput(f"{name}: no such session", hint)


FieldKind = Literal["text", "number", "integer", "boolean", "choice", "patterns", "table"]


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One editable field of a session, for a form."""

    key: str
    kind: FieldKind
    description: str
    default: Any
    choices: tuple[str, ...] = ()
    optional: bool = False


def field_descriptions(section: type[Section] = Session, prefix: str = "") -> list[FieldDescription]:
    """Every editable field in the order of the session, with dotted keys (the schedule is edited elsewhere)."""
    found: list[FieldDescription] = []
    for name, field in section.model_fields.items():
        if section is Session and name == "schedule":
            continue
        inner = section_of(field)
        if inner is not None:
            found += field_descriptions(inner, f"{prefix}{name}.")
        else:
            found.append(_describe(f"{prefix}{name}", field))
    return found


def _describe(key: str, field: FieldInfo) -> FieldDescription:
    annotation, optional = _without_none(field.annotation)
    choices = tuple(get_args(annotation)) if get_origin(annotation) is Literal else ()
    kinds: dict[Any, FieldKind] = {
        bool: "boolean",
        int: "integer",
        float: "number",
        tuple: "patterns",
        dict: "table",
    }
    kind: FieldKind = "choice" if choices else kinds.get(get_origin(annotation) or annotation, "text")
    return FieldDescription(key, kind, field.description or "", field.default, choices, optional)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [inner for inner in get_args(annotation) if inner is not type(None)]
        annotation, optional = kept[0], len(kept) < len(get_args(annotation))
    else:
        optional = False
    while get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return annotation, optional


def json_schema() -> dict[str, Any]:
    """The JSON schema of a session, for editors."""
    return Session.model_json_schema()
