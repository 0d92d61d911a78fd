"""The model tree: its rows, its stages, its totals, and the keys that freeze and thaw.

It shows the state that it is given and hands the app an edit for every key that changes something; whether that
edits a draft or is told to a live run, the app decides.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.heat import HeatView
from tui.tree_state import TreeState
from tui.widgets.fixed_text import FixedText
from tui.widgets.stage_bar import StageBar, Totals
from tui.widgets.thaw_line import change_in_words, moved, with_line
from tui.widgets.tree_lines import CONTRADICTED, TreeLines
from tui.widgets.tree_moves import MovingTree
from tui.widgets.tree_rows import Node, inside
from workbench.actions import Edit, Freeze, Only, Redo, ScaleRate, SetBatchNorm, Thaw, Undo
from workbench.plan import matches
from workbench.proof_words import complaint

if TYPE_CHECKING:
    from tui.app import ThawApp


class ModelTree(MovingTree):
    """A model's modules with what trains of them, driven by keys."""

    DEFAULT_CSS = """
    ModelTree { height: 1fr; }
    ModelTree #tree-heading { height: 1; }
    ModelTree #tree-filter { display: none; border: none; height: 1; padding: 0 1; background: $boost; }
    ModelTree.-filtering #tree-filter { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_row", "Toggle", id="tree.toggle"),
        Binding("f", "freeze", "Freeze", show=False, id="tree.freeze"),
        Binding("t", "thaw", "Thaw", show=False, id="tree.thaw"),
        Binding("left_square_bracket", "thaw_line(-1)", "Line", key_display="[ ]", id="tree.line-back"),
        Binding("right_square_bracket", "thaw_line(1)", "Thaw line on", show=False, id="tree.line-on"),
        Binding("F", "head_only", "Head", tooltip="Freeze all but the head", id="tree.head-only"),
        Binding("T", "thaw_all", "Thaw all", show=False, id="tree.thaw-all"),
        Binding("plus,equals_sign", "scale(2.0)", "Rate", key_display="+ -", id="tree.rate-up"),
        Binding("minus", "scale(0.5)", "Rate ÷2", show=False, id="tree.rate-down"),
        Binding("b", "batchnorm", "BatchNorm mode", show=False, id="tree.batchnorm"),
        Binding("u", "undo", "Undo", id="tree.undo"),
        Binding("ctrl+r", "redo", "Redo", show=False, id="tree.redo"),
        Binding("slash", "filter", "Filter", key_display="/", id="tree.filter"),
        Binding(
            "enter", "details", "Details", show=False, tooltip="Details, or apply the line", id="tree.details"
        ),
        Binding(
            "escape",
            "clear_filter",
            "Clear filter",
            show=False,
            tooltip="Drop the line or the filter",
            id="tree.clear-filter",
        ),
    ]

    def __init__(self, *, id: str | None = None, of_run: bool = False) -> None:  # noqa: A002  (Textual's name)
        """`of_run`: whether the state of a run that is over stands here, rather than the session for the next."""
        super().__init__(id=id)
        self._of_run = of_run
        self.state: TreeState | None = None
        self._line: int | None = None

    def compose(self) -> ComposeResult:
        """Stages, titles, rows, the filter while it is used, and totals."""
        yield StageBar()
        yield FixedText(id="tree-heading")
        yield TreeLines()
        pattern = Input(
            placeholder="part of a name or type, or a glob: *.bn2", id="tree-filter", compact=True
        )
        pattern.cursor_blink = False  # a blink is a repaint, also over a slow link
        yield pattern
        yield Totals()

    def show(self, state: TreeState, heat: HeatView | None = None) -> None:
        """Show a state of a model, and the heat of the run that it belongs to."""
        self._show_state(state)
        if self.lines.show_heat(heat):
            self._show_heading()

    def _show_state(self, state: TreeState) -> None:
        if state == self.state:
            return
        self.state = state
        if state.source != "live":
            self._line = None
        self._show_line()

    def _show_line(self) -> None:
        """Show the state, as it is or with the thaw line that is only proposed."""
        state = self.state
        if state is None:
            return
        shown = state if self._line is None else with_line(state, self._line)
        self.lines.show(shown)
        self.query_one(StageBar).show(shown)
        self.query_one(Totals).show(state)
        self.show_note()
        self._show_heading()

    def focus_rows(self) -> None:
        """Give the keyboard to the rows."""
        self.lines.focus()

    def on_resize(self) -> None:
        """The columns follow the width."""
        self.call_after_refresh(self._show_heading)

    def _show_heading(self) -> None:
        if self.state is not None:
            self.query_one("#tree-heading", FixedText).say(self.lines.heading())

    def on_tree_lines_moved(self) -> None:
        """The foot speaks of the row under the cursor."""
        self.show_note()

    def show_note(self) -> None:
        """Let the foot say what there is to say now."""
        self.query_one(Totals).note(self._note())

    def _note(self) -> Text:
        """What the foot says in place of the totals, if anything."""
        node, state = self.lines.node, self.state
        if self.jumping:
            return Text("jump to the row that begins with …", style="bold")
        if state is None:
            return Text()
        if self._line is not None:
            words = f"{change_in_words(state, self._line)} · enter applies, esc drops"
            return Text(words, style="bold yellow", overflow="ellipsis")
        here = {
            name: reason
            for name, reason in state.contradictions.items()
            if node is not None and inside(node, name)
        }
        found = complaint(here)
        return Text(f"{CONTRADICTED} {found}" if found else "", style="bold red", overflow="ellipsis")

    def copied(self) -> str:
        """The pattern of the row under the cursor."""
        node = self.lines.node
        return node.pattern if node is not None else ""

    # ---- details ----

    def action_details(self) -> None:
        """Apply the thaw line that is shown, or show everything about the row."""
        if self._line is not None and self.state is not None:
            self._ask(Only(self.state.description.stages[self._line :]))
            return
        node = self.lines.node
        if node is not None and self.state is not None:
            from tui.screens.module_details import ModuleDetails

            attached = cast("ThawApp", self.app).attached
            run = attached.run if attached is not None and self.state.source != "draft" else None
            self.app.push_screen(ModuleDetails(node, self.state, partial(self.lines.heat_of, node), run))

    def on_tree_lines_opened(self) -> None:
        """A second click opens the details."""
        self.action_details()

    # ---- what trains ----

    def action_toggle_row(self) -> None:
        """Freeze the row where all of it trains, else thaw it."""
        node, fraction = self._row()
        if node is not None:
            self._ask(Freeze((node.pattern,)) if fraction == 1 else Thaw((node.pattern,)))

    def action_freeze(self) -> None:
        """Freeze the row and everything below it."""
        node, fraction = self._row()
        if node is not None and fraction:
            self._ask(Freeze((node.pattern,)))

    def action_thaw(self) -> None:
        """Thaw the row and everything below it."""
        node, fraction = self._row()
        if node is not None and fraction != 1:
            self._ask(Thaw((node.pattern,)))

    def _row(self) -> tuple[Node | None, float | None]:
        """The row under the cursor with what will train of it; no row where it has no parameters."""
        node = self.lines.node
        fraction = self.lines.expected_fraction(node) if node is not None else None
        if node is not None and fraction is None:
            self.app.notify(f"{node.name} has no parameters", timeout=2, markup=False)
        return (node, fraction) if fraction is not None else (None, None)

    def action_thaw_line(self, stages: int) -> None:
        """Move the boundary between frozen and trainable stages by that many stages, towards the head for 1.

        In a draft that is an edit at once, taken back as easily; of a live run it is shown first.
        """
        state = self.state
        if state is None:
            return
        stage = moved(state, stages, self._line)
        if state.source == "live":
            self._line = stage if stage != state.thaw_line else None
            self._show_line()
        else:
            self._draw_line(stage)

    def action_head_only(self) -> None:
        """Freeze all but the head."""
        if self.state is not None:
            self._draw_line(len(self.state.description.stages) - 1)

    def action_thaw_all(self) -> None:
        """Thaw everything."""
        if self.state is not None and self.state.thaw_line != 0:
            self._ask(Thaw(("*",)))

    def _draw_line(self, stage: int) -> None:
        if self.state is not None and stage != self.state.thaw_line:
            self._ask(Only(self.state.description.stages[stage:]))

    def action_scale(self, factor: float) -> None:
        """Multiply the learning rate of the row."""
        node, _ = self._row()
        if node is not None:
            self._ask(ScaleRate(node.pattern, self._hand_scale(node.pattern, node.start) * factor))

    def _hand_scale(self, pattern: str, parameter: int) -> float:
        rows, state = self.lines.rows, self.state
        if rows is None or state is None:
            return 1.0
        name = rows.parameters[parameter]
        stage = state.description.stage_of[name]
        given = [scale for its, scale in state.hand_scales if its == pattern or matches(its, name, stage)]
        return given[-1] if given else 1.0

    def action_batchnorm(self) -> None:
        """Switch between frozen running statistics and ones that follow."""
        if self.state is not None:
            self._ask(SetBatchNorm("follow" if self.state.batchnorm == "frozen" else "frozen"))

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._ask(Undo())

    def action_redo(self) -> None:
        """Make the edit again that was undone."""
        self._ask(Redo())

    def _ask(self, edit: Edit) -> None:
        app = cast("ThawApp", self.app)
        self._drop_line()
        if self.state is not None and self.state.source == "ended":
            app.say("This run is over: 3 has the session for the next one")
            return
        app.ask_edit(edit)
        # At once, not with the next message: a key that follows builds on what this one asked for.
        state = app.run_tree_state() if self._of_run else app.tree_state()
        if state is not None:
            self._show_state(state)

    def _drop_line(self) -> bool:
        """Forget the line that is only shown; whether there was one."""
        if self._line is None:
            return False
        self._line = None
        self._show_line()
        return True

    # ---- the filter ----

    def action_filter(self) -> None:
        """Ask what to show."""
        self.add_class("-filtering")
        self.query_one("#tree-filter", Input).focus()

    def action_clear_filter(self) -> None:
        """Drop the thaw line that is only shown, or else show all rows again."""
        if self._drop_line():
            return
        self.query_one("#tree-filter", Input).value = ""
        self.remove_class("-filtering")
        self.focus_rows()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        event.stop()
        self.lines.filter(event.value.strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the rows."""
        event.stop()
        self.set_class(bool(event.value.strip()), "-filtering")
        self.focus_rows()
