"""What the workbench does with drafts: open, edit, undo, ask the engine about them.

How a draft is read and asked about is `tui.drafting`'s part, saving is `tui.save_actions`'s; this decides when, and
asks before edits are lost.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from tui import drafting, graphics
from tui.garbage import leave_out_what_is_loaded
from tui.opening import kind_of
from tui.run_actions import RunActions
from tui.words import sample_columns
from tui.workspace import Draft
from workbench.actions import Edit, Redo, Undo
from workbench.errors import ThawError
from workbench.run import RunFolder

if TYPE_CHECKING:
    from workbench.session import Session

EDIT_PAUSE_SECONDS = 0.4
"""The engine is asked about an edited draft once the edits pause for this long."""

DEMO_PAUSE_SECONDS = 1.5
"""The demo's worker is under way before the engine is asked."""

SAMPLES = 24


class DraftActions(RunActions):
    """The actions on drafts."""

    # ---- opening ----

    @work(group="open", exclusive=True)
    async def open_path(self, path: Path) -> None:
        """Open whatever the path is: attach to a run, edit a session, propose one for a folder of images."""
        try:
            match kind_of(path):
                case "run":
                    await self._open_run(RunFolder(path))
                case "session":
                    draft = await asyncio.to_thread(drafting.draft_of_file, path)
                    await self._open_draft(draft, "model")
                case "folder":
                    await self._open_folder(path)
        except ThawError as error:
            self.explain(error)

    @work(group="open", exclusive=True)
    async def open_demo(self) -> None:
        """Open the bundled digits and train them at once."""
        if not self.may_change_runs("demo"):
            return
        from workbench.session_file import find

        with self.reporting():
            draft = await asyncio.to_thread(lambda: drafting.draft_of_file(find("digits")))
            if await self._open_draft(draft, "train", pause=DEMO_PAUSE_SECONDS):
                self.start_run()

    async def _open_run(self, run: RunFolder) -> None:
        if self.draft is None or await self.may_drop(self.draft):
            await self.attach(run)
            await self.show_mode("train")
            draft = await asyncio.to_thread(drafting.draft_of_live_run, run)
            self.take_draft(draft)

    async def _open_folder(self, folder: Path) -> None:
        if self.draft is not None and not await self.may_drop(self.draft):
            return
        before, self.looking_at = self.current_mode, folder
        await self.show_mode("data")
        self.draft_changed()
        try:
            draft = await drafting.draft_of_folder(self.engine, folder)
        except ThawError:
            await self.show_mode(before)
            raise
        finally:
            self.looking_at = None
            self.draft_changed()
        self.take_draft(draft)

    async def _open_draft(self, draft: Draft, mode: str, *, pause: float = 0.0) -> bool:
        if self.draft is not None and not await self.may_drop(self.draft):
            return False
        self.take_draft(draft, pause=pause)
        await self.show_mode(mode)
        return True

    async def may_drop(self, draft: Draft) -> bool:
        """Whether the draft has nothing unsaved, or the user lets it go; only from a worker, because it waits."""
        if not draft.modified:
            return True
        name = draft.session.name
        return await self.confirmed(
            f"{name} has edits that are not saved.", "Drop them", detail="ctrl+s saves them"
        )

    def take_draft(self, draft: Draft, *, pause: float = 0.0) -> None:
        """Hold this draft from now on and ask the engine about it, after `pause` seconds."""
        self.draft = draft
        self.draft_changed()
        self._ask_about(draft, pause=pause)

    # ---- asking the engine ----

    def ask_again(self) -> None:
        """Ask the engine about the draft again, after a problem was put right."""
        if self.draft is not None:
            self._ask_about(self.draft, pause=0.0)

    @work(group="ask", exclusive=True)
    async def _ask_about(self, draft: Draft, pause: float) -> None:
        # What was kept is shown at once; the engine, which needs seconds to start, has the last word.
        if drafting.recall(draft) and draft is self.draft:
            self.draft_changed()
        await asyncio.sleep(pause)
        # Two processes that load PyTorch at once would both take twice as long.
        while self.attached is not None and self.attached.view.state == "starting":  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        await drafting.describe(self.engine, draft)
        if draft is self.draft:
            self.draft_changed()
        size = graphics.pixels(sample_columns(self.size.width))
        await drafting.look_at_data(self.engine, draft, samples=SAMPLES, size=size)
        if draft is self.draft:
            self.draft_changed()
        leave_out_what_is_loaded()

    # ---- editing ----

    def edit(self, session: Session) -> None:
        """Take an edited session into the draft."""
        draft = self.draft
        if draft is not None:
            before = draft.session
            draft.edit(session)
            self._edited(draft, before)

    def _edited(self, draft: Draft, before: Session) -> None:
        now = draft.session
        self.tell_corrections(before, now)
        # What the key changed where it was pressed is painted first, and then what else there is to say of it.
        self.call_after_refresh(self.draft_changed)
        if (before.model, before.data, before.seed) != (now.model, now.data, now.seed):
            self._ask_about(draft, pause=EDIT_PAUSE_SECONDS)

    def undo_edit(self, *, redo: bool = False) -> None:
        """Take the draft's last edit back, or make it again."""
        draft = self.draft
        if draft is None:
            return
        before = draft.session
        if draft.redo() if redo else draft.undo():
            self._edited(draft, before)
        else:
            self.say(f"nothing to {'redo' if redo else 'undo'}")

    def action_schedule(self) -> None:
        """Show what the session plans for later epochs and steps, and let it be changed."""
        if self.draft is None:
            self.say("No session is open whose schedule could be shown")
            return
        from tui.screens.schedule import ScheduleScreen

        self.push_screen(ScheduleScreen())

    def action_undo_edit(self) -> None:
        """Take the draft's last edit back."""
        self.undo_edit()

    def action_redo_edit(self) -> None:
        """Make the draft's edit again that was undone last."""
        self.undo_edit(redo=True)

    def ask_edit(self, edit: Edit) -> None:
        """Let an edit of the model tree change the draft, or tell it to the run while one is live."""
        if self.is_live:
            self.tell(edit)
        else:
            self.edit_by(edit)

    def edit_by(self, edit: Edit) -> None:
        """Let the draft say what an edit of the model tree asks for."""
        from tui.tree_state import edited

        draft = self.draft
        if isinstance(edit, Undo | Redo):
            self.undo_edit(redo=isinstance(edit, Redo))
        elif draft is not None and draft.description is not None:
            with self.reporting():
                was_gradual = draft.session.strategy == "gradual" and draft.session.freeze.thaw is None
                self.edit(edited(draft.session, draft.description, edit))
                if was_gradual and draft.session.freeze.thaw is not None:
                    self.say("what trains is now set by hand: the gradual strategy no longer thaws by itself")
