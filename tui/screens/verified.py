"""The answer to a verify, in a dialog: the verdict, the digests then and now, and what moved since the last time."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.screens.answer import AnswerScreen
from tui.state import RunView
from workbench.proof_words import movers, movers_line, verdict
from workbench.protocol import Verified


class VerifiedScreen(AnswerScreen[Verified]):
    """Waits for the worker's proof and shows it; the table scrolls."""

    TITLE_WORDS = "Verify"
    WAITS = "Asked. The worker compares at its next step, and the log keeps the answer."

    DEFAULT_CSS = """
    VerifiedScreen #moved { height: auto; max-height: 100%; margin-top: 1; scrollbar-size-vertical: 1; }
    VerifiedScreen Static { height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll(1)", "Down", show=False, id="verified.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="verified.up"),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False, id="verified.page-down"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="verified.page-up"),
        Binding("V", "ask_again", "Again", id="verified.again"),
    ]

    def found(self, view: RunView) -> Verified | None:
        """The last verify."""
        return view.proofs.verified

    def shown(self, answer: Verified) -> list[Widget]:
        """The verdict and the digests stand; the tensors scroll."""
        box = self.query_one("#answer", Vertical)
        box.border_title = f"Verify at step {answer.step:,}"
        box.border_subtitle = f"{'V again · ' if self.view.is_live else ''}j k scroll · esc closes"
        box.set_class(bool(answer.broken), "-broken")
        return [Static(_proof(answer)), VerticalScroll(Static(_tensors(answer)), id="moved")]

    def action_scroll(self, lines: int) -> None:
        """Scroll the tensors."""
        for table in self.query("#moved"):
            table.scroll_relative(y=lines, animate=False)

    def action_ask_again(self) -> None:
        """Ask once more; what moved is then told from here on."""
        if self.view.is_live:
            self.dismiss()
            self.app.call_later(self.app.run_action, "verify")


def _proof(answer: Verified) -> Text:
    style = "bold red" if answer.broken else "bold green"
    digests = f"\nthen  {answer.expected}\nnow   {answer.found}" if answer.still else ""
    return Text(verdict(answer), style=style).append(digests, style="not bold default")


def _tensors(answer: Verified) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", expand=True)
    table.add_column(movers_line(answer) or "nothing was free to move", overflow="fold")
    table.add_column("by", justify="right", no_wrap=True)
    for name in answer.broken:
        table.add_row(Text(f"✗ {name}", style="bold red"), Text("though frozen", style="bold red"))
    for name, change in movers(answer):
        table.add_row(Text(name), change)
    return table
