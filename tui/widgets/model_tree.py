"""The model tree: its rows, its stages, its totals, and the keys that freeze and thaw.

It shows the state that it is given and hands the app an edit for every key that changes something; whether that
edits a draft or is told to a live run, the app decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.tree_state import TreeState
from tui.widgets.stage_bar import StageBar, Totals
from tui.widgets.tree_lines import TreeLines
from tui.widgets.tree_rows import Node, inside
from workbench.actions import Edit, Freeze, Only, Redo, ScaleRate, SetBatchNorm, Thaw, Undo
from workbench.plan import matches
from workbench.proof_words import complaint

if TYPE_CHECKING:
    from tui.app import ThawApp


class ModelTree(Vertical):
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
        Binding("j,down", "move(1)", "Down", show=False, id="tree.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("l,right", "open", "Open row", show=False, id="tree.open"),
        Binding("h,left", "close", "Close row", show=False, id="tree.close"),
        Binding("g,home", "move(-1000000)", "First row", show=False, id="tree.first"),
        Binding("G,end", "move(1000000)", "Last row", show=False, id="tree.last"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tree.page-down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tree.page-up"),
        Binding("enter", "details", "Details", show=False, id="tree.details"),
        Binding("escape", "clear_filter", "Clear filter", show=False, id="tree.clear-filter"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self.state: TreeState | None = None

    def compose(self) -> ComposeResult:
        """Stages, titles, rows, the filter while it is used, and totals."""
        yield StageBar()
        yield Static(id="tree-heading")
        yield TreeLines()
        pattern = Input(
            placeholder="part of a name or type, or a glob: *.bn2", id="tree-filter", compact=True
        )
        pattern.cursor_blink = False  # a blink is a repaint, also over a slow link
        yield pattern
        yield Totals()

    @property
    def lines(self) -> TreeLines:
        """The rows."""
        return self.query_one(TreeLines)

    def show(self, state: TreeState) -> None:
        """Show a state of a model."""
        if state == self.state:
            return
        self.state = state
        self.lines.show(state)
        self.query_one(StageBar).show(state)
        self.query_one(Totals).show(state)
        self._show_complaint()
        self._show_heading()

    def focus_rows(self) -> None:
        """Give the keyboard to the rows."""
        self.lines.focus()

    def on_resize(self) -> None:
        """The columns follow the width."""
        self.call_after_refresh(self._show_heading)

    def _show_heading(self) -> None:
        if self.state is not None:
            self.query_one("#tree-heading", Static).update(self.lines.heading(), layout=False)

    def on_tree_lines_moved(self) -> None:
        """The foot speaks of the row under the cursor."""
        self._show_complaint()

    def _show_complaint(self) -> None:
        node, state = self.lines.node, self.state
        found = state.contradictions if state is not None else {}
        here = {name: reason for name, reason in found.items() if node is not None and inside(node, name)}
        self.query_one(Totals).complain(complaint(here))

    # ---- moving ----

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.lines.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.lines.cursor += pages * max(1, self.lines.size.height - 1)

    def action_open(self) -> None:
        """Open the row or go into it."""
        self.lines.open_or_enter()

    def action_close(self) -> None:
        """Close the row or go to its parent."""
        self.lines.close_or_leave()

    def action_details(self) -> None:
        """Show everything about the row."""
        node = self.lines.node
        if node is not None and self.state is not None:
            from tui.screens.module_details import ModuleDetails

            self.app.push_screen(ModuleDetails(node, self.state))

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
        """Move the boundary between frozen and trainable stages by that many stages, towards the head for 1."""
        if self.state is not None:
            last, now = len(self.state.description.stages) - 1, self.state.thaw_line
            wanted = (last if stages < 0 else 0) if now is None else now + stages
            self._draw_line(max(0, min(wanted, last)))

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
        app.ask_edit(edit)
        # At once, not with the next message: a key that follows builds on what this one asked for.
        state = app.tree_state()
        if state is not None:
            self.show(state)

    # ---- the filter ----

    def action_filter(self) -> None:
        """Ask what to show."""
        self.add_class("-filtering")
        self.query_one("#tree-filter", Input).focus()

    def action_clear_filter(self) -> None:
        """Show all rows again."""
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
