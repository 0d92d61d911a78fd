"""What the terminal shows now, so that only cells that become different are sent to it.

Textual paints a region from the left edge of its widget and as often as it is asked to; over a slow link the bytes are
what counts. Only partial paints are compared with what is shown, and only where widgets stand where they stood: a full
one, as with another screen or size, is sent whole and heals a terminal that something else wrote to. The one file that
knows Textual's updates (checked with 8.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import compress, count
from operator import ne
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, RenderableType
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


class Stretch:
    """A strip as the terminal shows it; its cells are worked out when they are asked for."""

    def __init__(self, strip: Strip, console: Console) -> None:
        self.strip, self._console = strip, console

    @property
    def length(self) -> int:
        """In cells."""
        return self.strip.cell_length

    @cached_property
    def is_known(self) -> bool:
        """Whether each of its characters is one cell; not with wide ones, joined ones, graphics."""
        return all(not control and _is_narrow(text) for text, _, control in self.strip)

    @cached_property
    def cells(self) -> list[Cell | None]:
        """Its cells, None where they are not known."""
        return cells_of(self.strip, self._console) if self.is_known else [None] * self.length


class Line:
    """What one line shows: stretches by the column that they begin in, as far as it is known."""

    def __init__(self, stretches: dict[int, Stretch] | None = None) -> None:
        self._stretches = stretches or {}

    def put(self, x: int, stretch: Stretch) -> Stretch | None:
        """Show the stretch from now on; returns the one in whose place it comes, None where it lies over others."""
        known = self._stretches.get(x)
        if known is None or known.length != stretch.length:
            known, end = None, x + stretch.length
            self._stretches = {
                start: each
                for start, each in self._stretches.items()
                if start >= end or start + each.length <= x
            }
        self._stretches[x] = stretch
        return known


class FrontBuffer:
    """The lines of a terminal, as far as they are known."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}

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

    def show(self, y: int, stretches: dict[int, Stretch]) -> None:
        """Take a whole line: its stretches by the column that they begin in, none over another."""
        self._lines[y] = Line(stretches)

    def line(self, y: int) -> Line:
        """What a line shows."""
        return self._lines.setdefault(y, Line())


class WholeScreen(CompositorUpdate):
    """A paint of everything, sent as it is."""

    def __init__(self, update: LayoutUpdate, front: FrontBuffer) -> None:
        self._update, self._front = update, front

    def render_segments(self, console: Console) -> str:
        """What to write, kept as what is shown."""
        self._front.forget()
        for y, strips in enumerate(self._update.strips, self._update.region.y):
            x, stretches = self._update.region.x, {}
            for strip in strips:
                stretches[x] = Stretch(strip, console)
                x += strip.cell_length
            self._front.show(y, stretches)
        return self._update.render_segments(console)


class ChangedCells(CompositorUpdate):
    """A partial paint, of which only cells that change are sent."""

    def __init__(self, update: ChopsUpdate, front: FrontBuffer) -> None:
        self._update, self._front = update, front

    def render_segments(self, console: Console) -> str:
        """What to write, kept as what is shown."""
        pen = _Pen()
        for x, y, strip in _painted(self._update):
            stretch = Stretch(strip, console)
            known = self._front.line(y).put(x, stretch)
            if known is None or not stretch.is_known:
                pen.write(x, y, strip.render(console))
            elif known.strip != strip:
                for start, end in runs(known.cells, stretch.cells):
                    pen.draw(x + start, y, stretch.cells[start:end])
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
    return f"\x1b[{y + 1};{x + 1}H"


def _painted(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """What a partial paint touches: column, line and what is to stand from there on."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                # Cutting would count a picture's sequence as text, and leave the terminal in the middle of it.
                whole = end <= x2 or any(segment.control for segment in strip)
                yield x, y, strip if whole else strip.crop(0, x2 - x)


def cells_of(strip: Strip, console: Console) -> list[Cell | None]:
    """The cells of a strip whose every character is one cell."""
    system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001  (Strip.render asks the same way)
    sequences: list[Sequences] = []
    for text, style, _ in strip:
        sequences += [_sequences(style, system) if style is not None else PLAIN] * len(text)
    return list(zip(strip.text, sequences, strict=True))


@lru_cache(4096)
def _is_narrow(text: str) -> bool:
    return text.isprintable() and all(cell_len(character) == 1 for character in text)


def _sequences(style: Style, system: ColorSystem) -> Sequences:
    # Looked up by what Textual keeps with a style: to find an equal style takes longer than all else here.
    if style._ansi is None or style._link:  # noqa: SLF001
        return _switches(Strip.render_style(style, "\0", system))
    return _switches_of(style._ansi)  # noqa: SLF001


@lru_cache(1024)
def _switches_of(numbers: str) -> Sequences:
    return _switches(f"\x1b[{numbers}m\0\x1b[0m" if numbers else "\0")


@lru_cache(1024)
def _switches(rendered: str) -> Sequences:
    """One object for one style, so that cells compare quickly; from a zero rendered in it."""
    on, _, off = rendered.partition("\0")
    return Sequences(on, off)


def runs(before: list[Cell | None], cells: list[Cell | None]) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch that changes; a short gap in one style belongs to the stretch."""
    start = end = -1
    for place in compress(count(), map(ne, before, cells)):
        if place != end and not (start >= 0 and _bridged(cells[end - 1 : place])):
            if start >= 0:
                yield start, end
            start = place
        end = place + 1
    if start >= 0:
        yield start, end


def _bridged(gap: list[Cell | None]) -> bool:
    """Whether the cells after the first one, which was drawn, are few and drawn in its style."""
    return len(gap) <= BRIDGE + 1 and len({cell[1] for cell in gap if cell is not None}) <= 1
