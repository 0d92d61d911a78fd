"""What the app holds, and how everyone hears of it: the draft, the attached run, the engine, problems.

The base under the actions on drafts (`tui.draft_actions`), on runs (`tui.run_actions`) and on files
(`tui.save_actions`), which `tui.app` joins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.app import App
from textual.message import Message

from tui.client import Engine
from tui.messages import DraftChanged, RunChanged
from tui.workspace import Attached, Draft
from workbench.errors import ThawError

if TYPE_CHECKING:
    from tui.tree_state import TreeState


TreeKey = tuple[Any, ...]
"""What a tree's state is made from; its first part says whether that is a run or a draft."""

TreeSource = tuple[TreeKey, Callable[[], "TreeState | None"]]


class Holding(App[str]):
    """An app with a draft, an attached run and an engine.

    `looking_at` is the folder for which the engine is working out a session, while it does; `switching` is set while
    one of the six screens takes the place of another. `looks_only` says that this workbench was opened to look: it
    tells no run anything, starts none and removes none.
    """

    def __init__(self, engine: Engine | None = None, *, looks_only: bool = False) -> None:
        super().__init__()
        self.looks_only = looks_only
        self.draft: Draft | None = None
        self.attached: Attached | None = None
        self.looking_at: Path | None = None
        self.engine = engine or Engine()
        self.switching = False
        self._changing_screen = asyncio.Lock()
        self._tree_states: dict[str, tuple[TreeKey, TreeState | None]] = {}

    def run_changed(self) -> None:
        """Tell the screens in sight that the attached run's view changed."""
        self._tell_screens(RunChanged)

    def draft_changed(self) -> None:
        """Tell the screens in sight that the draft changed."""
        self._tell_screens(DraftChanged)

    def _tell_screens(self, message: type[Message]) -> None:
        for screen in self.screen_stack:
            screen.post_message(message())

    def say(self, text: str, *, warning: bool = False) -> None:
        """Show a short note; the text is shown as it is."""
        self.notify(text, severity="warning" if warning else "information", timeout=3, markup=False)

    def problem(self, error: ThawError) -> None:
        """Show what went wrong: short things as a note, a list of problems as a dialog."""
        if "\n" in error.message:
            self.explain(error)
        else:
            self.notify(str(error), severity="error", timeout=10, markup=False)

    @property
    def is_read_only(self) -> bool:
        """Whether runs can only be looked at: so it was asked for, or the attached one is not this user's to steer."""
        return self.looks_only or (self.attached is not None and self.attached.read_only)

    def may_tell(self, what: str) -> bool:
        """Whether the attached run may be told something; where not, says that `what` was not sent, and why."""
        if self.attached is not None and self.attached.read_only:
            file = self.attached.run.commands
            self.say(f"read-only: {what} was not sent, {file} is not yours to write", warning=True)
            return False
        return self.may_change_runs(what)

    def may_change_runs(self, what: str) -> bool:
        """Whether runs may be started, resumed, marked and removed here; where not, says so."""
        if self.looks_only:
            self.say(f"read-only: no {what}, this workbench was opened to look", warning=True)
        return not self.looks_only

    def explain(self, error: ThawError) -> None:
        """Show what went wrong in a dialog that stays until it is closed."""
        from tui.screens.problem import ProblemScreen

        self.push_screen(ProblemScreen(error))

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Show a ThawError raised inside instead of passing it on."""
        try:
            yield
        except ThawError as error:
            self.problem(error)

    async def confirmed(self, question: str, yes: str, *, detail: str = "") -> bool:
        """Whether the user agrees; only from a worker, because it waits."""
        return bool(await self.answered(question, yes, detail=detail))

    async def answered(self, question: str, yes: str, *, no: str = "Cancel", detail: str = "") -> bool | None:
        """The user's answer, None where the question was closed; only from a worker, because it waits."""
        from tui.screens.confirm import ConfirmScreen

        answer: bool | None = await self.push_screen_wait(
            ConfirmScreen(Text(question), yes, no, Text(detail))
        )
        return answer

    def delay_update(self, delay: float = 0.0) -> None:
        """Paint a changed screen at once: Textual would hold it back for 50 ms, in case more comes."""

    async def show_mode(self, mode: str) -> None:
        """Switch to a screen by its mode's name; dialogs stay with the screen that they came from.

        Nothing happens once the app closes, which waits for a change under way.
        """
        if self.current_mode == mode:
            return
        async with self._changing_screen:
            if not self.is_running:
                return
            self.switching = True
            shown = self.switch_mode(mode)
            self.switching = False
            await shown

    async def _shutdown(self) -> None:
        """Close once a screen that is being made is there: half made, it would ask for parts that it never gets."""
        async with self._changing_screen:
            await super()._shutdown()

    @property
    def is_live(self) -> bool:
        """Whether keys of the model tree reach a worker instead of the draft."""
        return (
            self.attached is not None
            and self.attached.view.is_live
            and self.attached.view.frozenness is not None
        )

    def tree_state(self) -> TreeState | None:
        """What the model tree shows: the attached run's actual state while it is live, else the draft's plan."""
        return self._tree_of((self._of_run() if self.is_live else None) or self._of_draft())

    def run_tree_state(self) -> TreeState | None:
        """What the tree beside the charts shows: the attached run's actual state, also after its end."""
        return self._tree_of(self._of_run() or self._of_draft())

    def _tree_of(self, source: TreeSource | None) -> TreeState | None:
        if source is None:
            return None
        key, make = source
        known = self._tree_states.get(key[0])
        if known is None or known[0] != key:
            known = self._tree_states[key[0]] = (key, make())
        return known[1]

    def _of_run(self) -> TreeSource | None:
        from tui.tree_state import live_state, shown_rate

        attached = self.attached
        if attached is None or attached.session is None or attached.description is None:
            return None
        session, description, view = attached.session, attached.description, attached.view
        if view.frozenness is None:
            return None
        key = (
            "run",
            attached.run,
            view.is_live,
            id(view.frozenness),
            tuple(view.pending),
            len(view.applied),
            shown_rate(view),
            view.proofs.contradictions,
        )
        return key, lambda: live_state(session, description, view)

    def _of_draft(self) -> TreeSource | None:
        from tui.tree_state import draft_state

        draft = self.draft
        if draft is None or draft.description is None:
            return None
        edited, described = draft.session, draft.description
        return ("draft", id(edited), id(described)), lambda: draft_state(edited, described)
