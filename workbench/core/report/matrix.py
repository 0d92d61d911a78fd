"""A confusion matrix for a page: a table while its cells can be read, else a picture with the worst mix-ups.

The picture has one colour whose opacity is the share of the row, so that it is right on a light and a dark page.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from workbench.core.report.pictures import data_uri
from workbench.mistakes import MixUp, mix_ups
from workbench.protocol import Metrics

LARGEST_TABLE = 40
"""So many classes stand in a table."""
MIX_UPS_SHOWN = 40
PICTURE_SIDE = 600
HIT, MISS = (20, 140, 90), (200, 60, 50)
FAINTEST = 0.15
"""How opaque a single mix-up is at least: it must be seen."""


@dataclass(frozen=True)
class Cell:
    """One cell: its count, its share of the row, and whether it counts hits."""

    count: int
    share: float
    hit: bool


@dataclass(frozen=True)
class Matrix:
    """The matrix as rows of cells, or, of many classes, as a picture; and the worst mix-ups."""

    rows: tuple[tuple[Cell, ...], ...]
    picture: str
    mix_ups: tuple[MixUp, ...]
    more: int


def matrix_of(metrics: Metrics) -> Matrix:
    """What a page shows of an evaluation's confusion matrix."""
    pairs = mix_ups(metrics.confusion)
    small = len(metrics.confusion) <= LARGEST_TABLE
    return Matrix(
        rows=tuple(_row(number, row) for number, row in enumerate(metrics.confusion)) if small else (),
        picture="" if small else _picture(metrics),
        mix_ups=tuple(pairs[:MIX_UPS_SHOWN]),
        more=max(0, len(pairs) - MIX_UPS_SHOWN),
    )


def _row(number: int, row: tuple[int, ...]) -> tuple[Cell, ...]:
    total = sum(row)
    return tuple(
        Cell(count, count / total if total else 0.0, column == number) for column, count in enumerate(row)
    )


def _picture(metrics: Metrics) -> str:
    counts = np.asarray(metrics.confusion, dtype=np.float64)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    opacity = np.where(counts > 0, FAINTEST + (1 - FAINTEST) * shares, 0.0)
    pixels = np.zeros((*counts.shape, 4), dtype=np.uint8)
    pixels[..., :3] = MISS
    pixels[np.arange(len(counts)), np.arange(len(counts)), :3] = HIT
    pixels[..., 3] = np.round(255 * opacity)
    factor = max(1, PICTURE_SIDE // len(counts))
    data = io.BytesIO()
    Image.fromarray(pixels.repeat(factor, 0).repeat(factor, 1), "RGBA").save(data, "PNG", optimize=True)
    return data_uri(data.getvalue(), "image/png")
