"""The data of the draft: classes with their counts, what was noticed, and sample pictures or the doctor's report.

Shows what the engine answered; while it works it says so, and where it failed it says what to do.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.screens.base import NOTHING_OPEN, ThawScreen
from tui.screens.problem import problem_text
from tui.widgets.class_bars import ClassBars, legend
from tui.widgets.doctor_panel import DoctorPanel
from tui.widgets.picture_grid import PictureGrid
from tui.widgets.waiting import Waiting
from tui.words import plural
from workbench.errors import ThawError
from workbench.findings import DoctorReport
from workbench.protocol import DataPreview
from workbench.safe_text import inert


class DataScreen(ThawScreen):
    """Classes on the left, pictures or the doctor's report on the right.

    `_examined` is the source that the report is of, or is being made for.
    """

    NUMBER = 2
    LABEL = "data"

    DEFAULT_CSS = """
    DataScreen #data-said { height: 1fr; padding: 1 2; }
    DataScreen #data-facts { height: auto; max-height: 50%; padding: 0 1; }
    DataScreen #data-left { width: 2fr; min-width: 38; padding-right: 1; }
    DataScreen #data-right { width: 3fr; border-left: solid $panel; padding-left: 1; }
    DataScreen #data-legend { height: 1; padding: 0 1; }
    DataScreen ClassBars { padding: 0 1; }
    DataScreen ClassBars:focus, DataScreen PictureGrid:focus { background: $boost; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "Look again", id="data.again"),
        Binding("D", "doctor", "Doctor", id="data.doctor"),
        Binding("m", "app.show('model')", "Model", id="data.model"),
        Binding("s", "start", "Start training", id="data.start"),
    ]

    def body(self) -> ComposeResult:
        """Either the data or what there is to say instead of it."""
        yield Waiting("The engine looks at the data", id="data-waiting")
        yield Static(id="data-said")
        with Horizontal(id="data-both"):
            with Vertical(id="data-left"):
                yield Static(id="data-facts")
                yield Static(legend(), id="data-legend")
                yield ClassBars()
            with Vertical(id="data-right"):
                yield PictureGrid()
                yield DoctorPanel()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._shown: DataPreview | None = None
        self._examined = ""
        self.query_one(DoctorPanel).display = False

    def draft_changed(self) -> None:
        """Show the preview, the problem, or that the engine is at it."""
        draft, looking_at = self.thaw.draft, self.thaw.looking_at
        preview = draft.preview if draft and not looking_at else None
        problem = draft.data_problem if draft and not looking_at else None
        said = self.query_one("#data-said", Static)
        waits = looking_at is not None or (draft is not None and preview is None and problem is None)
        if draft is None:
            said.update(Text(NOTHING_OPEN))
        elif problem is not None:
            said.update(Text.assemble(("✗ The data can't be used\n\n", "bold red"), problem_text(problem)))
        said.display = not waits and preview is None
        self.query_one("#data-both").display = preview is not None
        self.query_one("#data-waiting").display = waits
        if preview is not None and preview != self._shown:
            self._show(preview)
        self._shown = preview
        if draft is not None and draft.session.data.source != self._examined:
            self._show_doctor(shown=False)

    def _show(self, preview: DataPreview) -> None:
        self.query_one("#data-facts", Static).update(_facts(preview))
        self.query_one(ClassBars).show(preview.classes)
        self.query_one(PictureGrid).show([(sample, Text(inert(sample.label))) for sample in preview.samples])

    def action_again(self) -> None:
        """Let the engine look again, after the files have changed."""
        self._examined = ""
        if self.thaw.draft is not None:
            self.thaw.draft.preview = self.thaw.draft.data_problem = None
            self.thaw.ask_again()
            self.draft_changed()

    def action_doctor(self) -> None:
        """Show what the doctor says of the data instead of the pictures, or the pictures again."""
        draft = self.thaw.draft
        if draft is None or draft.preview is None:
            return
        self._show_doctor(shown=not self.query_one(DoctorPanel).display)
        if draft.session.data.source != self._examined:
            self._examined = draft.session.data.source
            self.query_one(DoctorPanel).show(None)
            self._examine(draft.toml(), draft.session.data.source)

    @work(group="doctor", exclusive=True)
    async def _examine(self, text: str, source: str) -> None:
        try:
            report: DoctorReport | ThawError = await self.thaw.engine.ask_for(
                DoctorReport, "doctor", text=text
            )
        except ThawError as error:
            report = error
        if source == self._examined:
            self.query_one(DoctorPanel).show(report)

    def _show_doctor(self, *, shown: bool) -> None:
        panel, pictures = self.query_one(DoctorPanel), self.query_one(PictureGrid)
        had_focus = panel.has_focus or pictures.has_focus
        panel.display, pictures.display = shown, not shown
        if shown or had_focus:
            (panel if shown else pictures).focus()

    def action_start(self) -> None:
        """Train the draft."""
        self.thaw.start_run()


def _facts(preview: DataPreview) -> Text:
    train, val, test = (
        sum(getattr(each, split) for each in preview.classes) for split in ("train", "val", "test")
    )
    text = Text(inert(preview.source), style="bold", overflow="ellipsis")
    text.append(
        f"\n{plural(train + val + test, 'image')} of {plural(len(preview.classes), 'class', 'classes')}",
        "not bold",
    )
    text.append(f"\ntrain {train:,} · val {val:,} · test {test:,}", "not bold")
    text.append(f"\nthe model sees {preview.image_size}×{preview.image_size}", "not bold dim")
    for notice in preview.notices:
        text.append(f"\n! {inert(notice)}", "not bold yellow")
    return text
