"""Everything about one module, in a dialog over the model tree."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.tree_state import TreeState
from tui.widgets.tree_lines import CONTRADICTED, mark
from tui.widgets.tree_rows import Node, inside
from tui.words import rates


class ModuleDetails(ModalScreen[None]):
    """Type, shape, stage, normalisation and every parameter with its state and rate."""

    DEFAULT_CSS = """
    ModuleDetails { align: center middle; }
    ModuleDetails #contradictions { padding: 1 0; }
    ModuleDetails > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="details.close"),
    ]

    def __init__(self, node: Node, state: TreeState) -> None:
        super().__init__()
        self._node = node
        self._state = state

    def compose(self) -> ComposeResult:
        """The facts above, what contradicts the plan, the parameters below."""
        with VerticalScroll() as box:
            box.border_title = Content(self._node.path or self._state.description.name)
            box.border_subtitle = "esc closes"
            yield Static(self._facts())
            if contradictions := self._contradictions():
                yield Static(contradictions, id="contradictions")
            yield Static(self._parameters())

    def _facts(self) -> Table:
        node, row = self._node, self._node.row
        facts = Table.grid(padding=(0, 2))
        facts.add_row("type", Text(node.type))
        facts.add_row("stage", Text(", ".join(node.stages) or "–"))
        if row is not None:
            shape = " × ".join(map(str, row.shape)) or "its forward is never called by the model"
            facts.add_row("output", Text(shape))
            facts.add_row("parameters", Text(f"{row.parameters:,}"))
            facts.add_row("buffers", Text(f"{row.buffers:,}"))
            if row.normalisation:
                follows = node.path in self._state.training_norms
                facts.add_row("statistics", Text("↻ follow the batches" if follows else "frozen (eval mode)"))
        facts.add_row("pattern", Text(node.pattern))
        return facts

    def _parameters(self) -> Table:
        state = self._state
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for title in ("", "parameter", "numbers", "rate"):
            table.add_column(title, justify="right" if title in {"numbers", "rate"} else "left")
        for name, count in state.description.counts.items():
            if inside(self._node, name):
                trains = name in state.trainable
                rate = self._rate(state.rate_scales.get(name, 1.0)) if trains else ""
                table.add_row(mark(1.0 if trains else 0.0), Text(name), f"{count:,}", rate)
        return table

    def _rate(self, scale: float) -> str:
        effective = rates([scale], self._state.base_rate) if self._state.base_rate is not None else ""
        return f"{effective} ×{scale:.3g}".strip()

    def _contradictions(self) -> Text:
        return Text("\n").join(
            Text(f"{CONTRADICTED} {name}: {reason}", style="bold red")
            for name, reason in self._state.contradictions.items()
            if inside(self._node, name)
        )
