"""Everything about one module, in a dialog over the model tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.heat import Warmth
from tui.messages import RunChanged
from tui.tree_state import TreeState
from tui.widgets import heat_cells
from tui.widgets.tree_lines import CONTRADICTED, mark
from tui.widgets.tree_rows import Node, inside
from tui.words import rates
from workbench.errors import ThawError
from workbench.protocol import WeightFacts

if TYPE_CHECKING:
    from tui.app import ThawApp
    from workbench.run import RunFolder

MOST_WEIGHTS = 40
"""So many parameters' weights are asked for at once."""

SPARKLINE = 32
"""Cells of the way of the gradient."""
MOST_BARS = 24
WIDE = 100
"""Cells of the spread of a parameter's values, and the columns of a terminal below which it takes half as many."""

ModuleHeat = tuple[Warmth | None, Sequence[float]]
"""A module's heat, and the norms of its gradient so far."""


class ModuleDetails(ModalScreen[None]):
    """Type, shape, stage, normalisation, heat, and every parameter with its state and rate.

    `heat` says the module's heat as it is now, and the norm of its gradient at each moment that is known of, which
    follow the run while it trains; of a `run` the engine tells what stands in the last checkpoint.
    """

    DEFAULT_CSS = """
    ModuleDetails { align: center middle; }
    ModuleDetails #contradictions { padding: 1 0; }
    ModuleDetails > VerticalScroll {
        width: 96; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="details.close"),
    ]

    def __init__(
        self,
        node: Node,
        state: TreeState,
        heat: Callable[[], ModuleHeat] = lambda: (None, ()),
        run: RunFolder | None = None,
    ) -> None:
        super().__init__()
        self._run = run
        self._node = node
        self._state = state
        self._heat_now = heat
        self._heat = heat()
        self._in_checkpoint: list[WeightFacts] = []

    def compose(self) -> ComposeResult:
        """The facts above, what contradicts the plan, the parameters below."""
        with VerticalScroll() as box:
            box.border_title = Content(self._node.path or self._state.description.name)
            box.border_subtitle = "esc closes"
            yield Static(self._facts(), id="module-facts")
            if contradictions := self._contradictions():
                yield Static(contradictions, id="contradictions")
            yield Static(self._parameters())
            yield Static(id="module-weights")

    def on_mount(self) -> None:
        """Ask for the weights, which come when they come."""
        if self._run is not None:
            self._ask_for_weights(self._run)

    def on_run_changed(self, _: RunChanged) -> None:
        """Show the heat of the steps that came meanwhile."""
        now = self._heat_now()
        if now != self._heat:
            self._heat = now
            self.query_one("#module-facts", Static).update(self._facts())

    def on_resize(self) -> None:
        """Spread the weights as wide as there is room."""
        if self._in_checkpoint:
            self._show_weights()

    @work
    async def _ask_for_weights(self, run: RunFolder) -> None:
        names = [name for name in self._state.description.counts if inside(self._node, name)]
        weights = self.query_one("#module-weights", Static)
        try:
            facts = await cast("ThawApp", self.app).engine.ask_for(
                list[WeightFacts], "weights", run=str(run.path), names=names[:MOST_WEIGHTS]
            )
        except ThawError as error:
            weights.update(Text(f"\n{error.message}", style="dim"))
            return
        if facts:
            self._in_checkpoint = facts
            self._show_weights()

    def _show_weights(self) -> None:
        count = sum(inside(self._node, name) for name in self._state.description.counts)
        bars = MOST_BARS if self.app.size.width >= WIDE else MOST_BARS // 2
        self.query_one("#module-weights", Static).update(_weights(self._in_checkpoint, count, bars))

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
        for name, words in self._heat_in_words():
            facts.add_row(name, Text(words))
        return facts

    def _heat_in_words(self) -> Iterator[tuple[str, str]]:
        """The module's gradient, its way so far, and how far the steps move it."""
        warmth, gradients = self._heat
        if warmth is None:
            return
        yield "gradient", f"{heat_cells.figure(warmth.gradient)} norm before clipping"
        if len(gradients) > 1:
            low, high = (heat_cells.figure(found) for found in (min(gradients), max(gradients)))
            line = heat_cells.sparkline(gradients, SPARKLINE)
            yield "so far", f"{line} {low} to {high}, logarithmic"
        ratio = warmth.ratio
        if ratio is not None:
            yield (
                "update",
                f"{heat_cells.figure(ratio)} of its weights' norm ({heat_cells.figure(warmth.weight)}) a step",
            )

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


def _weights(facts: Sequence[WeightFacts], count: int, bars: int) -> Group:
    """The parameters in the last checkpoint, and how the values of each are spread, in at most so many bars."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title in ("in the last checkpoint", "shape", "type", "sha-256", "values"):
        table.add_column(title, no_wrap=title == "values")
    for each in facts:
        shape = "×".join(map(str, each.shape)) or "one"
        spread = heat_cells.histogram(each.histogram, bars)
        values = f"{each.low:.2g} {spread} {each.high:.2g}" if spread else f"all {each.low:.2g}"
        if each.unfinite:
            values += f" · {each.unfinite:,} no numbers"
        table.add_row(Text(each.name), shape, each.dtype, each.sha256[:8], values)
    more = count - len(facts)
    return Group(Text(), table, Text(f"… and {more} more" if more > 0 else "", style="dim"))
