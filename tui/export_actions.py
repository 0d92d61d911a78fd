"""Exporting the attached run: asks where to, and lets a process of its own do it.

That process imports torch, writes the file and compares it with the run (`workbench.core.export`); here is only the
question and the answer.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from textual import work

from tui import drafting
from tui.live_actions import LiveActions
from workbench.errors import BadInput, ThawError
from workbench.exports import KINDS, check_target
from workbench.reports import check_report
from workbench.run import RunFolder


class ExportActions(LiveActions):
    """The action that takes a run elsewhere."""

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Write the attached run to a file: weights, a network, or the session as code."""
        if self.attached is None:
            self.say("No run is attached that could be exported")
            return
        from tui.screens.path_dialog import PathDialog

        run = self.attached.run
        title = f"Export to ({', '.join(KINDS)})"
        chosen = await self.push_screen_wait(PathDialog(title, f"{run.name}.safetensors", save=True))
        if chosen:
            with self.reporting():
                await self._export(run, _path(chosen))

    async def _export(self, run: RunFolder, path: Path) -> None:
        check_target(path, overwrite=True)
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
        from tui.screens.path_dialog import PathDialog

        run = self.attached.run
        chosen = await self.push_screen_wait(PathDialog("Report to (.html)", f"{run.name}.html", save=True))
        if not chosen:
            return
        path = _path(chosen)
        with self.reporting():
            check_report(path)
            if drafting.exists(path) and not await self.confirmed(f"{path} exists already.", "Replace it"):
                return
            await self._made("Report", ["report", str(run.path), str(path), "--force"])


def _path(text: str) -> Path:
    return Path(text).expanduser()
