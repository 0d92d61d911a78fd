"""A line that takes any verb of a run, as `thaw tell` does, completes it, and says in place what is wrong with it.

What becomes of the action is the screen's business.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from workbench.actions import USAGE, Action, parse
from workbench.errors import BadInput

TAKING_PATTERNS = {"thaw", "freeze", "only", "lr-scale"}


class CommandLine(Vertical):
    """The command line; hidden until `open` is called, and again once a command was given."""

    DEFAULT_CSS = """
    CommandLine { height: auto; display: none; background: $panel; }
    CommandLine.-open { display: block; }
    CommandLine > Input { border: none; height: 1; padding: 0 1; background: $surface; }
    CommandLine > Input:focus { border: none; }
    CommandLine.-wrong > Static { display: block; }
    CommandLine > Static { display: none; height: auto; padding: 0 1; color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", id="command.close"),
    ]

    class Given(Message):
        """A command was typed and could be read."""

        def __init__(self, action: Action) -> None:
            super().__init__()
            self.action = action

    class Closed(Message):
        """The line was closed without a command."""

    def compose(self) -> ComposeResult:
        """The input, and the place where errors stand."""
        yield Input(
            placeholder="thaw PATTERN · freeze PATTERN · lr 3e-4 · epochs 8 · undo …  (→ completes, esc closes)",
            suggester=Suggestions(()),
        )
        yield Static()

    def open(self, paths: Sequence[str] = ()) -> None:
        """Show the line and take the keyboard; `paths` are stages and modules to complete patterns with."""
        self.add_class("-open")
        self.remove_class("-wrong")
        line = self.query_one(Input)
        line.suggester = Suggestions(paths)
        line.value = ""
        line.focus()

    def on_input_changed(self) -> None:
        """Take the last complaint back once the text changes."""
        self.remove_class("-wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read the line; keep it, with the reason, where it can't be read."""
        event.stop()
        if not event.value.strip():
            self.action_close()
            return
        try:
            action = parse(event.value)
        except BadInput as error:
            self.query_one(Static).update(
                Text(f"{error.message} · {error.hint}" if error.hint else error.message)
            )
            self.add_class("-wrong")
            return
        self.remove_class("-open")
        self.post_message(self.Given(action))

    def action_close(self) -> None:
        """Hide the line."""
        self.remove_class("-open")
        self.post_message(self.Closed())


class Suggestions(Suggester):
    """Completes verbs, and after those that take patterns the stages and module paths of the model."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._paths = paths

    async def get_suggestion(self, value: str) -> str | None:
        """The line with its last word completed, or None."""
        head, _, word = value.rpartition(" ")
        verb = value.split(" ", 1)[0]
        words: Sequence[str] = list(USAGE) if not head else self._paths if verb in TAKING_PATTERNS else ()
        found = (
            next((choice for choice in words if choice.startswith(word) and choice != word), None)
            if word
            else None
        )
        return None if found is None else f"{head} {found}".lstrip()
