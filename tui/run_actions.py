"""What the workbench does with runs: attach and follow, start, resume, tell, delete.

The worker does the training and the journal says what came of it; this only starts workers, appends commands and
follows.
"""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.worker import Worker

from tui import corrections
from tui.client import Engine
from tui.drafting import draft_of_run
from tui.following import follow_run
from tui.holding import Holding
from tui.workspace import Attached
from workbench import launch
from workbench.actions import Action, describe, parse
from workbench.errors import BadInput, ThawError
from workbench.run import RunFolder, Tail, check_format, create, runs_folder

if TYPE_CHECKING:
    from workbench.session import Session

SHOWS_WHAT_IS_ASKED = frozenset({"model", "train"})
"""The screens that show what was asked and is not applied yet in a line of their own."""


class RunActions(Holding):
    """The actions on runs."""

    def __init__(self, engine: Engine | None = None, *, looks_only: bool = False) -> None:
        super().__init__(engine, looks_only=looks_only)
        self._processes: dict[Path, subprocess.Popen[bytes]] = {}
        self._journal_sizes: dict[Path, int] = {}
        self._following: Worker[None] | None = None
        self._failure_shown = False
        self._gone_told = False

    async def attach(self, run: RunFolder) -> None:
        """Follow a run from the start of its journal, and show its session where no other draft is open."""
        from tui.state import RunView

        check_format(run)
        attached = Attached(run, RunView(), Tail(run.events), read_only=not run.takes_commands)
        # In threads: a session with comments and a large model take longer to read than a key may wait.
        attached.description = await asyncio.to_thread(run.model)
        with self.reporting():
            attached.session = (await asyncio.to_thread(draft_of_run, run)).original
        if self._following is not None:
            self._following.cancel()
        self.attached, self._failure_shown = attached, False
        self._gone_told = False
        self._following = self._follow(attached)
        self.run_changed()

    @work(group="follow")
    async def _follow(self, attached: Attached) -> None:
        await follow_run(
            attached,
            worker=lambda: self._processes.get(attached.run.path),
            awaited=lambda: attached.run.path in self._processes and not self._is_news(attached),
            changed=lambda: self._took_events(attached),
        )

    def _took_events(self, attached: Attached) -> None:
        if attached is not self.attached:
            return
        if attached.gone and not self._gone_told:
            message = f"{attached.run.path}: the run's folder is gone or can't be read any more"
            self.problem(
                ThawError(message, "what is shown is what was read of it; 6 lists the runs that are there")
            )
        self._gone_told = attached.gone
        if attached.description is None and attached.view.started is not None:
            attached.description = attached.run.model()
        self.run_changed()
        failed = attached.view.state == "crashed" or (
            attached.view.state == "failed" and self._is_news(attached)
        )
        if failed and not self._failure_shown:
            from tui.screens.failure import FailureScreen

            self.push_screen(FailureScreen(attached))
        self._failure_shown = failed

    def _is_news(self, attached: Attached) -> bool:
        """Whether the journal says more than it did when we started the worker: what failed before is history."""
        return attached.tail.offset > self._journal_sizes.get(attached.run.path, 0)

    def _launch(self, run: RunFolder) -> None:
        check_format(run)
        self._journal_sizes[run.path] = run.events.stat().st_size
        self._processes[run.path] = launch.start(run)

    @work(group="start", exclusive=True)
    async def start_run(self) -> None:
        """Train the draft in a new run folder, and show it."""
        if not self.may_change_runs("new run"):
            return
        if self.draft is None:
            self.say("Nothing to start: open a session or a folder of images first (ctrl+o)", warning=True)
            return
        if self.attached is not None and self.attached.alive:
            question = f"{self.attached.run.name} is still training."
            if not await self.confirmed(question, "Start another", detail="Both will share the device."):
                return
        with self.reporting():
            run = create(self.draft.toml(), self.draft.session.name, runs_folder())
            self._launch(run)
            await self.attach(run)
            await self.show_mode("train")

    @work(group="start", exclusive=True)
    async def resume_run(self, run: RunFolder) -> None:
        """Let a worker take a run up at its last checkpoint, and show it."""
        if not self.may_change_runs("resuming"):
            return
        with self.reporting():
            self._launch(run)
            await self.attach(run)
            await self.show_mode("train")

    def tell(self, action: Action | str, *, quietly: bool = False) -> None:
        """Append a command for the attached run's worker and, unless something else shows it, say what was asked."""
        with self.reporting():
            attached = self.attached
            if attached is None or not attached.alive:
                raise BadInput("no run is training", "start one on the train screen (4, then s)")
            wanted = parse(action) if isinstance(action, str) else action
            if not self.may_tell(describe(wanted)):
                return
            attached.view.told(attached.run.tell(wanted))
            self.run_changed()
            # A note lays the screen out anew: what the key changed shows before it.
            shown = quietly or self.current_mode in SHOWS_WHAT_IS_ASKED
            self.call_after_refresh(self._say_asked, "" if shown else f"asked: {describe(wanted)}")

    @property
    def corrects_live(self) -> bool:
        """Whether the attached run takes what is corrected in the open session: it trains on the same data."""
        draft, attached = self.draft, self.attached
        if draft is None or attached is None or attached.session is None:
            return False
        if not attached.alive or self.is_read_only:
            return False
        return draft.session.data.source == attached.session.data.source

    def tell_corrections(self, before: Session, after: Session) -> None:
        """Let the attached run follow what a change of the draft corrects in its images."""
        for correction in corrections.told(before, after) if self.corrects_live else ():
            self.tell(correction, quietly=True)

    def _say_asked(self, note: str) -> None:
        self.clear_notifications()
        if note:
            self.say(note)

    def detach(self) -> None:
        """Follow no run any more; its worker, if it has one, goes on."""
        if self._following is not None:
            self._following.cancel()
        self.attached, self._following = None, None
        self.run_changed()
