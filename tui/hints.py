"""One hint a screen for those who are new to it, gone for good once the key that it names was used.

Decides the words and remembers, in the user's state folder, what was learned; `tui.widgets.hint_line` shows it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

FILE = "hints-learned"


@dataclass(frozen=True, slots=True)
class Hint:
    """What a key does: the binding's id, the key unless the user chose another, the words behind it, its actions."""

    id: str
    key: str
    words: str
    actions: frozenset[str]

    def line(self, keys: Mapping[str, str]) -> tuple[str, str]:
        """The key as this user has it, and the words."""
        return keys.get(self.id, self.key).partition(",")[0], self.words


HINTS: Mapping[str, Hint] = {
    "welcome": Hint("welcome.demo", "d", "trains the demo", frozenset({"demo"})),
    "data": Hint(
        "data.doctor",
        "D",
        "reads every picture: copies, broken files, labels that look wrong",
        frozenset({"doctor"}),
    ),
    "model": Hint(
        "tree.toggle",
        "space",
        "freezes or thaws what the cursor is on; [ ] move the thaw line",
        frozenset({"toggle_row", "thaw_line"}),
    ),
    "train": Hint(
        "train.tree",
        "m",
        "goes to the model: space there freezes or thaws it while it trains",
        frozenset({"tree"}),
    ),
    "evaluate": Hint(
        "evaluate.next-view",
        "v",
        "shows more: mix-ups, classes, calibration, the wrong pictures",
        frozenset({"next_view", "view"}),
    ),
    "runs": Hint("runs.tag", "t", "gives the run tags, which / finds again", frozenset({"tag"})),
}


class Hints:
    """Which hints this user still gets: those of the screens whose names are not in the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._learned = set(file.read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError):
            self._learned = set()

    def of(self, screen: str) -> Hint | None:
        """The hint of a screen, None once it was learned."""
        return None if screen in self._learned else HINTS.get(screen)

    def used(self, screen: str, action: str) -> bool:
        """Take note of an action on a screen; whether that was what its hint is about."""
        hint = self.of(screen)
        if hint is None or action.partition("(")[0] not in hint.actions:
            return False
        self._learned.add(screen)
        # Where nothing can be kept the hint comes back at the next start, which harms nobody.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text("\n".join(sorted(self._learned)) + "\n", encoding="utf-8")
        return True


def file_of_user() -> Path:
    """Where it is remembered: ``~/.local/state/thaw``, or where ``XDG_STATE_HOME`` says."""
    return platformdirs.user_state_path("thaw") / FILE
