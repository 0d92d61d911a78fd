"""What the doctor says of the data: its findings, or that it is still examining, or why it could not.

Shows a report; who asks for it, and when, is the data screen's part.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.screens.problem import problem_text
from tui.widgets.waiting import Waiting
from workbench.errors import ThawError
from workbench.findings import DoctorReport, report_lines


class DoctorPanel(VerticalScroll, can_focus=True):
    """A report that scrolls, with a turning line while there is none yet."""

    DEFAULT_CSS = """
    DoctorPanel { height: 1fr; scrollbar-size-vertical: 1; }
    DoctorPanel Waiting { height: auto; display: block; }
    DoctorPanel:focus { background: $boost; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Scroll down", show=False, id="doctor.down"),
        Binding("k", "scroll_up", "Scroll up", show=False, id="doctor.up"),
    ]

    def compose(self) -> ComposeResult:
        """The turning line and the report, one of which is shown."""
        yield Waiting("The doctor examines every picture")
        yield Static(id="doctor-report")

    def show(self, answer: DoctorReport | ThawError | None) -> None:
        """Show a report, a problem, or, for None, that the doctor is at work."""
        self.query_one(Waiting).display = answer is None
        report = self.query_one("#doctor-report", Static)
        report.display = answer is not None
        if isinstance(answer, ThawError):
            report.update(
                Text.assemble(("✗ The doctor could not finish\n\n", "bold red"), problem_text(answer))
            )
        elif answer is not None:
            report.update(_styled(answer))
        self.scroll_home(animate=False)


def _styled(report: DoctorReport) -> Text:
    """The report's lines: titles bold, what Thaw does dim."""
    text = Text()
    for number, line in enumerate(report_lines(report)):
        indented = line.startswith(" ")
        style = "dim" if line.lstrip().startswith("→") else "" if indented or number == 0 else "bold"
        text.append(line, style).append("\n")
    return text
