"""Exporting the attached run: asks where to, and lets a process of its own do it.

That process imports torch, writes the file and compares it with the run (`workbench.core.export`); here is only the
question and the answer.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from functools import partial
from pathlib import Path

from textual import work

from tui import drafting
from tui.live_actions import LiveActions
from workbench.errors import BadInput, ThawError
from workbench.exports import KINDS, check_target
from workbench.reports import SUFFIXES, check_report
from workbench.run import RunFolder


class ExportActions(LiveActions):
    """The action that takes a run elsewhere."""

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Write the attached run to a file: weights, a network, or the session as code."""
        if self.attached is None:
            self.say("No run is attached that could be exported")
            return
        from tui.path_goals import Saving
        from tui.screens.path_dialog import PathDialog

        run = self.attached.run
        title = f"Export to ({', '.join(KINDS)})"
        goal = Saving(tuple(KINDS), partial(check_target, overwrite=True))
        chosen = await self.push_screen_wait(PathDialog(title, f"{run.name}.safetensors", goal=goal))
        if chosen is not None:
            with self.reporting():
                await self._export(run, chosen)

    async def _export(self, run: RunFolder, path: Path) -> None:
        if drafting.exists(path) and not await self.confirmed(f"{path} exists already.", "Replace it"):
            return
        self.say(f"Exporting to {path}: it is compared with the run before it is done")
        await self._made("Exported", ["export", str(run.path), str(path), "--force"])

    async def _made(self, title: str, words: list[str]) -> None:
        """Run a verb of the command line and show what it says; ThawError in its words where it fails."""
        command = [sys.executable, "-m", "workbench.cli", *words]
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        out, errors = await process.communicate()
        said = (out if process.returncode == 0 else errors).decode(errors="replace").strip()
        if process.returncode == 0:
            self.notify(said, title=title, timeout=15, markup=False)
            return
        message, _, hint = said.removeprefix("thaw: ").partition("\n")
        raise (BadInput if process.returncode == BadInput.exit_code else ThawError)(message, hint)

    @work(group="export", exclusive=True)
    async def action_report(self) -> None:
        """Write the attached run on one HTML page, by a process of its own."""
        if self.attached is None:
            self.say("No run is attached that could be reported")
            return
        from tui.path_goals import Saving
        from tui.screens.path_dialog import PathDialog

        run = self.attached.run
        dialog = PathDialog("Report to (.html)", f"{run.name}.html", goal=Saving(SUFFIXES, check_report))
        path = await self.push_screen_wait(dialog)
        if path is None:
            return
        with self.reporting():
            if drafting.exists(path) and not await self.confirmed(f"{path} exists already.", "Replace it"):
                return
            await self._made("Report", ["report", str(run.path), str(path), "--force"])
