"""What stands in the cells of the model tree: its columns, which of them fit, and a row's figure in each.

Values in, text and style out; where the cells are drawn is `tui.widgets.tree_lines`'s part.
"""

from __future__ import annotations

from rich.style import Style

from tui.heat import HeatView, Warmth, together
from tui.tree_state import TreeState
from tui.widgets import heat_cells
from tui.widgets.heat_cells import Cell
from tui.widgets.tree_rows import ModelRows, Node, Tally
from tui.words import rates
from workbench.words import count, share

DIM, LIT = Style(dim=True), Style(dim=False)
FOLLOWING = "↻"
"""Stands behind the type of a normalisation layer that updates its running statistics."""

GRADIENT, UPDATE = "grad", "Δw/w"
HEAT = frozenset({GRADIENT, UPDATE})
"""Columns of a run's heat: norm of the gradient, and how far a step moved the weights."""

COLUMNS = (
    ("params", 8, 0),
    (GRADIENT, 9, 16),
    (UPDATE, 9, 16),
    ("rate", 8, 24),
    ("train", 8, 24),
    ("shape", 13, 27),
    ("type", 20, 21),
    ("norm", 8, 30),
    ("stage", 12, 36),
)
"""Each column's title, its width, and how many cells it must leave for the names; the last ones go first."""

ORDER = ("type", "shape", "params", "train", "rate", "norm", GRADIENT, UPDATE, "stage")
RIGHT = frozenset({"shape", "params", "train", "rate"})
"""Columns whose figures stand on the right."""


def fitting(width: int, *, heat: bool) -> list[tuple[str, int]]:
    """The columns with their widths, in their order, that a tree of so many cells has room for."""
    found: dict[str, int] = {}
    for title, size, least in COLUMNS:
        if title in HEAT and not heat:
            continue
        if width - sum(found.values()) - size < least:
            break
        found[title] = size
    return [(title, found[title]) for title in ORDER if title in found]


class Figures:
    """The figures of every row of one state of a model, and of the heat of its run."""

    def __init__(self, rows: ModelRows, state: TreeState, before: Figures | None = None) -> None:
        """Take over from `before`, where it has the same rows, what did not change."""
        self.rows, self.state = rows, state
        known = before if before is not None and before.rows is rows else None
        same = known is not None and known.state.trainable == state.trainable
        self.trains: Tally = known.trains if known is not None and same else Tally(rows, state.trainable)
        if state.expected == state.trainable:
            self.expects = self.trains
        elif known is not None and known.state.expected == state.expected:
            self.expects = known.expects
        else:
            self.expects = Tally(rows, state.expected)
        self.heat: HeatView | None = known.heat if known is not None else None
        self.whole: Warmth | None = known.whole if known is not None else None

    def heat_up(self, heat: HeatView | None) -> None:
        """Take the heat as it is now."""
        self.heat = heat
        self.whole = together(heat.latest.values()) if heat is not None else None

    @property
    def has_heat(self) -> bool:
        """Whether there is heat to show."""
        return self.whole is not None

    def fraction(self, node: Node) -> float | None:
        """The fraction of a row that trains; None for a row without parameters."""
        return self.trains.fraction(node)

    def expected(self, node: Node) -> float | None:
        """The fraction of a row that will train once pending commands are applied."""
        return self.expects.fraction(node)

    def warmth(self, node: Node) -> Warmth | None:
        """The heat of a row: of all its parameters that had a gradient."""
        latest = self.heat.latest if self.heat is not None else {}
        names = self.rows.parameters[node.start : node.stop]
        return together(latest[name] for name in names if name in latest)

    def cell(self, title: str, node: Node) -> Cell:
        """What stands in a column of a row."""
        if title == GRADIENT:
            return heat_cells.gradient_cell(self.warmth(node), self.whole)
        if title == UPDATE:
            return heat_cells.update_cell(self.warmth(node))
        return self._text(title, node), LIT if self.expected(node) else DIM

    def _text(self, title: str, node: Node) -> str:
        match title:
            case "type":
                return f"{node.type} {FOLLOWING}" if node.path in self.state.training_norms else node.type
            case "shape":
                return "×".join(map(str, node.row.shape)) if node.row else ""
            case "params":
                return count(self.rows.numbers(node)) if self.fraction(node) is not None else ""
            case "train":
                return self._share(node)
            case "rate":
                return self._rate(node)
            case "norm":
                return self._norm(node)
        return node.stages[0] if len(node.stages) == 1 else ""

    def _share(self, node: Node) -> str:
        fraction = self.fraction(node)
        if not fraction:
            return "" if fraction is None else "–"
        return "all" if fraction == 1 else share(self.trains.numbers(node), self.rows.numbers(node))

    def _norm(self, node: Node) -> str:
        """Whether the running statistics of a normalisation stay or follow the batches."""
        if node.row is None or not node.row.normalisation:
            return ""
        return "follow" if node.path in self.state.training_norms else "frozen"

    def _rate(self, node: Node) -> str:
        names = self.rows.parameters[node.start : node.stop]
        scales = self.state.rate_scales
        found = {scales.get(name, 1.0) for name in names if name in self.state.trainable}
        return rates(found, self.state.base_rate)
