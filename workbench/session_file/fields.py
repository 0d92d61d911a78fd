"""What fields a session has: for forms, for editors, and for telling where a key belongs."""

import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from workbench.session import Section, Session


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section class behind a field (also inside a tuple), or None for a plain value."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


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


EDITED_ELSEWHERE = frozenset({"schedule", "data.drop", "data.relabel"})
"""What has screens of its own: live edits, and pictures where one looks at them."""


def field_descriptions(section: type[Section] = Session, prefix: str = "") -> list[FieldDescription]:
    """Every editable field in the order of the session, with dotted keys without those edited elsewhere."""
    found: list[FieldDescription] = []
    for name, field in section.model_fields.items():
        if f"{prefix}{name}" in EDITED_ELSEWHERE:
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
