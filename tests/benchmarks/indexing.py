"""How long it takes to index 100,000 pictures: list them, find copies, divide them; anew, and once more.

The files are small, distinct JPEGs that were just written, so the disk's own speed is not in the figures. Loaded as in
the worker, which leaves what it loads out of garbage collections.
"""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from tests.benchmarks.contest import own_environment
from tests.benchmarks.tables import heading, line, middle

PICTURES = 100_000
CLASSES = 100
SIDE = 16

INDEX = """
import sys, time
from workbench.garbage import loading_for_good
from workbench.session import Data
with loading_for_good():
    from workbench.core.partition import divide
    from workbench.core.sources import open_source
began = time.perf_counter()
source = open_source(sys.argv[1])
listed = time.perf_counter()
partition = divide(source, Data(source=sys.argv[1]), 1)
assert sum(partition.sizes.values()) == int(sys.argv[2]), partition.sizes
print(listed - began, time.perf_counter() - listed)
"""


def table(repeats: int) -> None:
    """Print the seconds to list and to divide, for a folder never seen before and for a known one."""
    with TemporaryDirectory(prefix="thaw-index-") as name:
        place = Path(name)
        folder = write_pictures(place / "pictures", PICTURES, CLASSES, SIDE)
        heading(f"{PICTURES:,} pictures indexed ({repeats} each)", "listed", "divided", "together", "slowest")
        new, known = [], []
        for number in range(repeats):
            cache = place / f"cache-{number}"
            new.append(indexed(folder, cache))
            known.append(indexed(folder, cache))
    for title, found in (("a new folder", new), ("the same folder again", known)):
        both = [listing + dividing for listing, dividing in found]
        parts = [middle([each[place] for each in found]) for place in (0, 1)]
        line(title, *(f"{seconds:.2f} s" for seconds in (*parts, middle(both), max(both))))


def indexed(folder: Path, cache: Path) -> tuple[float, float]:
    """Seconds to list and to divide the pictures, in a process and with a cache folder of its own."""
    command = [sys.executable, "-c", INDEX, str(folder), str(PICTURES)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=own_environment(cache))
    listing, dividing = done.stdout.split()
    return float(listing), float(dividing)


def write_pictures(folder: Path, count: int, classes: int, side: int) -> Path:
    """Write that many distinct JPEG files in `side` pixels, dealt out to the classes."""
    draws = np.random.default_rng(1)
    for number in range(count):
        target = folder / f"class-{number % classes:03d}" / f"{number:06d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_jpeg(draws, side))
    return folder


def _jpeg(draws: np.random.Generator, side: int) -> bytes:
    coarse = draws.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BILINEAR).save(file, "JPEG")
    return file.getvalue()
