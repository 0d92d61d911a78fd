"""One pass over all pictures of a source, decoded by a pool of threads: the facts that the findings rest on.

The perceptual hash is imagehash's pHash of 64 bits (the signs of the lowest frequencies of a 32×32 cosine transform).
"""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.core.compute import available_cores
from workbench.core.sources import Source, UnreadablePicture, as_rgb

THUMBNAIL = 32
"""Side of the grey thumbnail that pictures are compared by, in pixels: what pHash looks at."""

FEW_COLOURS = 64
"""Photos, also grey ones, have more."""

_STILL_FORMATS = ("MPO",)
"""Formats whose further frames are views of the same photo, written by phones."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture is like; `error` is set, and nothing else, where it can't be read.

    `mode` is Pillow's, `size` in pixels (width, height), `thumbnail` grey (32, 32) in 0–255, `hash` the 64-bit pHash.
    """

    error: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    frames: int = 1
    transparent: bool = False
    few_colours: bool = False
    thumbnail: NDArray[np.uint8] | None = None
    hash: int = 0


def scan(source: Source) -> list[Look]:
    """A look at every image of the source, in its order."""
    with (
        ThreadPoolExecutor(available_cores(), thread_name_prefix="doctor") as pool,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter(
            "ignore"
        )  # a size near the limit and damaged EXIF are told as findings, or harmless
        return list(pool.map(lambda index: _look(source, index), range(len(source.items))))


def _look(source: Source, index: int) -> Look:
    try:
        picture = source.open_raw(index)
        seen = as_rgb(picture.copy())
        grey = seen.convert("L").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    except UnreadablePicture as error:
        return Look(error=str(error))
    except (OSError, ValueError, SyntaxError) as error:
        return Look(error=f"{source.items[index].name}: {error}")
    return Look(
        mode=picture.mode,
        size=picture.size,
        frames=_frames(picture),
        transparent=_is_transparent(picture),
        few_colours=seen.getcolors(FEW_COLOURS) is not None,
        thumbnail=np.asarray(grey),
        hash=int.from_bytes(np.packbits(imagehash.phash(grey).hash).tobytes(), "big"),
    )


def _frames(picture: Image.Image) -> int:
    return 1 if picture.format in _STILL_FORMATS else int(getattr(picture, "n_frames", 1))


def _is_transparent(picture: Image.Image) -> bool:
    if not picture.has_transparency_data:
        return False
    return bool(np.asarray(picture.convert("RGBA").getchannel("A")).min() < 255)
