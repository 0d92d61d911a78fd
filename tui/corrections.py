"""Dropping and relabelling pictures in the session being edited; the folder that they lie in is never touched.

Pure: a session goes in and the corrected one comes out. Each is an edit like any other, which undo takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.actions import Drop, Relabel, Restore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.actions import Correction
    from workbench.session import Session


def with_dropped(session: Session, file: str) -> Session:
    """The session without this picture, or with it again where it was dropped."""
    edit = Restore(file) if file in session.data.drop else Drop(file)
    return session.corrected(session.data.corrections.after(edit))


def with_label(session: Session, file: str, label: str, given: str) -> Session:
    """The session with another class for this picture; the `given` one, or the same again, takes it back."""
    taken_back = label in (given, session.data.relabel.get(file))
    return session.corrected(session.data.corrections.after(Relabel(file, "" if taken_back else label)))


def told(before: Session, after: Session) -> Iterator[Correction]:
    """What a run has to be told so that it follows this change of the session."""
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
