"""From exec to the welcome screen, and what importing takes of it; nothing heavy may be among the imports."""

import re
import sys
from pathlib import Path

from tests.benchmarks.places import THAW, folder
from tests.benchmarks.tables import heading, line, middle, milliseconds
from tests.benchmarks.terminal import Terminal

GREETING = "fine-tune vision models"
HEAVY = {"torch", "torchvision", "numpy", "sklearn"}
IMPORT_SECONDS = 3


def table(repeats: int) -> None:
    """Print how long the first frame takes, beside a bare interpreter and importing Textual."""
    with folder() as place:
        paint(place)  # the first one compiles
        paints, bare, textual = [], [], []
        for _ in range(repeats):
            paints.append(paint(place))
            bare.append(first_word("print('fine-tune vision models')", place))
            textual.append(first_word("import textual.app; print('fine-tune vision models')", place))
    heading(f"First paint, from exec ({repeats} each, alternating)", "median", "fastest", "slowest")
    for name, times in (("python, a print", bare), ("python, import textual.app", textual), ("thaw", paints)):
        line(name, *(milliseconds(value) for value in (middle(times), min(times), max(times))))
    imports()


def paint(place: Path) -> float:
    """Seconds from exec to the end of the frame with the greeting."""
    with Terminal(THAW, place) as terminal:
        return terminal.frame_with(GREETING).time - terminal.started


def first_word(code: str, place: Path) -> float:
    """Seconds from exec until some code has printed its line."""
    with Terminal([sys.executable, "-c", code + "; print('\\x1b[?2026l'); input()"], place) as terminal:
        return terminal.frame_with(GREETING).time - terminal.started


def imports() -> None:
    """Print what ``python -X importtime -m tui`` tells in a terminal until the welcome screen has settled."""
    with folder() as place, Terminal([sys.executable, "-X", "importtime", "-m", "tui"], place) as terminal:
        told = b"".join(frame.data for frame in terminal.frames(IMPORT_SECONDS))
    own = re.findall(rb"import time:\s+(\d+) \|\s+\d+ \| +([\w.]+)", told)
    heavy = sorted({name.decode() for _, name in own} & HEAVY)
    line(
        f"imports of thaw in {IMPORT_SECONDS} s: {len(own)} modules",
        milliseconds(sum(int(time) for time, _ in own) / 1e6),
    )
    line("torch, torchvision, numpy or sklearn in them", ", ".join(heavy) or "none")
