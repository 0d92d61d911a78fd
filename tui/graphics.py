"""Whether the terminal shows pictures of its own, by kitty's protocol or sixel; textual-image draws them then.

The terminal has to be asked before Textual takes its input over, and the answer can take a tenth of a second: only
terminals that are known to have it are asked, or any where ``THAW_GRAPHICS=on`` says so.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rich.control import Control
from rich.segment import ControlType, Segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.protocol import Thumbnail

TERMS = ("kitty", "ghostty", "foot", "mlterm", "contour", "wezterm", "sixel")
"""Parts of ``TERM``, which also comes along over SSH, of terminals with graphics."""
PROGRAMS = ("WezTerm", "iTerm.app", "ghostty")
SIGNS = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION")

LARGEST = 160
"""Pixels a side that are asked for where pictures stand side by side."""

_NOTHING_TO_MOVE = [(ControlType.CURSOR_FORWARD, 0)]
"""What marks a segment as one that takes no cells; Textual sends its text as it is."""

_widget: Any = None
_renderable: Any = None
_cell: tuple[int, int] = (1, 2)
_is_sixel = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as lines of cells: kitty's own, or empty ones over which `sixels` draw all of it at once.

    `free` lets the terminal forget it.
    """

    rows: list[list[Segment]]
    sixels: str
    free: Callable[[], None]


def may_have_graphics(environment: Mapping[str, str]) -> bool:
    """Whether it is worth asking this terminal."""
    wanted = environment.get("THAW_GRAPHICS", "auto")
    if wanted in ("on", "off"):
        return wanted == "on"
    if environment.get("NO_COLOR"):
        return False  # kitty's pictures are cells whose colour says which picture it is
    if "TMUX" in environment or environment.get("TERM", "").startswith(("tmux", "screen")):
        return False  # what lies between does not pass pictures on
    named = environment.get("TERM_PROGRAM") in PROGRAMS or any(sign in environment for sign in SIGNS)
    return named or any(part in environment.get("TERM", "") for part in TERMS)


def ask_terminal() -> None:
    """Find out what the terminal can, before Textual starts; without textual-image nothing is asked."""
    global _widget, _renderable, _cell, _is_sixel  # the terminal can be asked but once
    if not may_have_graphics(os.environ) or find_spec("textual_image") is None:
        return
    from textual_image.renderable import Image, SixelImage, TGPImage
    from textual_image.widget import Image as ImageWidget
    from textual_image.widget import get_cell_size  # type: ignore[attr-defined]  # named nowhere else

    if Image in (SixelImage, TGPImage):
        _widget, _renderable, _cell, _is_sixel = ImageWidget, Image, get_cell_size(), Image is SixelImage
        # Over SSH the variable stays behind, and the colours that name pictures would be rounded.
        os.environ.setdefault("COLORTERM", "truecolor")


def has_graphics() -> bool:
    """Whether pictures can be drawn as such."""
    return _widget is not None


def draws_whole_pictures() -> bool:
    """Whether a picture of which a line is out of sight can't be drawn, so that scrolling goes by whole pictures."""
    return _is_sixel


def pixels(columns: int) -> int:
    """The side to ask for of a picture that is to be so many cells wide."""
    return min(LARGEST, columns * _cell[0]) if has_graphics() else columns


def drawn(thumbnail: Thumbnail, columns: int, rows: int) -> Drawn:
    """The picture drawn in so many cells, only where there are graphics; takes some 20 ms, and may use any thread."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=columns, height=rows, color_system="truecolor")
    image = _renderable(_image(thumbnail), width=columns, height=rows)
    segments = list(console.render(image, console.options.update(width=columns, height=rows)))
    if not _is_sixel:
        return Drawn(list(Segment.split_lines(segments))[:rows], "", image.cleanup)
    sixels = next(each.text for each in segments if each.text.startswith("\x1bP"))
    return Drawn([[Segment(" " * columns)] for _ in range(rows)], sixels, image.cleanup)


def is_drawing(segment: Segment) -> bool:
    """Whether a segment is a line of a picture that the terminal draws instead of its characters."""
    return segment.text.startswith("\U0010eeee")


def drawing_at(x: int, y: int, drawn: Drawn) -> Segment:
    """What draws a picture's sixels at a cell of the screen, and leaves the cursor where it was."""
    at = Control.move_to(x, y).segment.text
    return Segment(f"\x1b7{at}{drawn.sixels}\x1b8", control=_NOTHING_TO_MOVE)


def image_widget(thumbnail: Thumbnail) -> Any:
    """A Textual widget that draws the picture by the terminal's own graphics; only where there are some."""
    return _widget(_image(thumbnail))


def _image(thumbnail: Thumbnail) -> Any:
    from PIL import Image

    return Image.frombytes("RGB", (thumbnail.width, thumbnail.height), thumbnail.rgb)
