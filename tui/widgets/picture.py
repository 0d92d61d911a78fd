"""Pictures drawn in half-block cells: each character shows two pixels, one above the other.

Knows thumbnails and cells; what stands under a picture, and how many fit, is the business of who shows them.
"""

from functools import lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from workbench.protocol import Thumbnail

UPPER_HALF = "▀"

Pixel = tuple[int, int, int]


def picture_rows(thumbnail: Thumbnail) -> list[list[Segment]]:
    """The picture as rows of segments, `thumbnail.width` cells wide and half its height (rounded up) high."""
    rows = [_pixels(thumbnail, y) for y in range(thumbnail.height)]
    return [
        [Segment(UPPER_HALF, _cell_style(above, below)) for above, below in zip(upper, lower, strict=True)]
        for upper, lower in _pairs(rows, thumbnail.width)
    ]


def picture_text(thumbnail: Thumbnail) -> Text:
    """The picture as a Text of several lines, for widgets that show one."""
    return Text("\n").join(
        Text.assemble(*((segment.text, segment.style or "") for segment in row))
        for row in picture_rows(thumbnail)
    )


def _pixels(thumbnail: Thumbnail, y: int) -> list[Pixel]:
    start = 3 * thumbnail.width * y
    line = thumbnail.rgb[start : start + 3 * thumbnail.width].ljust(3 * thumbnail.width, b"\0")
    return [(line[x], line[x + 1], line[x + 2]) for x in range(0, len(line), 3)]


def _pairs(rows: list[list[Pixel]], width: int) -> list[tuple[list[Pixel], list[Pixel]]]:
    black = [(0, 0, 0)] * width
    return [(rows[y], rows[y + 1] if y + 1 < len(rows) else black) for y in range(0, len(rows), 2)]


@lru_cache(maxsize=8192)
def _cell_style(above: Pixel, below: Pixel) -> Style:
    return Style.from_color(_colour(above), _colour(below))


@lru_cache(maxsize=8192)
def _colour(pixel: Pixel) -> Color:
    # Without the name that Rich would spell out for each: thousands are made when a grid is shown first.
    return Color("", ColorType.TRUECOLOR, triplet=ColorTriplet(*pixel))
