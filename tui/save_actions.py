"""Saving and reloading: where a draft goes, and when a run's live edits become a session of their own.

Nothing is overwritten or dropped without asking; writing itself is `tui.drafting`'s and `workbench.keep`'s part.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work

from tui import drafting
from tui.draft_actions import DraftActions
from tui.words import plural, short_path
from tui.workspace import Attached, Draft
from workbench.actions import Control, Correction
from workbench.replay import is_live


class SaveActions(DraftActions):
    """The actions that write sessions."""

    @work(group="save", exclusive=True)
    async def action_save(self) -> None:
        """Save the draft; a run's live edits, or a draft without a file, ask first."""
        draft = self.draft
        if draft is None:
            self.say("Nothing to save: no session is open")
            return
        edits = self._live_edits(draft)
        if not edits:
            await self._save(draft, draft.path)
            return
        question = f"This run had {plural(edits, 'live edit')}. Save that with the session, as a schedule?"
        match await self.answered(question, "As a schedule", no="Without them"):
            case True:
                await self._keep()
            case False:
                await self._save(draft, draft.path)

    @work(group="save", exclusive=True)
    async def action_save_as(self) -> None:
        """Save the draft to another file."""
        if self.draft is not None:
            await self._save(self.draft, None)

    @work(group="save", exclusive=True)
    async def action_keep(self) -> None:
        """Save the attached run's session with what was changed live as a schedule, to run again unattended."""
        await self._keep()

    @work(group="save", exclusive=True)
    async def action_reload(self) -> None:
        """Read the draft's file again; edits are dropped after asking."""
        draft = self.draft
        if draft is not None and await self.may_drop(draft):
            with self.reporting():
                self.take_draft(drafting.reload(draft))
                self.say("Read again")

    def _live_edits(self, draft: Draft) -> int:
        """How many edits were made by hand while the draft's own run trained; corrections are in the draft anyway."""
        attached = self.attached
        if attached is None or not attached.trains(draft.session):
            return 0
        live = (event.action for event in attached.view.applied if is_live(event))
        return sum(not isinstance(action, Control | Correction) for action in live)

    async def _keep(self) -> None:
        if self.attached is None:
            self.say("No run is attached whose live edits could be kept")
            return
        with self.reporting():
            draft = await asyncio.to_thread(_kept_draft, self.attached)
            if await self._save(draft, None):
                self.take_draft(draft)

    async def _save(self, draft: Draft, path: Path | None) -> bool:
        path = path or await self._ask_where(draft)
        if path is None:
            return False
        with self.reporting():
            drafting.save(draft, path)
            self.say(f"Saved to {short_path(path)}")
            self.draft_changed()
            return True
        return False

    async def _ask_where(self, draft: Draft) -> Path | None:
        from tui.path_goals import Saving
        from tui.screens.path_dialog import PathDialog

        goal = Saving((".toml",), drafting.check_path, drafting.session_path, makes_folders=True)
        dialog = PathDialog("Save the session as", str(drafting.suggested_path(draft)), goal=goal)
        path = await self.push_screen_wait(dialog)
        if path is None:
            return None
        if drafting.exists(path) and not await self.confirmed(f"{path} exists already.", "Replace it"):
            return None
        return path


def _kept_draft(attached: Attached) -> Draft:
    from workbench.keep import kept

    return drafting.draft_of(kept(attached.run), attached.run.name)
