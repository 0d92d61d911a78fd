"""The class map: which class each output of a model is, and refusing data whose classes are others.

A checkpoint holds its classes by name in the order of the outputs; this is the one place that compares them with data.
"""

from collections.abc import Sequence

from workbench.errors import BadInput
from workbench.safe_text import some


def check_classes(owner: str, saved: Sequence[str], data: str, now: Sequence[str]) -> None:
    """Raise BadInput with the difference where the classes of `data` are not those that `owner` was trained on."""
    if tuple(saved) != tuple(now):
        raise BadInput(
            f"{owner}: the classes of {data} are not those that it was trained on: {difference(saved, now)}",
            "restore the data as it was, or start a new run",
        )


def difference(before: Sequence[str], now: Sequence[str]) -> str:
    """What changed between two class lists, in words."""
    missing = [name for name in before if name not in now]
    added = [name for name in now if name not in before]
    parts = [f"missing {some(missing)}" if missing else "", f"new {some(added)}" if added else ""]
    return "; ".join(part for part in parts if part) or f"in another order, first {some(now)}"
