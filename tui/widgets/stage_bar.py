"""The model's stages in one line, in forward order, with the thaw line between frozen and trainable ones."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tui.tree_state import TreeState, stage_fractions
from tui.widgets.tree_lines import CONTRADICTED, mark
from workbench.words import count, share

LINE = "┃"


class StageBar(Static):
    """Each stage with its mark; where the names don't fit, marks alone, named around the thaw line."""

    DEFAULT_CSS = """
    StageBar { height: 1; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: TreeState | None = None

    def show(self, state: TreeState) -> None:
        """Take a state in."""
        self._state = state
        self.refresh()

    def render(self) -> Text:
        """The line at the present width."""
        if self._state is None:
            return Text("")
        for named in (True, False):
            line = _line(self._state, named=named)
            if line.cell_len <= self.content_size.width:
                break
        return line


def _line(state: TreeState, *, named: bool) -> Text:
    fractions = stage_fractions(state.description, state.expected)
    thaw_line = state.thaw_line
    line = Text("", no_wrap=True, overflow="ellipsis")
    for index, (stage, fraction) in enumerate(fractions.items()):
        if index == thaw_line:
            line.append(f"{LINE} " if named else LINE, style="bold yellow")
        shown = named or index in {0, thaw_line, len(fractions) - 1}
        style = "green" if fraction == 1 else "yellow" if fraction else "cyan"
        line.append(mark(fraction) + (f" {stage}  " if shown else ""), style=style)
    return line


class Totals(Static):
    """How much of the model trains: numbers, a bar, the BatchNorm mode, and what is still pending.

    Where the row under the cursor contradicts the plan, the reason stands here instead.
    """

    DEFAULT_CSS = """
    Totals { height: 1; padding: 0 1; text-wrap: nowrap; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: TreeState | None = None
        self._complaint = ""

    def show(self, state: TreeState) -> None:
        """Take a state in."""
        self._state = state
        self.refresh()

    def complain(self, complaint: str) -> None:
        """Show a complaint in place of the totals; an empty one brings them back."""
        if complaint != self._complaint:
            self._complaint = complaint
            self.refresh()

    def render(self) -> Text:
        """The line at the present width; the bar takes what the words leave."""
        if self._state is None:
            return Text("")
        if self._complaint:
            return Text(f"{CONTRADICTED} {self._complaint}", style="bold red", overflow="ellipsis")
        counts = self._state.description.counts
        total = sum(counts.values())
        training = sum(counts[name] for name in self._state.trainable if name in counts)
        words = f"trainable {count(training)} of {count(total)} ({share(training, total)})"
        pending = f"  … {self._state.pending} pending" if self._state.pending else ""
        tail = f"  BatchNorm {self._state.batchnorm}{pending}"
        room = self.content_size.width - len(words) - len(tail) - 2
        if room < 4:
            return Text(words + (tail if room >= -2 else pending))
        width = min(30, room)
        filled = max(1, round(training / total * width)) if training else 0
        return Text.assemble(
            words, "  ", ("█" * filled, "green"), ("░" * (width - filled), "dim"), (tail, "dim")
        )
