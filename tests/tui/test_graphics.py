"""Which terminals are asked whether they show pictures, and what the grids send to those that say yes.

The terminal is played by the test, at the other end of a pty; what draws is a process of its own with the real library.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui.graphics import may_have_graphics

pytest.importorskip("textual_image")


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "default,1,0"}, False),
        ({"TERM": "xterm-256color", "THAW_GRAPHICS": "on"}, True),
        ({"TERM": "xterm-kitty", "THAW_GRAPHICS": "off"}, False),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, False),
    ],
)
def test_only_terminals_known_to_have_graphics_are_asked(environment: dict[str, str], asked: bool) -> None:
    assert may_have_graphics(environment) is asked


COLUMNS, ROWS = 80, 24
CELL = (10, 20)
PLACEHOLDER = "\U0010eeee"
SIXEL = re.compile("\x1b7\x1b\\[(\\d+);(\\d+)H\x1bP[^\x1b]*\x1b\\\\\x1b8")


class Terminal:
    """A terminal of 80×24 cells of 10×20 pixels, which answers as kitty does, as one with sixel does, or not at all."""

    def __init__(self, kind: str, shown: str) -> None:
        self._kind = kind
        self._end, other = pty.openpty()
        fcntl.ioctl(
            other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * CELL[0], ROWS * CELL[1])
        )
        environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("shown_pictures.py")), shown],
            stdin=other,
            stdout=other,
            stderr=other,
            env={**environment, "TERM": "xterm-kitty", "THAW_GRAPHICS": "on"},
        )
        os.close(other)
        self.said = ""
        self._answered = 0

    def type(self, keys: str) -> None:
        self.said = ""
        self._answered = 0
        os.write(self._end, keys.encode())

    def until(self, true: Callable[[str], bool]) -> str:
        """Read until what was said fulfils something; returns all that was said since the last key."""
        deadline = time.monotonic() + 30
        while not true(self.said):
            assert time.monotonic() < deadline, f"it did not come: {self.said[-2000:]!r}"
            if select.select([self._end], [], [], 0.1)[0]:
                self.said += os.read(self._end, 1 << 16).decode(errors="replace")
                self._answer()
        return self.said

    def settled(self, true: Callable[[str], bool]) -> str:
        """The same, and all that follows until nothing more comes."""
        self.until(true)
        while select.select([self._end], [], [], 1.0)[0]:
            self.said += os.read(self._end, 1 << 16).decode(errors="replace")
        return self.said

    def _answer(self) -> None:
        for query, kinds, reply in (
            ("\x1b[c", ("sixel",), "\x1b[?62;4c"),
            ("\x1b[c", ("kitty", "plain"), "\x1b[?62c"),
        ):
            place = self.said.find(query, self._answered)
            if place >= 0 and self._kind in kinds:
                self._answered = place + len(query)
                os.write(self._end, reply.encode())
        asked = re.compile("\x1b_Gi=(\\d+),s=1,v=1,a=q[^\x1b]*\x1b\\\\").search(self.said, self._answered)
        if asked is not None and self._kind == "kitty":
            self._answered = asked.end()
            os.write(self._end, f"\x1b_Gi={asked[1]};OK\x1b\\".encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._end)


@pytest.fixture
def terminal() -> Iterator[Callable[[str, str], Terminal]]:
    opened: list[Terminal] = []

    def opening(kind: str, shown: str) -> Terminal:
        opened.append(Terminal(kind, shown))
        return opened[-1]

    yield opening
    for each in opened:
        each.close()


Opening = Callable[[str, str], Terminal]


def placed(said: str) -> int:
    """Pictures that kitty was told to show in 16×8 cells."""
    return len(re.findall("\x1b_Ga=p,i=\\d+,c=16,r=8,U=1", said))


def test_a_terminal_without_graphics_gets_half_blocks(terminal: Opening) -> None:
    said = terminal("plain", "samples").until(lambda said: "class 3" in said)
    assert "graphics=False" in said
    assert "▀" in said
    assert PLACEHOLDER not in said


@pytest.mark.parametrize("shown", ["samples", "mistakes"])
def test_kitty_gets_the_pictures_in_sight_and_more_as_they_are_scrolled_to(
    terminal: Opening, shown: str
) -> None:
    kitty = terminal("kitty", shown)
    said = kitty.until(lambda said: placed(said) >= 12 and said.count(PLACEHOLDER) >= 12 * 16)
    assert "graphics=True whole=False" in said
    assert placed(said) == 12  # four side by side, three rows at least partly in sight
    assert "38;2;" in said  # the colour of a cell, to the bit, says which picture it is part of
    assert "▀" not in said
    kitty.type("jjjj" if shown == "mistakes" else "j" * 10)
    kitty.until(lambda said: placed(said) >= 4)


@pytest.mark.parametrize("shown", ["samples", "mistakes"])
def test_sixel_draws_whole_pictures_and_scrolls_by_them(terminal: Opening, shown: str) -> None:
    sixel = terminal("sixel", shown)
    said = sixel.settled(lambda said: len(SIXEL.findall(said)) >= 8)
    assert "graphics=True whole=True" in said
    assert "▀" not in said
    second = "11" if shown == "samples" else "12"  # the line where the second row of pictures begins
    places = {(line, str(1 + 18 * column)) for line in ("1", second) for column in range(4)}
    assert set(SIXEL.findall(said)) == places  # nothing of the third row, of which only a part is in sight
    sixel.type("jj")
    again = sixel.settled(lambda said: len(SIXEL.findall(said)) >= 8)
    assert set(SIXEL.findall(again)) == places


@pytest.mark.parametrize("kind", ["kitty", "sixel"])
def test_a_dialog_over_the_pictures_is_not_drawn_over_by_them(terminal: Opening, kind: str) -> None:
    shown = terminal(kind, "samples")
    shown.settled(lambda said: len(SIXEL.findall(said)) >= 8 if kind == "sixel" else placed(said) >= 12)
    shown.type("o")
    said = shown.settled(lambda said: "Cancel" in said)
    assert PLACEHOLDER not in said
    assert "\x1bP" not in said
    shown.type("\x1b")
    shown.until(lambda said: PLACEHOLDER in said or "\x1bP" in said)
