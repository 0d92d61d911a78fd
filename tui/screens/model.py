"""The model as a tree beside the session's fields; one of the two at a time where it is narrow."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.screens.base import NOTHING_OPEN, ThawScreen
from tui.screens.problem import problem_text
from tui.widgets.config_panel import ConfigPanel
from tui.widgets.fixed_text import FixedText
from tui.widgets.model_tree import ModelTree
from tui.widgets.waiting import Waiting
from tui.words import short_path
from workbench.errors import ThawError

PANES = ("tree", "fields")


class ModelScreen(ThawScreen):
    """Tree and config panel; `tab` goes from one to the other."""

    NUMBER = 3
    LABEL = "model"

    DEFAULT_CSS = """
    ModelScreen #panes { height: 1fr; }
    ModelScreen #tree-pane { width: 3fr; }
    ModelScreen #fields-pane { width: 2fr; min-width: 46; border-left: solid $panel; }
    ModelScreen #pane-names { height: 1; padding: 0 1; background: $surface; }
    ModelScreen #about-model { height: auto; max-height: 8; padding: 0 1; display: none; }
    ModelScreen #no-draft { height: 1fr; padding: 1 2; }
    ModelScreen.-narrow #fields-pane { border-left: none; width: 1fr; }
    ModelScreen.-narrow.-on-tree #fields-pane { display: none; }
    ModelScreen.-narrow.-on-fields #tree-pane { display: none; }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]  # noqa: RUF012  (Textual declares it so)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "tab,ctrl+right",
            "pane(1)",
            "Pane",
            key_display="tab",
            tooltip="To the other pane",
            id="model.next-pane",
        ),
        Binding("shift+tab,ctrl+left", "pane(-1)", "Pane back", show=False, id="model.previous-pane"),
        Binding("s", "start", "Start", id="model.start"),
        Binding(
            "S", "app.schedule", "Schedule", tooltip="What is planned for later epochs", id="model.schedule"
        ),
        Binding(
            "V", "app.verify", "Verify", tooltip="Prove that what is frozen did not move", id="model.verify"
        ),
    ]

    def body(self) -> ComposeResult:
        """What is edited, both panes, and what the engine complains of."""
        yield FixedText(id="pane-names")
        yield Static(
            Text(NOTHING_OPEN),
            id="no-draft",
        )
        with Horizontal(id="panes"):
            with Vertical(id="tree-pane"):
                yield Waiting("The engine builds the model")
                yield ModelTree()
            with Vertical(id="fields-pane"):
                yield ConfigPanel()
        yield Static(id="about-model")

    def on_mount(self) -> None:
        """The tree comes first."""
        self._pane = 0
        self._show_pane()

    def draft_changed(self) -> None:
        """Show the draft's fields, its model, and its problems."""
        draft = self.thaw.draft
        self.query_one("#no-draft").display = draft is None and self.thaw.attached is None
        self.query_one("#panes").display = draft is not None or self.thaw.attached is not None
        if draft is not None:
            self.query_one(ConfigPanel).show(draft.session)
        self._show_tree()
        self._show_problem(draft.model_problem or draft.data_problem if draft else None)
        self._show_names()

    def run_changed(self) -> None:
        """Show what the worker reports."""
        self._show_tree()
        self._show_names()

    def _show_tree(self) -> None:
        state = self.thaw.tree_state()
        tree, draft = self.query_one(ModelTree), self.thaw.draft
        had_state = tree.state is not None
        tree.display = state is not None
        waits = state is None and draft is not None and draft.model_problem is None
        self.query_one(Waiting).display = waits
        if state is not None:
            attached = self.thaw.attached
            tree.show(state, attached.view.heat if attached and state.source == "live" else None)
            if not had_state and self._pane == 0:
                tree.focus_rows()

    def _show_problem(self, problem: ThawError | None) -> None:
        about = self.query_one("#about-model", Static)
        about.display = problem is not None
        if problem is not None:
            about.update(Text.assemble(("✗ ", "bold red"), problem_text(problem)))

    def _show_names(self) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        for place, name in enumerate(("model tree", "session fields")):
            line.append(
                f"▌{name}▐" if place == self._pane else f" {name} ", "bold" if place == self._pane else "dim"
            )
        draft = self.thaw.draft
        if self.thaw.is_live:
            reach = "read-only: keys in the tree change nothing"
            keys = reach if self.thaw.is_read_only else "live: keys in the tree reach the run"
            line.append(f"  {keys}", "yellow")
        elif draft is not None:
            where = short_path(draft.path) if draft.path else "not saved yet"
            line.append(f"  {where}{' · edited' if draft.modified else ''}", "dim")
        self.query_one("#pane-names", FixedText).say(line)

    # ---- panes ----

    def action_pane(self, places: int) -> None:
        """Go to the other pane."""
        self._pane = (self._pane + places) % len(PANES)
        self._show_pane()

    def _show_pane(self) -> None:
        self.update_classes({f"-on-{name}": place == self._pane for place, name in enumerate(PANES)})
        if self._pane == 0:
            self.query_one(ModelTree).focus_rows()
        else:
            self.query_one(ConfigPanel).focus_fields()
        self._show_names()

    def on_descendant_focus(self) -> None:
        """A click moves to the pane too."""
        focused = self.focused
        if focused is not None:
            pane = 1 if self.query_one(ConfigPanel) in focused.ancestors else 0
            if pane != self._pane:
                self._pane = pane
                self._show_pane()

    def on_config_panel_edited(self, event: ConfigPanel.Edited) -> None:
        """A field was changed: the draft takes it."""
        event.stop()
        self.thaw.edit(event.session)

    def action_start(self) -> None:
        """Train the draft."""
        self.thaw.start_run()
