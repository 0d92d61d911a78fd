"""The train screen: charts, progress, log and, beside or below them, the model tree that works on the live run.

Decides the layout at each size and what the keys ask for. The view comes from the app, which also tells the worker;
what the parts draw is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static

from tui.curves import SMOOTHINGS, Look
from tui.screens.base import ThawScreen
from tui.widgets.chart import Chart
from tui.widgets.command_line import CommandLine
from tui.widgets.model_tree import ModelTree
from tui.widgets.progress_line import ProgressLine
from tui.widgets.run_card import RunCard
from tui.widgets.run_log import RunLog
from workbench.actions import Action, Checkpoint, Continue, Evaluate, Pause, Stop

if TYPE_CHECKING:
    from textual.events import Resize
    from textual.geometry import Size

    from tui.state import RunView

WIDE = 110
"""From this many columns on the tree stands beside the charts; below, it shares the place of the log."""


class TrainScreen(ThawScreen):
    """Watch a run and steer it; start the draft where there is none."""

    NUMBER = 4
    LABEL = "train"

    DEFAULT_CSS = """
    TrainScreen #train { height: 1fr; }
    TrainScreen #train-main { width: 1fr; height: 1fr; }
    TrainScreen #train-charts { height: 3fr; }
    TrainScreen #chart-loss { margin-right: 2; }
    TrainScreen #train-log { height: 2fr; }
    TrainScreen RunCard { display: none; }
    TrainScreen #train-side { height: 10; }
    TrainScreen #train-tree-empty { padding: 1 2; color: $foreground 70%; }
    TrainScreen.-no-steps RunCard { display: block; }
    TrainScreen.-no-steps #train-charts { display: none; }
    TrainScreen.-no-run ProgressLine, TrainScreen.-no-run #train-log { display: none; }
    TrainScreen.-wide #train { layout: horizontal; }
    TrainScreen.-wide #train-side { width: 36%; max-width: 72; height: 1fr; border-left: solid $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "Start", id="train.start"),
        Binding("p", "pause", "Pause", id="train.pause"),
        Binding("x", "stop", "Stop", id="train.stop"),
        Binding("e", "evaluate", "Eval", id="train.evaluate"),
        Binding("c", "checkpoint", "Checkpoint", id="train.checkpoint"),
        Binding("m", "tree", "Model", id="train.tree"),
        Binding(
            "S",
            "app.schedule",
            "Schedule",
            show=False,
            tooltip="What is planned for later epochs",
            id="train.schedule",
        ),
        Binding(
            "V", "app.verify", "Verify", tooltip="Prove that what is frozen did not move", id="train.verify"
        ),
        Binding("colon", "command", "Command", key_display=":", id="train.command"),
        Binding("enter", "command", "Command", show=False, id="train.command-too"),
        Binding("z", "smoothing", "Smooth", id="train.smoothing"),
        Binding("y", "log_scale", "Log", id="train.log-scale"),
        Binding(
            "v",
            "chart",
            "Chart",
            tooltip="One chart on the whole screen: zoom, cursor, another run",
            id="train.chart",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._look = Look()
        self._shown_state = ""
        self._shows_tree: bool | None = None

    def body(self) -> ComposeResult:
        """Charts or the card, progress, log, the tree, and the command line."""
        with Container(id="train"):
            with Vertical(id="train-main"):
                yield RunCard()
                with Horizontal(id="train-charts"):
                    yield Chart("loss", id="chart-loss")
                    yield Chart("accuracy", id="chart-accuracy")
                yield ProgressLine()
                yield RunLog(id="train-log")
            with Vertical(id="train-side"):
                yield Static(id="train-tree-empty")
                yield ModelTree(id="train-tree", of_run=True)
        yield CommandLine()

    @property
    def view(self) -> RunView | None:
        """The attached run's view."""
        return self.thaw.attached.view if self.thaw.attached else None

    # ---- what is shown ----

    def run_changed(self) -> None:
        """Show the view's new state."""
        view = self.view
        self.update_classes({"-no-run": view is None, "-no-steps": view is None or not view.step})
        if view is None or not view.step:
            self.query_one(RunCard).show(self.thaw.attached, self.thaw.draft)
        self._show_charts()
        attached = self.thaw.attached
        self.query_one(ProgressLine).show(view, reading=attached is not None and not attached.caught_up)
        self.query_one(RunLog).show(view)
        self._show_tree()
        state = view.state if view else ""
        if state != self._shown_state:
            self._shown_state = state
            self.refresh_bindings()

    def draft_changed(self) -> None:
        """Show what would be trained, where no run is attached."""
        if self.view is None:
            self.query_one(RunCard).show(None, self.thaw.draft)
            self.refresh_bindings()
        self._show_tree()

    def on_mount(self) -> None:
        """Take the layout of this width before the first paint."""
        self._fit(self.app.size)

    def on_resize(self, event: Resize) -> None:
        """Take the layout of another width."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.set_class(size.width >= WIDE, "-wide")
        self._place_tree()

    def _place_tree(self) -> None:
        """Show the tree as it was asked for, or beside the charts where there is room; its place may be the log's.

        By what each part has of its own: a class would have all that is in it styled anew.
        """
        wide = self.has_class("-wide")
        shown = self._shows_tree if self._shows_tree is not None else wide
        self.query_one("#train-side").display = shown
        self.query_one("#train-log").styles.height = 2 if shown and not wide else None

    def _show_charts(self) -> None:
        if self.resuming:
            self.call_after_refresh(self._show_charts)
            return
        for chart in self.query(Chart):
            chart.show(self.view, self._look)

    def _show_tree(self) -> None:
        state, view = self.thaw.run_tree_state(), self.view
        tree, empty = self.query_one(ModelTree), self.query_one("#train-tree-empty", Static)
        tree.display, empty.display = state is not None, state is None
        if state is not None:
            tree.show(state, view.heat if view is not None and state.source != "draft" else None)
            return
        draft = self.thaw.draft
        problem = draft.model_problem if draft else None
        waiting = "the model's tree comes in a moment" if draft else "no model is known yet"
        empty.update(Text(str(problem) if problem else waiting))

    # ---- what the keys ask for ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Leave out what the run can't do now."""
        view = self.view
        live = view is not None and view.is_live
        if action in ("pause", "stop", "evaluate", "checkpoint", "command"):
            return live
        if action == "start":
            return not live and (view is not None or self.thaw.draft is not None)
        return True

    def action_start(self) -> None:
        """Start the draft; resume the attached run where it stopped before its end and the session is still its own."""
        attached, draft = self.thaw.attached, self.thaw.draft
        if attached is None or attached.view.state not in ("stopped", "failed", "crashed"):
            self.thaw.start_run()
        elif draft is not None and attached.session is not None and not attached.trains(draft.session):
            self.thaw.say("The session was changed: it trains in a new run")
            self.thaw.start_run()
        else:
            self.thaw.resume_run(attached.run)

    def action_pause(self) -> None:
        """Pause, or go on after a pause."""
        paused = self.view is not None and self.view.state == "paused"
        self._tell(Continue() if paused else Pause())

    @work(exclusive=True, group="stop")
    async def action_stop(self) -> None:
        """Stop the run after asking."""
        if not self.thaw.may_tell("stop"):
            return
        question = "Stop this run?"
        detail = "It checkpoints, evaluates and ends; s goes on from there."
        if await self.thaw.confirmed(question, "Stop", detail=detail):
            self._tell(Stop())

    def action_evaluate(self) -> None:
        """Evaluate the validation split at the next step boundary."""
        self._tell(Evaluate("val"))

    def action_checkpoint(self) -> None:
        """Write a checkpoint at the next step boundary."""
        self._tell(Checkpoint())

    def action_smoothing(self) -> None:
        """Go from raw to light to strong smoothing."""
        following = (SMOOTHINGS.index(self._look.smoothing) + 1) % len(SMOOTHINGS)
        self._look = replace(self._look, smoothing=SMOOTHINGS[following])
        self._show_charts()

    def action_log_scale(self) -> None:
        """Switch the loss between a linear and a logarithmic scale."""
        self._look = replace(self._look, log_scale=not self._look.log_scale)
        self._show_charts()

    def action_chart(self) -> None:
        """Show one chart on the whole screen."""
        from tui.screens.chart import ChartScreen

        self.app.push_screen(ChartScreen(self._look))

    def action_tree(self) -> None:
        """Go to the model tree, showing it where it is hidden; from it, hide it again."""
        tree, side = self.query_one(ModelTree), self.query_one("#train-side")
        self._shows_tree = not (side.display and (tree.has_focus_within or not tree.display))
        self._place_tree()
        if self._shows_tree:
            self.call_after_refresh(tree.focus_rows)
        else:
            self.query_one(RunLog).focus()

    def action_command(self) -> None:
        """Open the command line."""
        if not self.thaw.may_tell("a command"):
            return
        state = self.thaw.tree_state()
        paths = (
            ()
            if state is None
            else (*state.description.stages, *(row.path for row in state.description.modules))
        )
        self.query_one(CommandLine).open(paths)

    def on_command_line_given(self, event: CommandLine.Given) -> None:
        """Tell what was typed."""
        self.query_one(RunLog).focus()
        self._tell(event.action)

    def on_command_line_closed(self) -> None:
        """Give the keyboard back."""
        self.query_one(RunLog).focus()

    def _tell(self, action: Action) -> None:
        self.thaw.tell(action)
