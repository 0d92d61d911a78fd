"""What is known of a run's report before it is made: where it goes, and whether it can be.

Torch-free: a missing package is told at once. Making the report is `workbench.core.report`'s part.
"""

from importlib.util import find_spec
from pathlib import Path

import msgspec

from workbench.errors import BadInput
from workbench.exports import check_writable
from workbench.run import RunFolder

SUFFIXES = (".html", ".htm")


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the file and its size, the evaluated split that it shows, and how many pictures."""

    run: str
    file: str
    bytes: int
    split: str
    pictures: int


def default_path(run: RunFolder) -> Path:
    """Where a report goes unless told otherwise: the current folder, under the run's name."""
    return Path(f"{run.name}.html")


def check_report(path: Path) -> None:
    """Raise BadInput where no report can be made at a path, whatever may be there already."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{path}: not a file that ends in {SUFFIXES[0]}", "give one, such as report.html")
    check_packages()
    check_writable(path, overwrite=True)


def check_packages() -> None:
    """Raise BadInput where the package that draws the charts is missing."""
    if find_spec("matplotlib") is None:
        raise BadInput(
            "a report's charts need matplotlib, which is not installed here", "pip install 'thaw[report]'"
        )
