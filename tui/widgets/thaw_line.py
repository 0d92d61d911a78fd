"""Moving the thaw line: what would change, as a state that the tree can show and as words.

Pure functions; when the line is only shown and when it is applied, the tree decides.
"""

from __future__ import annotations

from dataclasses import replace

from tui.tree_state import TreeState
from workbench.plan import cover
from workbench.safe_text import some
from workbench.words import count


def moved(state: TreeState, stages: int, shown: int | None = None) -> int:
    """The stage at which the line stands after a move by so many, from the one that is shown or in force."""
    last = len(state.description.stages) - 1
    now = shown if shown is not None else state.thaw_line
    # Where no line can be drawn now, the first move draws the one at the head.
    return max(0, min(last if now is None else now + stages, last))


def with_line(state: TreeState, stage: int) -> TreeState:
    """The state in which the stages from this one on are expected to train, and none before it."""
    stages = set(state.description.stages[stage:])
    trainable = frozenset(name for name, its in state.description.stage_of.items() if its in stages)
    return replace(state, expected=trainable, previewed=True)


def change_in_words(state: TreeState, stage: int) -> str:
    """What moving the line to a stage would thaw and freeze, with how many numbers."""
    after = with_line(state, stage).expected
    parts = [
        f"{verb} {some(list(cover(names, state.description.stage_of)), 3)} ({count(_numbers(state, names))})"
        for verb, names in (("thaws", after - state.expected), ("freezes", state.expected - after))
        if names
    ]
    return f"{state.description.stages[stage]}: {', '.join(parts) or 'no change'}"


def _numbers(state: TreeState, names: frozenset[str]) -> int:
    counts = state.description.counts
    return sum(counts[name] for name in names)
