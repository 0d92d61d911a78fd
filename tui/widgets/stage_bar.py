"""The model's stages in one line, in forward order, with the thaw line between frozen and trainable ones."""

from __future__ import annotations

from rich.text import Text

from tui.tree_state import TreeState, stage_fractions
from tui.widgets.text_line import TextLine
from tui.widgets.tree_lines import mark
from workbench.memory import gradient_bytes, state_bytes
from workbench.words import count, share, size

LINE = "┃"


class StageBar(TextLine):
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


class Totals(TextLine):
    """How much of the model trains: numbers, what is pending or came into force last, memory, and a bar.

    A note may stand here instead: what a thaw line would change, or why the row under the cursor is contradicted.
    """

    DEFAULT_CSS = """
    Totals { height: 1; padding: 0 1; text-wrap: nowrap; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: TreeState | None = None
        self._note = Text()

    def show(self, state: TreeState) -> None:
        """Take a state in."""
        self._state = state
        self.refresh()

    def note(self, note: Text) -> None:
        """Show a note in place of the totals; an empty one brings them back."""
        if note != self._note:
            self._note = note
            self.refresh()

    def render(self) -> Text:
        """The line at the present width; the bar takes what the words leave."""
        if self._state is None:
            return Text("")
        if self._note:
            return self._note
        counts = self._state.description.counts
        total = sum(counts.values())
        training = sum(counts[name] for name in self._state.trainable if name in counts)
        return _totals(self._state, training, total, self.content_size.width)


def _totals(state: TreeState, training: int, total: int, width: int) -> Text:
    """What trains of all, what is pending or was applied last, and as much of the rest as fits, then a bar."""
    line = f"trainable {count(training)} of {count(total)} ({share(training, total)})"
    if state.pending:
        line += f"  … {state.pending} pending"
    elif state.applied_at is not None:
        line += f"  ✓ applied at step {state.applied_at:,}"
    memory = f"{size(gradient_bytes(training))} grad"
    if state.kept:
        memory += f", {size(state_bytes(training, state.kept))} {state.optimizer}"
    for part in (f"BatchNorm {state.batchnorm}", memory):
        if len(line) + len(part) + 2 <= width:
            line += f"  {part}"
    room = min(30, width - len(line) - 2)
    if room < 4:
        return Text(line)
    filled = max(1, round(training / total * room)) if training else 0
    return Text.assemble(line, "  ", ("█" * filled, "green"), ("░" * (room - filled), "dim"))
