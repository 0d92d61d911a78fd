"""What is shown when a run's worker failed or died: what it said, the end of its log, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.key_bar import KeyBar
from tui.workspace import Attached

if TYPE_CHECKING:
    from tui.app import ThawApp

LOG_BYTES = 16384


class FailureScreen(ModalScreen[None]):
    """A failed run, with keys to resume it, to edit its session, or to go back."""

    DEFAULT_CSS = """
    FailureScreen { align: center middle; }
    FailureScreen > Vertical {
        width: 100; max-width: 96%; height: 80%; border: round $error; background: $surface;
        padding: 0 1;
    }
    FailureScreen #said { height: auto; padding: 1 1 0 1; }
    FailureScreen ScrollableContainer { height: 1fr; margin: 1 1; background: $boost; }
    FailureScreen #log { width: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "resume", "Resume", id="failure.resume"),
        Binding("o", "open_session", "Edit the session", id="failure.open"),
        Binding("escape,q", "dismiss", "Back", id="failure.back"),
    ]

    def __init__(self, attached: Attached) -> None:
        super().__init__()
        self._attached = attached

    def compose(self) -> ComposeResult:
        """What it said above, its log below, the keys in the footer."""
        with Vertical() as box:
            box.border_title = f"✗ {self._attached.view.state}"
            yield Static(self._said(), id="said")
            with ScrollableContainer() as log:
                log.anchor()  # its end is what matters
                yield Static(Text(log_end(self._attached) or "worker.log is empty", style="dim"), id="log")
        yield KeyBar()

    def _said(self) -> Text:
        view, name = self._attached.view, self._attached.run.name
        if view.failed is not None:
            text = Text.assemble((view.failed.message, "bold"))
            text.append(f"\n→ {view.failed.hint}" if view.failed.hint else "")
        else:
            text = Text(
                "The worker ended without a word: it was killed, or the machine went down.", style="bold"
            )
            text.append(
                "\n→ r resumes it at its last checkpoint; the end of its log may say more", "not bold"
            )
        return text.append(f"\n\n{name}, end of worker.log:", style="dim")

    @property
    def _thaw(self) -> ThawApp:
        return cast("ThawApp", self.app)

    def action_resume(self) -> None:
        """Let a new worker take the run up at its last checkpoint."""
        self.dismiss()
        self._thaw.resume_run(self._attached.run)

    async def action_open_session(self) -> None:
        """Edit the session that the run was started with."""
        self.dismiss()
        await self._thaw.show_mode("model")


def log_end(attached: Attached) -> str:
    """The last lines of the worker's log, or an empty text."""
    try:
        data = attached.run.log.read_bytes()[-LOG_BYTES:]
    except OSError:
        return ""
    return "\n".join(data.decode(errors="replace").splitlines()[-40:])
