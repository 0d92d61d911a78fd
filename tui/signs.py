"""What the terminal's title says of a run, and when its end is worth a bell or a desktop note.

Pure functions of a run's view; `tui.terminal_signs` has the sequences.
"""

from __future__ import annotations

from tui.state import RunView
from tui.words import percent

ENDED = frozenset({"finished", "failed", "crashed"})
"""States that are worth a sign; a stop was asked for by whoever would hear it."""


def title_of(name: str, view: RunView | None) -> str:
    """The terminal's title: how far the run is, or how it ended; changes once a per cent at most."""
    if view is None:
        return "Thaw"
    if view.state in ("running", "paused") and view.total_steps:
        done = f"{100 * view.step // view.total_steps} %"
        paused = "paused, " if view.state == "paused" else ""
        return f"{paused}{done} epoch {view.epoch}/{view.epochs} · {name} · Thaw"
    return f"{view.state} · {name} · Thaw"


def ending(name: str, before: str, view: RunView) -> str:
    """The note when a run that was live has ended; empty otherwise."""
    if before in ENDED or before == "" or view.state not in ENDED:
        return ""
    test = view.last_evaluation("test")
    result = (
        f", test accuracy {percent(test.accuracy)}" if test is not None and view.state == "finished" else ""
    )
    return f"{name}: {view.state}{result}"
