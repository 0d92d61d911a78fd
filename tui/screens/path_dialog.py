"""Asks for a path: completes it, lists what it may become with what each is, and says what is wrong with it.

What is asked for, something to open or a file to write, is a `tui.path_goals.Goal`'s to decide; nothing that looks
at the disk is waited for by the keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.aside import aside
from tui.folder_listing import Entry
from tui.looks import look
from tui.path_finder import Found, PathFinder
from tui.path_goals import Goal, Opening, Verdict
from tui.path_text import above, meant_path, split
from tui.widgets.key_bar import KeyBar
from tui.widgets.path_input import PathInput
from tui.widgets.path_list import PathList
from tui.words import plural
from workbench.errors import BadInput
from workbench.safe_text import inert

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 0.15
"""A folder that takes longer to read is said to be read."""
TAB_PATIENCE_SECONDS = 0.5
"""So long the keys behind a tab wait for the folder to be read; then tab does nothing."""


class PathDialog(ModalScreen[Path | None]):
    """Dismisses with the path that was entered, or None; without a goal it is something to open."""

    DEFAULT_CSS = """
    PathDialog { align: center middle; }
    PathDialog > Vertical {
        width: 84; max-width: 96%; height: 80%; max-height: 26; padding: 0 1;
        border: round $primary; background: $surface;
    }
    PathDialog PathInput { margin: 0 0 1 0; }
    PathDialog #said { height: auto; min-height: 1; max-height: 6; margin: 1 0 0 0; color: $text-muted; }
    PathDialog #said.-wrong { color: $text-error; }
    PathDialog KeyBar { dock: none; background: $surface; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="path.cancel"),
        Binding("f1", "app.help", "Help", id="path.help"),
    ]

    def __init__(self, title: str, text: str = "", *, goal: Goal | None = None) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._goal = goal or Opening()
        self._finder = PathFinder(self._goal)
        self._shown: Found | None = None
        self._kinds: dict[Entry, str] = {}
        self._warned = ""

    def compose(self) -> ComposeResult:
        """The field, what it may become, what there is to say, and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            hint = "a path; ~ is your home folder"
            field = PathInput(self._text, placeholder=hint, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield PathList()
            yield Static(id="said")
            yield KeyBar()

    def on_mount(self) -> None:
        """Offer what the folder of the given text has."""
        self.query_one(Input).focus()
        self._look_up(self._text)

    # ---- what is typed, and what fits it ----

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what fits; what was said was of another text."""
        self.workers.cancel_group(self, "enter")
        self._warned = ""
        self.query_one(PathList).leave()
        self._look_up(event.value)

    @work(exclusive=True, group="look-up")
    async def _look_up(self, text: str) -> None:
        found = await self._patiently(self._finder.find(text), f"reading {split(text)[0] or 'this folder'} …")
        self._show(found)
        remark = await self._patiently(aside(self._remark, text), "looking …")
        self._say(remark or self._about(found))

    def _remark(self, text: str) -> str:
        return self._goal.remark(meant_path(text))

    async def _patiently(self, answer: Coroutine[Any, Any, Answer], words: str) -> Answer:
        """The answer; the words are shown while it takes long."""
        asked = asyncio.ensure_future(answer)
        try:
            await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
            if not asked.done():
                self._say(words)
            return await asked
        finally:
            asked.cancel()

    def _show(self, found: Found) -> None:
        if self._shown is None or found.listing is not self._shown.listing:
            self._kinds = {}
        self._shown = found
        offered = found.offered if self._goal.takes_first else None
        self.query_one(PathList).show(found.entries, offered, self._kinds)

    def _about(self, found: Found) -> str:
        if found.listing.problem:
            return found.listing.problem
        if found.elsewhere and found.entries:
            return "the folders above are other places for it"
        if not found.entries:
            return (
                ""
                if found.exact or found.elsewhere
                else "nothing here fits"
                if found.start
                else "nothing here to choose"
            )
        more = ", the first of many" if found.listing.more else ""
        return f"{plural(len(found.entries), 'entry', 'entries')}{more}"

    def _say(self, words: str, hint: str = "", *, wrong: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.set_class(wrong, "-wrong")
        said.update(Text(inert(words)) + Text(f"\n→ {inert(hint)}" if hint else ""))

    def on_path_list_wanted(self, event: PathList.Wanted) -> None:
        """Find out what the entries in sight are."""
        if self._shown is not None:
            self._name_kinds(self._shown, event.entries, self._kinds)

    @work(exclusive=True, group="kinds")
    async def _name_kinds(self, found: Found, entries: tuple[Entry, ...], kinds: dict[Entry, str]) -> None:
        for entry in entries:
            kinds[entry] = (await aside(look, found.path_of(entry))).words
            self.query_one(PathList).refresh()

    # ---- keys ----

    async def action_complete(self) -> None:
        """Complete the text as far as all that fits agrees; else go into the list, and then take its entry."""
        field, listed = self.query_one(PathInput), self.query_one(PathList)
        try:
            found = await asyncio.wait_for(self._finder.find(field.value), TAB_PATIENCE_SECONDS)
        except TimeoutError:
            return
        if self._shown is None or self._shown.text != found.text:
            self._show(found)
        if found.completed != found.text:
            field.set_text(found.completed)
        elif listed.chosen is not None:
            field.set_text(found.text_of(listed.chosen))
        else:
            listed.enter()

    def action_move(self, lines: int) -> None:
        """Move in the list while the field has the keyboard."""
        self.query_one(PathList).move(lines)

    def action_page(self, pages: int) -> None:
        """Move in the list by what is in sight."""
        self.query_one(PathList).page(pages)

    def action_parent(self) -> None:
        """Go to the folder above; a file to write keeps its name."""
        field = self.query_one(PathInput)
        head, start = split(field.value)
        field.set_text(above(head) + ("" if self._goal.takes_first else start))

    def on_path_list_picked(self, event: PathList.Picked) -> None:
        """A click takes an entry into the field; what is meant is seen before it is opened."""
        if self._shown is not None:
            self.query_one(PathInput).set_text(self._shown.text_of(event.entry))

    # ---- entering ----

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the chosen entry, or what was typed."""
        # What the look-up has yet to say of this text would replace what entering it says.
        self.workers.cancel_group(self, "look-up")
        chosen = self.query_one(PathList).chosen
        if chosen is not None and self._shown is not None:
            self._enter_entry(self._shown, chosen)
        elif event.value or self._goal.takes_first:
            self._enter_text(event.value)
        else:
            self._say("nothing is typed", "type a name for the file", wrong=True)

    @work(exclusive=True, group="enter")
    async def _enter_text(self, text: str) -> None:
        found = await self._patiently(self._finder.find(text), f"reading {split(text)[0] or 'this folder'} …")
        self._show(found)
        if self._goal.takes_first and found.offered is not None:
            await self._judge(found.text_of(found.offered), found.path_of(found.offered))
        else:
            await self._judge(text, await aside(meant_path, text))

    @work(exclusive=True, group="enter")
    async def _enter_entry(self, found: Found, entry: Entry) -> None:
        if found.elsewhere:
            self.query_one(PathInput).set_text(found.text_of(entry))
        else:
            await self._judge(found.text_of(entry), found.path_of(entry))

    async def _judge(self, text: str, entered: Path) -> None:
        try:
            path, verdict = await self._patiently(aside(self._judged, entered), f"looking at {text} …")
        except (BadInput, OSError, ValueError) as error:
            self._refuse(error)
            return
        if verdict == "take" or (self._warned == text and self._goal.takes_first):
            self.dismiss(path)
        else:
            self._go_into(text)

    def _judged(self, entered: Path) -> tuple[Path, Verdict]:
        path = self._goal.target(entered)
        return path, self._goal.verdict(path)

    def _refuse(self, error: BadInput | OSError | ValueError) -> None:
        match error:
            case BadInput():
                self._say(error.message, error.hint, wrong=True)
            case OSError(strerror=str(reason)):
                self._say(f"this can't be used: {reason}", "choose another path", wrong=True)
            case _:
                self._say("no file can have such a name", "correct it", wrong=True)

    def _go_into(self, text: str) -> None:
        field = self.query_one(PathInput)
        folder = text if not text or text.endswith("/") else f"{text}/"
        if field.value != folder:
            field.set_text(folder)
        elif self._goal.takes_first:
            self._warned = text
            here = text or "this folder"
            self._say(
                f"{here}: no images, session or run seen at a quick look",
                "choose what lies in it, or press enter again to open it nevertheless",
                wrong=True,
            )
        else:
            self._say(f"{text}: is a folder", "type a name for the file behind it", wrong=True)
