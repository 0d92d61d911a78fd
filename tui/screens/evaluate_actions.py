"""What the evaluate screen does with what it shows: correct pictures, compare with another run, write it to a file.

Corrections are edits of the open session, so that undo, saving and the next run treat them as all others; a run of the
same pictures that trains is told of them too. The folder of the pictures is never touched.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import work

from tui import corrections, drafting
from tui.evaluation import Beside, Evaluation, Kind, read_beside
from tui.path_goals import Saving
from tui.screens.base import ThawScreen
from tui.screens.choose import ChooseScreen
from tui.screens.path_dialog import PathDialog
from tui.words import percent
from workbench.evaluation_files import SUFFIXES, check_path, save
from workbench.protocol import Prediction
from workbench.run import RunFolder, list_runs, runs_folder

if TYPE_CHECKING:
    from tui.widgets.mistakes import Mistakes
    from workbench.session import Session

NEXT_RUN = "from the next run on"
NEXT_EPOCH = "from the next epoch on"


class EvaluateActions(ThawScreen):
    """The actions; `found` is the evaluation shown, `cell` the cell whose pictures are, `beside` the other run."""

    found: Evaluation | None = None
    cell: tuple[str, str] | None = None
    beside: Beside | None = None

    def show_pictures(self, kind: Kind, cell: tuple[str, str] | None = None) -> None:
        """Show the pictures of a kind, or of a cell of the matrix."""
        raise NotImplementedError

    # ---- correcting ----

    def corrected_session(self) -> Session | None:
        """The open session, where its pictures are those of the run that is shown."""
        draft, attached = self.thaw.draft, self.thaw.attached
        if draft is None or attached is None or attached.session is None:
            return None
        return draft.session if draft.session.data.source == attached.session.data.source else None

    def in_force(self) -> str:
        """From when on a correction holds: a run that trains takes it at the next epoch."""
        return NEXT_EPOCH if self.thaw.corrects_live else NEXT_RUN

    def on_mistakes_asked(self, event: Mistakes.Asked) -> None:
        """Do what is asked with a picture."""
        match event.what:
            case "open":
                self._open(event.one)
            case "drop":
                self._drop(event.one)
            case "relabel":
                self._relabel(event.one)

    @work(group="correct", exclusive=True)
    async def _drop(self, one: Prediction) -> None:
        session = await self._session_to_correct()
        if session is not None:
            self._correct(session, corrections.with_dropped(session, one.file))

    @work(group="correct", exclusive=True)
    async def _relabel(self, one: Prediction) -> None:
        session = await self._session_to_correct()
        if session is None or self.found is None:
            return
        given = f"what it is now, {one.label}"
        first = [(one.predicted, "what the model says")] if one.predicted != one.label else []
        others = [name for name in self.found.names if name not in (one.label, one.predicted)]
        choices = [*first, (one.label, given), *((name, "") for name in others)]
        chosen = await self.app.push_screen_wait(ChooseScreen("Which class is it?", choices))
        if chosen is not None:
            self._correct(session, corrections.with_label(session, one.file, chosen, one.label))

    def _correct(self, before: Session, after: Session) -> None:
        if after == before:
            return
        self.thaw.edit(after)
        if not before.data.drop and not before.data.relabel:
            note = f"In force {self.in_force()}; the files stay as they are. ctrl+s saves corrections."
            # What a run is told clears older notes with the next paint.
            self.thaw.call_after_refresh(self.thaw.say, note)

    async def _session_to_correct(self) -> Session | None:
        """The open session, or the run's own in its place where the open one is about other pictures."""
        attached = self.thaw.attached
        if self.corrected_session() is None and attached is not None:
            draft = self.thaw.draft
            if draft is not None and not await self.thaw.may_drop(draft):
                return None
            with self.thaw.reporting():
                self.thaw.take_draft(await asyncio.to_thread(drafting.draft_of_live_run, attached.run))
        return self.corrected_session()

    # ---- a picture by itself ----

    def _open(self, one: Prediction) -> None:
        from tui.screens.large_picture import LargePicture

        attached = self.thaw.attached
        if attached is not None and self.found is not None:
            self.app.push_screen(LargePicture(attached.run, self.found.metrics.split, one))

    # ---- comparing ----

    @work(group="compare", exclusive=True)
    async def action_compare(self) -> None:
        """Lay another run's predictions beside these; the same key ends it."""
        if self.beside is not None:
            self.compare_with(None)
            self.show_pictures("wrong")
            return
        attached, found = self.thaw.attached, self.found
        if attached is None or found is None:
            return
        split = found.metrics.split
        runs = await asyncio.to_thread(self._others, split)
        if not runs:
            self.thaw.say(f"No other run in {runs_folder()} has an evaluation of {split}", warning=True)
            return
        choices = [(name, remark) for name, (remark, _) in runs.items()]
        chosen = await self.app.push_screen_wait(ChooseScreen("Compare with which run?", choices))
        if chosen is not None:
            self.compare_with(await asyncio.to_thread(read_beside, runs[chosen][1], split))
            self.show_pictures("fixed")

    def _others(self, split: str) -> dict[str, tuple[str, RunFolder]]:
        """The other runs that evaluated the split, by name, with their accuracy."""
        attached = self.thaw.attached
        found = {}
        for run in list_runs(runs_folder()):
            metrics = run.metrics(split)
            if (
                metrics is not None
                and attached is not None
                and run.path.resolve() != attached.run.path.resolve()
            ):
                found[run.name] = (percent(metrics.accuracy), run)
        return found

    def compare_with(self, beside: Beside | None) -> None:
        """Compare with this from now on."""
        self.beside = beside

    # ---- writing ----

    @work(group="dialog", exclusive=True)
    async def action_save(self) -> None:
        """Write the evaluation to a file for other programs."""
        attached, found = self.thaw.attached, self.found
        if attached is None or found is None:
            return
        name = f"{attached.run.name}-{found.metrics.split}.csv"
        goal = Saving(SUFFIXES, partial(check_path, overwrite=True))
        path = await self.app.push_screen_wait(
            PathDialog("Export to (.csv with tables beside it, .json)", name, goal=goal)
        )
        if path is None:
            return
        with self.thaw.reporting():
            if drafting.exists(path) and not await self.thaw.confirmed(
                f"{path} exists already.", "Replace it"
            ):
                return
            written = await asyncio.to_thread(
                save, attached.run.name, found.metrics, found.predictions, path, overwrite=True
            )
            self.thaw.say(f"Wrote {', '.join(map(str, written))}")
