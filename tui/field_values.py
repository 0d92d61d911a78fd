"""Session fields as text and back: how a value is shown and typed in the config panel.

What a value may be is the session's to say; this only translates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput

if TYPE_CHECKING:
    from workbench.session_file import FieldDescription

UNSET = "default"


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
            return ", ".join(f"{pattern} = {scale:g}" for pattern, scale in value.items()) or "none"
        case tuple() | list():
            return ", ".join(map(str, value)) or "none"
    return str(value)


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
            return dict(_pair(part) for part in text.split(",") if part.strip())
    return text


def _pair(text: str) -> tuple[str, str]:
    pattern, equals, scale = text.partition("=")
    if not equals:
        raise BadInput(f"{text.strip()!r}: expected PATTERN = FACTOR", "for example layer4.* = 0.5, head = 2")
    return pattern.strip().strip("\"'"), scale.strip()


def next_choice(field: FieldDescription, value: object, places: int) -> Any:
    """The choice that many places after the present one, going round."""
    choices: list[Any] = [True, False] if field.kind == "boolean" else list(field.choices)
    if field.optional:
        choices.insert(0, None)
    return choices[(choices.index(value) + places) % len(choices)]


def has_choices(field: FieldDescription) -> bool:
    """Whether the field is changed by choosing instead of typing."""
    return field.kind in {"choice", "boolean"}
