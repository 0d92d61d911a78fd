"""What the terminal's title says of a run, and which news of it are worth a note: its end, a plateau.

Looks at a run's view only; `tui.terminal_signs` has the sequences.
"""

from __future__ import annotations

from tui.plateau import Plateau, plateau
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


class News:
    """Tells once what happened to a run while it was followed: its end, and each plateau.

    What the journal said before it was caught up with is history, not news.
    """

    def __init__(self) -> None:
        self._view: RunView | None = None
        self._state = ""
        self._figures = 0
        self._plateau: Plateau | None = None

    def since(self, name: str, view: RunView | None, *, caught_up: bool) -> str:
        """The line worth a sign since the last call; empty where there is none."""
        if view is not self._view:
            self._view, self._state, self._figures, self._plateau = view, "", -1, None
        if view is None or not caught_up:
            return ""
        first, before, self._state = not self._state, self._state, view.state
        reached = self._reached(view)
        if first:
            return ""
        return ending(name, before, view) or (f"{name}: {reached.words()}" if reached else "")

    def _reached(self, view: RunView) -> Plateau | None:
        """A plateau that was not told yet; looked for only where an epoch has ended."""
        figures = len(view.evaluations) + len(view.epochs_ended)
        if figures == self._figures:
            return None
        before, self._figures, self._plateau = self._plateau, figures, plateau(view)
        return self._plateau if before is None else None


def ending(name: str, before: str, view: RunView) -> str:
    """The note when a run that was live has ended; empty otherwise."""
    if before in ENDED or before == "" or view.state not in ENDED:
        return ""
    test = view.last_evaluation("test")
    result = (
        f", test accuracy {percent(test.accuracy)}" if test is not None and view.state == "finished" else ""
    )
    return f"{name}: {view.state}{result}"
