"""In which keys two sessions differ, defaults filled in: what was really trained differently."""

from typing import Any

from workbench.session import Section, Session

Difference = tuple[str, Any, Any]
"""A dotted key, its value in the one session and in the other."""


def differences(one: Session, other: Session) -> list[Difference]:
    """Every key whose values differ, in the order of the session."""
    return _between(one, other, "")


def _between(one: Section, other: Section, prefix: str) -> list[Difference]:
    found: list[Difference] = []
    for name in type(one).model_fields:
        mine, its = getattr(one, name), getattr(other, name)
        if isinstance(mine, Section):
            found += _between(mine, its, f"{prefix}{name}.")
        elif mine != its:
            found.append((f"{prefix}{name}", mine, its))
    return found
