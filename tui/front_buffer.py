"""What the terminal shows now, so that only cells that become different are sent to it.

Textual paints a region from the left edge of its widget and as often as it is asked to; over a slow link the bytes are
what counts. Only partial paints are compared with what is shown; a full one, as with another screen or size, is sent
whole and heals a terminal that something else wrote to. The one file that knows Textual's updates (checked with 8.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.control import Control
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

BRIDGE = 6
"""Unchanged cells that cost no more than moving the cursor over them."""


class Sequences(NamedTuple):
    """What switches a style on and off again."""

    on: str
    off: str


Cell = tuple[str, Sequences]
PLAIN = Sequences("", "")


class FrontBuffer:
    """The cells of a terminal by line; None where it is not known what they show."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}

    def following(self, update: RenderableType | None) -> RenderableType | CompositorUpdate | None:
        """The update as it is to be sent: a partial one without what is shown already."""
        if isinstance(update, ChopsUpdate):
            return ChangedCells(update, self)
        if isinstance(update, LayoutUpdate):
            return WholeScreen(update, self)
        self.forget()
        return update

    def forget(self) -> None:
        """Know nothing: something else wrote to the terminal, or will."""
        self._lines.clear()

    def put(self, x: int, y: int, cells: list[Cell | None]) -> list[Cell | None]:
        """Show these cells from now on; returns what stood in their place."""
        line = self._lines.setdefault(y, [])
        end = x + len(cells)
        line.extend([None] * (end - len(line)))
        before = line[x:end]
        line[x:end] = cells
        return before


class WholeScreen(CompositorUpdate):
    """A paint of everything, sent as it is."""

    def __init__(self, update: LayoutUpdate, front: FrontBuffer) -> None:
        self._update, self._front = update, front

    def render_segments(self, console: Console) -> str:
        """What to write, kept as what is shown."""
        self._front.forget()
        for y, line in enumerate(self._update.strips, self._update.region.y):
            x = self._update.region.x
            for strip in line:
                self._front.put(x, y, cells_of(strip, console) or [None] * strip.cell_length)
                x += strip.cell_length
        return self._update.render_segments(console)


class ChangedCells(CompositorUpdate):
    """A partial paint, of which only cells that change are sent."""

    def __init__(self, update: ChopsUpdate, front: FrontBuffer) -> None:
        self._update, self._front = update, front

    def render_segments(self, console: Console) -> str:
        """What to write, kept as what is shown."""
        pen = _Pen()
        for x, y, strip in _painted(self._update):
            cells = cells_of(strip, console)
            before = self._front.put(x, y, cells or [None] * strip.cell_length)
            if not cells:
                pen.write(x, y, strip.render(console))
            elif before != cells:
                for start, end in runs(before, cells):
                    pen.draw(x + start, y, cells[start:end])
        pen.lift()
        return "".join(pen.written)


class _Pen:
    """Draws cells one after the other and leaves a style on until another one is needed."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._style = PLAIN

    def draw(self, x: int, y: int, cells: list[Cell | None]) -> None:
        self.written.append(_move_to(x, y))
        for text, style in filter(None, cells):
            if style is not self._style:
                self.written.append(self._style.off + style.on)
                self._style = style
            self.written.append(text)

    def write(self, x: int, y: int, sequence: str) -> None:
        self.lift()
        self.written.append(_move_to(x, y) + sequence)

    def lift(self) -> None:
        self.written.append(self._style.off)
        self._style = PLAIN


def _move_to(x: int, y: int) -> str:
    return Control.move_to(x, y).segment.text


def _painted(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """What a partial paint touches: column, line and what is to stand from there on."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                # Cutting would count a picture's sequence as text, and leave the terminal in the middle of it.
                whole = end <= x2 or any(segment.control for segment in strip)
                yield x, y, strip if whole else strip.crop(0, x2 - x)


def cells_of(strip: Strip, console: Console) -> list[Cell | None]:
    """The cells of a strip; none where one character is not one cell: wide ones, joined ones, graphics."""
    system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001  (Strip.render asks the same way)
    cells: list[Cell | None] = []
    for text, style, control in strip:
        if control or not _is_narrow(text):
            return []
        sequences = _sequences(style, system) if style is not None else PLAIN
        cells += [(character, sequences) for character in text]
    return cells


@lru_cache(4096)
def _is_narrow(text: str) -> bool:
    return text.isprintable() and all(cell_len(character) == 1 for character in text)


def _sequences(style: Style, system: ColorSystem) -> Sequences:
    on, _, off = Strip.render_style(style, "\0", system).partition("\0")
    return _same(on, off)


@lru_cache(1024)
def _same(on: str, off: str) -> Sequences:
    """One object for one style, so that cells compare quickly."""
    return Sequences(on, off)


def runs(before: list[Cell | None], cells: list[Cell | None]) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch that changes; a short gap in one style belongs to the stretch."""
    start = end = -1
    for place, (old, new) in enumerate(zip(before, cells, strict=True)):
        if old == new:
            continue
        if start >= 0 and not _bridged(cells[end - 1 : place]):
            yield start, end
            start = -1
        if start < 0:
            start = place
        end = place + 1
    if start >= 0:
        yield start, end


def _bridged(gap: list[Cell | None]) -> bool:
    """Whether the cells after the first one, which was drawn, are few and drawn in its style."""
    return len(gap) <= BRIDGE + 1 and len({cell[1] for cell in gap if cell is not None}) <= 1
