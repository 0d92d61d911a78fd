"""Which entries of a folder fit a typed name, and how far tab can complete it.

What starts with the text fits; where nothing does, what holds it, and else what has its letters in that order. Case
does not matter, but who types it is given those with the same case first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from tui.folder_listing import Entry, folded, with_breaks


def fitting(entries: Iterable[Entry], start: str) -> list[Entry]:
    """The entries that fit, in their order; hidden ones only for a text that begins with a dot."""
    candidates = [
        each for each in with_breaks(entries) if each.shown.startswith(".") == start.startswith(".")
    ]
    if not start:
        return candidates
    wanted = folded(start)
    fits: tuple[Callable[[Entry], bool], ...] = (
        lambda each: each.folded.startswith(wanted),
        lambda each: wanted in each.folded,
        lambda each: _in_order(wanted, each.folded),
    )
    for fit in fits:
        found = [each for each in with_breaks(candidates) if fit(each)]
        if found:
            return sorted(found, key=lambda each: not each.shown.startswith(start))
    return []


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _shared_start(texts: Sequence[str]) -> str:
    """What all texts begin with; the first and the last in order say it for those between."""
    first, last = min(texts, default=""), max(texts, default="")
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same)


def common_start(entries: Sequence[Entry], start: str) -> str:
    """The longest start that the fitting entries share: the name of a single one, a folder's with its slash."""
    if len(entries) == 1:
        return entries[0].shown + "/" * entries[0].is_folder
    alike = [each.shown for each in entries if each.shown.startswith(start)]
    if alike:
        return _shared_start(alike)
    shared = _shared_start([each.folded for each in entries])
    first = entries[0].shown if entries else ""
    # Folding may change the number of characters, and then the place where the shared start ends is not known.
    if len(shared) > len(start) and shared.startswith(folded(start)) and len(folded(first)) == len(first):
        return first[: len(shared)]
    return start
