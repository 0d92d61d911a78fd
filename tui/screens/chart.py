"""One chart on the whole screen: any figure, zoomed and panned by key, read with a cursor, over another run.

What is drawn is the chart's part; here are the keys, and the window and cursor that they lead to.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.curves import FIGURES, SMOOTHINGS, Figure, Look, Other, shown_steps
from tui.messages import RunChanged
from tui.reading import panned, read_at, zoomed
from tui.screens.choose import ChooseScreen
from tui.widgets.chart import Chart
from workbench.run import RunFolder, list_runs, read_record, runs_folder
from workbench.safe_text import inert

if TYPE_CHECKING:
    from tui.app import ThawApp
    from tui.state import RunView

CURSOR_PART = 50
"""The cursor moves by one in so many parts of the window."""


class ChartScreen(ModalScreen[None]):
    """A figure of the attached run."""

    DEFAULT_CSS = """
    ChartScreen { background: $background; layout: vertical; }
    ChartScreen #chart-head, ChartScreen #chart-reading, ChartScreen #chart-keys {
        height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ChartScreen #chart-keys { color: $foreground 70%; }
    ChartScreen Chart { height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "dismiss(None)", "Back", id="chart.close"),
        Binding("tab,f", "figure(1)", "Figure", tooltip="The next figure", id="chart.figure"),
        Binding("shift+tab,F", "figure(-1)", "Figure before", show=False, id="chart.figure-before"),
        *(
            Binding(str(place), f"show('{figure}')", f"Show {figure}", show=False, id=f"chart.{figure}")
            for place, figure in enumerate(FIGURES, start=1)
        ),
        Binding("left,h", "cursor(-1)", "Cursor left", show=False, id="chart.left"),
        Binding("right,l", "cursor(1)", "Cursor right", id="chart.right"),
        Binding("home", "cursor(-1000)", "To the first step", show=False, id="chart.first"),
        Binding("end", "cursor(1000)", "To the last step", show=False, id="chart.last"),
        Binding("plus,equals_sign,up,k", "zoom(0.5)", "Zoom in", id="chart.in"),
        Binding("minus,down,j", "zoom(2.0)", "Zoom out", show=False, id="chart.out"),
        Binding("0", "whole", "The whole run", show=False, id="chart.whole"),
        Binding("H,shift+left", "pan(-0.25)", "Pan left", show=False, id="chart.pan-left"),
        Binding("L,shift+right", "pan(0.25)", "Pan right", id="chart.pan-right"),
        Binding("z", "smoothing", "Smooth", id="chart.smoothing"),
        Binding("y", "log_scale", "Log", id="chart.log-scale"),
        Binding("o", "overlay", "Another run", tooltip="Lay another run behind this one", id="chart.overlay"),
    ]

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = replace(look, epoch_lines=True)
        self._figure: Figure = "loss"
        self._other: Other | None = None

    def compose(self) -> ComposeResult:
        """The figures, the chart, what the cursor reads, the keys."""
        yield Static(id="chart-head")
        yield Chart(self._figure)
        yield Static(id="chart-reading")
        yield Static(
            "←→ cursor  +- zoom  HL pan  0 all  tab figure  z smooth  y log  o overlay  esc",
            id="chart-keys",
        )

    @property
    def view(self) -> RunView | None:
        """The attached run's view."""
        attached = cast("ThawApp", self.app).attached
        return attached.view if attached else None

    def on_mount(self) -> None:
        """Show the run as it is."""
        self._show()

    def on_resize(self) -> None:
        """Read as much as there is room for now."""
        self._show_reading()

    def on_run_changed(self, _: RunChanged) -> None:
        """Show new steps."""
        self._show()

    def _show(self) -> None:
        chart = self.query_one(Chart)
        chart.choose(self._figure)
        chart.show(self.view, self._look)
        tabs = Text(" ").join(
            Text(f" {place} {name} ", style="bold reverse" if name == self._figure else "dim")
            for place, name in enumerate(FIGURES, start=1)
        )
        self.query_one("#chart-head", Static).update(tabs)
        self._show_reading()

    def _show_reading(self) -> None:
        view, cursor = self.view, self._look.cursor
        if view is None or not view.step:
            text = "no steps yet"
        elif cursor is None:
            text = "→ reads values"
        else:
            room = self.size.width - 2
            text = read_at(view, min(cursor, view.step - 1), self._figure, self._other, room)
        self.query_one("#chart-reading", Static).update(Text(inert(text), no_wrap=True))

    # ---- the window ----

    @property
    def _whole(self) -> int:
        return max(shown_steps(self.view), 1) if self.view is not None else 1

    @property
    def _window(self) -> tuple[int, int]:
        return self._look.window or (0, self._whole)

    def _set(self, **changes: object) -> None:
        self._look = replace(self._look, **changes)  # type: ignore[arg-type]
        self._show()

    def action_zoom(self, factor: float) -> None:
        """Show fewer or more steps around the cursor, or around the newest step in sight."""
        start, end = self._window
        taken = self.view.step if self.view is not None else end
        around = self._look.cursor if self._look.cursor is not None else max(start, min(end, taken))
        self._set(window=zoomed(self._window, self._whole, factor, around))

    def action_pan(self, part: float) -> None:
        """Move the window along the run."""
        if self._look.window is not None:
            self._set(window=panned(self._look.window, self._whole, part))

    def action_whole(self) -> None:
        """Show everything, without a cursor."""
        self._set(window=None, cursor=None)

    def action_cursor(self, parts: int) -> None:
        """Move the cursor; it comes up at the newest step, and takes the window along."""
        view = self.view
        if view is None or not view.step:
            return
        start, end = self._window
        size = max(1, (end - start) // CURSOR_PART)
        before = self._look.cursor
        wanted = (
            min(end, view.step) - 1 if before is None and abs(parts) == 1 else (before or 0) + parts * size
        )
        cursor = min(max(0, wanted), view.step - 1)
        window = self._look.window
        if window is not None and not window[0] <= cursor < window[1]:
            window = panned(window, self._whole, (cursor - (window[0] + window[1]) / 2) / (end - start))
        self._set(cursor=cursor, window=window)

    # ---- what is drawn ----

    def action_figure(self, places: int) -> None:
        """Show the next figure, or the one before."""
        self.action_show(FIGURES[(FIGURES.index(self._figure) + places) % len(FIGURES)])

    def action_show(self, figure: Figure) -> None:
        """Show that figure."""
        self._figure = figure
        self._show()

    def action_smoothing(self) -> None:
        """Go from raw to light to strong smoothing."""
        following = (SMOOTHINGS.index(self._look.smoothing) + 1) % len(SMOOTHINGS)
        self._set(smoothing=SMOOTHINGS[following])

    def action_log_scale(self) -> None:
        """Switch between a linear and a logarithmic scale."""
        self._set(log_scale=not self._look.log_scale)

    @work(group="overlay", exclusive=True)
    async def action_overlay(self) -> None:
        """Lay another run behind this one; the same key takes it away."""
        app = cast("ThawApp", self.app)
        if self._other is not None or app.attached is None:
            self._lay_over(None)
            return
        mine = app.attached.run.path.resolve()
        runs = await asyncio.to_thread(_runs_beside, mine)
        if not runs:
            app.say(f"There is no other run in {runs_folder()}", warning=True)
            return
        chosen = await app.push_screen_wait(ChooseScreen("Which run?", [(name, "") for name in runs]))
        if chosen is not None:
            self._lay_over(Other(chosen, await asyncio.to_thread(read_record, runs[chosen])))

    def _lay_over(self, other: Other | None) -> None:
        self._other = other
        self.query_one(Chart).lay_over(other)
        self._show_reading()


def _runs_beside(mine: object) -> dict[str, RunFolder]:
    """The other runs by name, the latest first."""
    return {run.name: run for run in list_runs(runs_folder()) if run.path.resolve() != mine}
