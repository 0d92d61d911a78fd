"""What a typed path may become: the entries of its folder that fit, each with the text and the path that it stands for.

Every folder is read once while it is typed in, and by one thread, however many letters wait for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tui.aside import aside
from tui.completion import common_start, fitting
from tui.folder_listing import Entry, Listing, listing, with_breaks
from tui.path_goals import Goal
from tui.path_text import split


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a text; `elsewhere` are folders to move the typed name to, where nothing fits it."""

    text: str
    head: str
    start: str
    listing: Listing
    entries: tuple[Entry, ...] = ()
    elsewhere: bool = False
    exact: bool = False

    def text_of(self, entry: Entry) -> str:
        """The text that means an entry."""
        # In front of everything else a tilde is the home folder.
        here = "./" if not self.head and entry.shown.startswith("~") else self.head
        return f"{here}{entry.shown}{'/' if entry.is_folder else ''}{self.start if self.elsewhere else ''}"

    def path_of(self, entry: Entry) -> Path:
        """The entry's path, whatever characters its name has."""
        return self.listing.folder / entry.name

    @property
    def completed(self) -> str:
        """The text as far as all entries agree."""
        if self.elsewhere or not self.entries:
            return self.head + self.start
        if len(self.entries) == 1:
            return self.text_of(self.entries[0])
        return self.head + common_start(self.entries, self.start)

    @property
    def offered(self) -> Entry | None:
        """The entry that is meant where the text names none itself."""
        return self.entries[0] if self.entries and self.start and not self.exact else None


class PathFinder:
    """Looks for what fits."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._read: dict[str, asyncio.Task[Listing]] = {}

    async def find(self, text: str) -> Found:
        """What fits a text; waits for its folder."""
        head, start = split(text)
        listed = await self._listing(head)
        return await aside(self._found, Found(text, head, start, listed))

    async def _listing(self, head: str) -> Listing:
        if head not in self._read:
            # What was read before is read anew when it is come back to; what is still being read goes on.
            self._read = {other: task for other, task in self._read.items() if not task.done()}
            self._read[head] = asyncio.create_task(aside(listing, head))
        return await asyncio.shield(self._read[head])

    def _found(self, asked: Found) -> Found:
        start, listed = asked.start, asked.listing
        offered = [entry for entry in with_breaks(listed.entries) if self._goal.lists(entry)]
        entries = fitting(offered, start)
        exact = start in (".", "..") or any(entry.shown == start for entry in with_breaks(listed.entries))
        elsewhere = not entries and not self._goal.takes_first
        if elsewhere:
            entries = [entry for entry in fitting(offered, "") if entry.is_folder]
        return Found(asked.text, asked.head, start, listed, tuple(entries), elsewhere, exact)
