"""What a path is asked for: something to open, or a file to write; which entries are listed and what is taken.

The dialog that asks knows neither. All of it looks at the disk and may wait for it: to be called from `tui.aside`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tui.folder_listing import Entry
from tui.looks import look
from tui.opening import kind_of, meant
from workbench.data_files import LABEL_SUFFIXES
from workbench.errors import BadInput

Verdict = Literal["take", "into"]
"""The path is what is asked for, or a folder in which it may lie."""


class Goal(Protocol):
    """What a path is asked for."""

    @property
    def verb(self) -> str:
        """What enter does with it."""

    @property
    def takes_first(self) -> bool:
        """Whether enter means the first entry that fits where the text itself names none."""

    def lists(self, entry: Entry) -> bool:
        """Whether an entry of a folder is offered."""

    def target(self, path: Path) -> Path:
        """The path that is taken where this one is entered."""

    def verdict(self, path: Path) -> Verdict:
        """What becomes of an entered path; BadInput where it can't be what is asked for."""

    def remark(self, path: Path) -> str:
        """What there is to say about a path that is being typed, or nothing."""


class Opening:
    """A folder of images, a label file, a session or a run."""

    verb = "Open"
    takes_first = True

    def lists(self, entry: Entry) -> bool:
        """Offer folders and the files that can be opened."""
        return entry.is_folder or entry.name.lower().endswith((".toml", *LABEL_SUFFIXES))

    def target(self, path: Path) -> Path:
        """The path, or the run or session with that name."""
        return path if os.path.lexists(path) else meant(str(path))

    def verdict(self, path: Path) -> Verdict:
        """Take what can be opened; a folder with nothing of that is gone into."""
        if kind_of(path) != "folder" or not path.is_dir():
            return "take"
        try:
            with os.scandir(path):
                pass
        except OSError as error:
            raise BadInput(
                f"{path}: can't be read: {error.strerror}", "correct its permissions, or choose another"
            ) from None
        return "take" if look(path).opens else "into"

    def remark(self, path: Path) -> str:  # noqa: ARG002  (nothing is said before it is entered)
        """Nothing: what can be opened is listed with its kind."""
        return ""


@dataclass(frozen=True, slots=True)
class Saving:
    """A file to write: its suffixes, what raises BadInput where it can't be written, and how a typed name is completed.

    With `makes_folders` a folder that is missing is made when it is written.
    """

    suffixes: tuple[str, ...]
    check: Callable[[Path], None]
    complete: Callable[[Path], Path] = Path
    makes_folders: bool = False

    @property
    def verb(self) -> str:
        """What enter does."""
        return "Save"

    @property
    def takes_first(self) -> bool:
        """Never: a new name is the usual case."""
        return False

    def lists(self, entry: Entry) -> bool:
        """Offer folders and files of the same kinds, which could be replaced."""
        return entry.is_folder or entry.name.lower().endswith(self.suffixes)

    def target(self, path: Path) -> Path:
        """The file with its suffix; a folder as it is."""
        return path if path.is_dir() else self.complete(path)

    def verdict(self, path: Path) -> Verdict:
        """Take what can be written."""
        if path.is_dir():
            return "into"
        self.check(path)
        return "take"

    def remark(self, path: Path) -> str:
        """Whether a file is there already, or its folder is not."""
        path = self.target(path)
        if path.is_dir():
            return ""
        if os.path.lexists(path):
            return f"{path.name} exists already; you are asked before it is replaced"
        if path.parent.is_dir():
            return ""
        folder = f"the folder {path.parent} does not exist"
        return (
            f"{folder}; it is made" if self.makes_folders else f"{folder}: make it first, or choose another"
        )
