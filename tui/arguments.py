"""What the words behind ``thaw`` ask of the workbench: what to open, where runs live, and whether only to look.

Knows the few options that make sense in front of the screens; all others belong to the plain command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadInput, did_you_mean

READ_ONLY, RUNS = "--read-only", "--runs"


@dataclass(frozen=True, slots=True)
class Arguments:
    """The words without the options, the folder of runs where one was given, and whether only to look."""

    words: tuple[str, ...] = ()
    runs: Path | None = None
    looks_only: bool = False


def read_arguments(given: list[str]) -> Arguments:
    """Take the options out of the words; BadInput for an option that the workbench does not know."""
    words: list[str] = []
    runs: Path | None = None
    left = iter(given)
    for word in left:
        name, equals, value = word.partition("=")
        if name == RUNS:
            runs = _folder(value if equals else next(left, ""))
        elif word.startswith("--") and word != READ_ONLY:
            hint = did_you_mean(word, [READ_ONLY, RUNS]) or f"{READ_ONLY} and {RUNS} FOLDER are known here"
            raise BadInput(f"{word}: the workbench has no such option", f"{hint}; --plain prints lines")
        elif word != READ_ONLY:
            words.append(word)
    return Arguments(tuple(words), runs, READ_ONLY in given)


def _folder(text: str) -> Path:
    if not text:
        raise BadInput(f"{RUNS} has no folder behind it", f"{RUNS} FOLDER says where runs live")
    return Path(text).expanduser()
