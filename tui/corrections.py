"""Dropping and relabelling pictures in the session being edited; the folder that they lie in is never touched.

Pure: a session goes in and the corrected one comes out. Each is an edit like any other, which undo takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.actions import Correction
    from workbench.session import Session


def with_dropped(session: Session, file: str) -> Session:
    """The session without this picture, or with it again where it was dropped."""
    drop = session.data.drop
    left = tuple(name for name in drop if name != file)
    return _with(session, drop=left if file in drop else (*drop, file))


def with_label(session: Session, file: str, label: str, given: str) -> Session:
    """The session with another class for this picture; the `given` one, or the same again, takes it back."""
    relabel = {name: each for name, each in session.data.relabel.items() if name != file}
    if label not in (given, session.data.relabel.get(file)):
        relabel[file] = label
    return _with(session, relabel=relabel)


def told(before: Session, after: Session) -> Iterator[Correction]:
    """What a run has to be told so that it follows this change of the session."""
    from workbench.actions import Drop, Relabel, Restore

    was, now = before.data, after.data
    yield from (Drop(file) for file in now.drop if file not in was.drop)
    yield from (Restore(file) for file in was.drop if file not in now.drop)
    for file in {**was.relabel, **now.relabel}:
        label = now.relabel.get(file, "")
        if label != was.relabel.get(file, ""):
            yield Relabel(file, label)


def notes(session: Session | None) -> dict[str, str]:
    """What the session corrects, by the picture's name, in a few words."""
    if session is None:
        return {}
    found = {name: f"⇒ {label}" for name, label in session.data.relabel.items()}
    return found | dict.fromkeys(session.data.drop, "⊘ dropped")


def _with(session: Session, **changes: object) -> Session:
    return session.model_copy(update={"data": session.data.model_copy(update=changes)})
