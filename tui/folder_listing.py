"""What lies in a folder, for those who choose from it: names and which are folders, read in one go.

May take long, or for ever on a network mount that died: to be called from `tui.aside`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar
from unicodedata import normalize

from tui.path_text import meant_path
from workbench.safe_text import inert

Many = TypeVar("Many")

AT_ONCE = 500
"""Entries between two moments at which other threads may run."""
MOST = 200_000
"""Entries of a folder that are read; a folder with more says so."""


class Entry(NamedTuple):
    """A name in a folder; `shown` is what is put on the screen, `folded` what typed text is compared with."""

    name: str
    is_folder: bool
    shown: str
    folded: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The folder, its entries (folders first, then by name), and what went wrong where it could not be read."""

    folder: Path
    entries: tuple[Entry, ...] = field(default=())
    problem: str = ""
    more: bool = False


def entry(name: str, *, is_folder: bool) -> Entry:
    """An entry as it is shown and compared."""
    shown = inert(name)
    return Entry(name, is_folder, shown, folded(shown))


def folded(text: str) -> str:
    """The text without what comparing leaves out: case, and whether an accent is a character of its own."""
    return text.casefold() if text.isascii() else normalize("NFC", text).casefold()


def listing(text: str) -> Listing:
    """What lies in the folder that a text means, the current one where it is empty."""
    folder = meant_path(text or ".")
    try:
        with os.scandir(folder) as entries:
            found = [
                entry(each.name, is_folder=_is_folder(each)) for each in with_breaks(islice(entries, MOST))
            ]
            more = next(entries, None) is not None
    except (OSError, ValueError) as error:
        return Listing(folder, problem=_problem(text, error))
    return Listing(folder, tuple(_in_order(found)), more=more)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def with_breaks(many: Iterable[Many]) -> Iterator[Many]:
    """All of them, letting other threads run between: the one that draws must not wait for a large folder."""
    for place, each in enumerate(many):
        if place % AT_ONCE == 0:
            time.sleep(0)
        yield each


def _in_order(entries: list[Entry]) -> Iterator[Entry]:
    """Sorted in pieces, because sorting lets no other thread run until it is done."""
    starts = range(0, len(entries), AT_ONCE)
    pieces = (sorted(entries[start : start + AT_ONCE], key=_order) for start in with_breaks(starts))
    return with_breaks(merge(*pieces, key=_order))


def _order(entry: Entry) -> tuple[bool, str, str]:
    return not entry.is_folder, entry.folded, entry.name


def _problem(text: str, error: OSError | ValueError) -> str:
    name = inert(text.rstrip("/") or "/")
    match error:
        case FileNotFoundError():
            return f"there is no folder {name}"
        case NotADirectoryError():
            return f"{name} is a file, not a folder"
        case PermissionError():
            return f"{name} can't be read: you have no permission"
        case OSError(strerror=str(reason)):
            return f"{name} can't be read: {reason}"
    return f"{name} is no path"
