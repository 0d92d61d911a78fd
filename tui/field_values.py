"""Session fields as text and back: how a value is shown and typed in the config panel.

What a value may be is the session's to say; this only translates.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.session_file import FieldDescription

UNSET = "default"
_COMMA = re.compile(r",(?![^\[]*\])")
"""A comma outside brackets."""


def shown(value: object) -> str:
    """A value as the panel shows it."""
    match value:
        case None:
            return UNSET
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case Mapping():
            return ", ".join(f"{name} = {_entry(entry)}" for name, entry in value.items()) or "none"
        case tuple() | list():
            return ", ".join(map(str, value)) or "none"
    return str(value)


def _entry(value: object) -> str:
    """A table's value as TOML has it."""
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list():
            return f"[{', '.join(map(_entry, value))}]"
    return f"{value:g}"


def typed(value: object) -> str:
    """A value as the text that a user edits; empty for what is unset or empty."""
    return "" if value is None or value in ((), {}) else shown(value)


def read(field: FieldDescription, text: str) -> Any:
    """The value that a typed text stands for; BadInput where its form is wrong (the session checks the rest)."""
    text = text.strip()
    if not text and field.optional:
        return None
    match field.kind:
        case "number" | "integer":
            return text.replace("_", "")
        case "patterns":
            return tuple(re.split(r"[,\s]+", text)) if text else ()
        case "table":
            return dict(_pair(part) for part in _COMMA.split(text) if part.strip())
    return text


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInput(
            f"{text.strip()!r}: expected NAME = VALUE", "for example layer4.* = 0.5, or betas = [0.9, 0.95]"
        )
    return name.strip().strip("\"'"), _value(value.strip())


def _value(text: str) -> Any:
    """The TOML value in a text; a text that is none stays for the session to complain of."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def next_choice(field: FieldDescription, value: object, places: int) -> Any:
    """The choice that many places after the present one, going round."""
    choices: list[Any] = [True, False] if field.kind == "boolean" else list(field.choices)
    if field.optional:
        choices.insert(0, None)
    return choices[(choices.index(value) + places) % len(choices)]


def has_choices(field: FieldDescription) -> bool:
    """Whether the field is changed by choosing instead of typing."""
    return field.kind in {"choice", "boolean"}
