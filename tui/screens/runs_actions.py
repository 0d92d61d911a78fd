"""What the runs screen does with runs: open, resume, delete, clean up, tag, note, and compare two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import get_args

from textual import work

from tui.run_list import ListedRun
from tui.screens.ask_text import AskText
from tui.screens.base import ThawScreen
from tui.screens.choose import ChooseScreen
from tui.screens.session_diff import SessionDiff
from tui.words import plural
from workbench.run import (
    LEAVES,
    Part,
    Remarks,
    RunFolder,
    clean,
    delete,
    freed,
    read_remarks,
    write_remarks,
)
from workbench.session_file import differences, load
from workbench.words import size

PART_WORDS: dict[Part, str] = {
    "last": "last checkpoints of finished runs",
    "checkpoints": "all checkpoints of the runs that are over",
    "run": "the runs that are over, whole",
}
FINISHED = frozenset({"finished"})
OVER = frozenset({"finished", "stopped", "failed", "crashed"})


class RunsActions(ThawScreen):
    """The actions; `listed` are the rows in sight."""

    listed: Sequence[ListedRun] = ()

    def chosen_run(self) -> ListedRun | None:
        """The row under the cursor."""
        raise NotImplementedError

    def look(self, *, afresh: bool = False) -> None:
        """Read the runs again; `afresh` measures their sizes anew too."""
        raise NotImplementedError

    def action_open_run(self) -> None:
        """Attach to the run and show it."""
        one = self.chosen_run()
        if one is not None:
            self.thaw.open_path(one.run.path)

    def action_resume(self) -> None:
        """Let a worker take the run up at its last checkpoint."""
        one = self.chosen_run()
        if one is not None:
            self.thaw.resume_run(one.run)

    @work(exclusive=True, group="delete")
    async def action_delete(self) -> None:
        """Delete the run's folder after asking."""
        one = self.chosen_run()
        if one is None or not self.thaw.may_change_runs("deleting"):
            return
        detail = (
            f"{one.run.path} with its checkpoints, journal and evaluations goes for good: {size(one.bytes)}."
        )
        if await self.thaw.confirmed(f"Delete {one.run.name}?", "Delete", detail=detail):
            with self.thaw.reporting():
                await asyncio.to_thread(delete, one.run)
                self._let_go([one.run])
            self.look(afresh=True)

    @work(exclusive=True, group="delete")
    async def action_clean(self) -> None:
        """Give disk space back, from the runs in sight that no worker trains."""
        if not self.thaw.may_change_runs("cleaning up"):
            return
        runs = {part: self._cleaned_by(part) for part in get_args(Part)}
        sizes = await asyncio.to_thread(lambda: {part: freed(runs[part], part) for part in runs})
        choices = [
            (PART_WORDS[part], f"{plural(len(runs[part]), 'run')}, frees {size(number)}")
            for part, number in sizes.items()
            if number
        ]
        if not choices:
            self.thaw.say("There is nothing to clean up in the runs shown")
            return
        chosen = await self.app.push_screen_wait(ChooseScreen("Remove what?", choices))
        part = next((part for part, words in PART_WORDS.items() if words == chosen), None)
        if part is None:
            return
        question = f"Remove {PART_WORDS[part]}: {size(sizes[part])}?"
        if await self.thaw.confirmed(question, "Remove", detail=f"{LEAVES[part]}. This can't be undone."):
            with self.thaw.reporting():
                given = await asyncio.to_thread(clean, runs[part], part)
                self.thaw.say(f"{size(given)} are free again")
                if part == "run":
                    self._let_go(runs[part])
            self.look(afresh=True)

    def _cleaned_by(self, part: Part) -> list[RunFolder]:
        """The runs in sight that lose a part: of those that could be resumed none loses what it takes to do so."""
        over = FINISHED if part == "last" else OVER
        return [one.run for one in self.listed if one.summary.state in over]

    def _let_go(self, gone: Sequence[RunFolder]) -> None:
        if self.thaw.attached is not None and self.thaw.attached.run in gone:
            self.thaw.detach()

    # ---- remarks ----

    @work(exclusive=True, group="remark")
    async def action_tag(self) -> None:
        """Give the run tags."""
        one = self.chosen_run()
        if one is None or not self.thaw.may_change_runs("tagging"):
            return
        text = await self.app.push_screen_wait(
            AskText(f"Tags of {one.run.name}", " ".join(one.remarks.tags), "words, separated by spaces")
        )
        if text is not None:
            tags = tuple(dict.fromkeys(text.split()))
            self._remark(one.run, lambda now: Remarks(tags, now.note))

    @work(exclusive=True, group="remark")
    async def action_note(self) -> None:
        """Write a note on the run."""
        one = self.chosen_run()
        if one is None or not self.thaw.may_change_runs("note"):
            return
        text = await self.app.push_screen_wait(
            AskText(f"Note on {one.run.name}", one.remarks.note, "one line")
        )
        if text is not None:
            self._remark(one.run, lambda now: Remarks(now.tags, text.strip()))

    def _remark(self, run: RunFolder, change: Callable[[Remarks], Remarks]) -> None:
        """Change what the run's folder says now: the table may not have read it since the last change."""
        with self.thaw.reporting():
            write_remarks(run, change(read_remarks(run)))
        self.look()

    # ---- comparing ----

    @work(exclusive=True, group="compare")
    async def action_compare(self) -> None:
        """Show in which keys the session of the run differs from another's."""
        one = self.chosen_run()
        others = {each.run.name: each.run for each in self.listed if one is not None and each.run != one.run}
        if one is None or not others:
            self.thaw.say("There is no other run to compare with")
            return
        title = f"Compare the session of {one.run.name} with"
        chosen = await self.app.push_screen_wait(ChooseScreen(title, [(name, "") for name in others]))
        if chosen is not None:
            with self.thaw.reporting():
                sessions = await asyncio.to_thread(
                    lambda: [load(run.session) for run in (one.run, others[chosen])]
                )
                self.app.push_screen(SessionDiff((one.run.name, chosen), differences(*sessions)))
