"""A session as TOML text: writing changes only what differs, so that comments, order and layout stay."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import tomlkit
from pydantic import ValidationError

from workbench.session import ScheduledEdits, Section, Session


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
            table[name] = _valued(table.get(name), _plain(value))


def _valued(present: Any, value: Any) -> Any:
    """A value for its key: names with values stand in one line, unless they have a table of their own."""
    if isinstance(value, Mapping) and not isinstance(present, tomlkit.items.Table):
        return _inline(value)
    return value


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
        if same:
            _end_with_blank_line(tables[-1])  # in an array that was read, tomlkit leaves no space by itself
        tables.append(_schedule_table(entries[place], notes.get(place, "")))
    if same and list(document)[-1] != "schedule":
        _end_with_blank_line(tables[-1])
    if not tables:
        document.pop("schedule", None)
    elif "schedule" not in document:
        document["schedule"] = tables


def _schedule_table(entry: ScheduledEdits, note: str) -> Any:
    table = tomlkit.table()
    if note:
        table.add(tomlkit.comment(note))
    for key, value in _plain(entry.model_dump(exclude_defaults=True)).items():
        table.add(key, _inline(value) if isinstance(value, dict) else value)
    return table


def _inline(values: Mapping[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _end_with_blank_line(table: Any) -> None:
    if not table.as_string().endswith("\n\n"):
        table.add(tomlkit.nl())


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
