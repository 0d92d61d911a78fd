"""How much disk runs take, and what can be given back: last checkpoints, all checkpoints, or whole runs.

The journal, the session and the evaluations stay unless the whole run goes. A run that is trained is never touched.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from workbench.errors import BadInput, ThawError
from workbench.run.folder import RunFolder
from workbench.run.lease import is_alive

Part = Literal["last", "checkpoints", "run"]
"""``last``: the last checkpoint where there is a best one; ``checkpoints``: both; ``run``: everything."""

LEAVES: dict[Part, str] = {
    "last": "the best weights stay; the runs can't be resumed",
    "checkpoints": "curves and evaluations stay; the weights are gone",
    "run": "nothing stays",
}


def size_of(path: Path) -> int:
    """The bytes of all files below a folder, 0 where there is none; what vanishes meanwhile does not count."""
    total = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        total += size_of(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
                except OSError:
                    continue
    except OSError:
        return total
    return total


def place_of(run: RunFolder, part: Part) -> Path | None:
    """The folder that goes with a part, or None where that part may not go or is not there."""
    match part:
        case "last":
            last = run.checkpoint("last")
            return last if last.is_dir() and run.checkpoint("best").is_dir() else None
        case "checkpoints":
            checkpoints = run.checkpoint("last").parent
            return checkpoints if checkpoints.is_dir() else None
        case "run":
            return run.path


def freed(runs: Iterable[RunFolder], part: Part) -> int:
    """The bytes that cleaning would give back; runs that are trained don't count."""
    places = [place_of(run, part) for run in runs if not is_alive(run)]
    return sum(size_of(place) for place in places if place is not None)


def clean(runs: Iterable[RunFolder], part: Part) -> int:
    """Remove a part of these runs; returns the bytes given back. BadInput where all of them are trained just now."""
    idle = [run for run in runs if not is_alive(run)]
    if not idle:
        raise BadInput("every one of these runs is still training", "stop it first")
    total = 0
    for run in idle:
        place = place_of(run, part)
        if place is not None:
            freed_by_it = size_of(place)
            try:
                shutil.rmtree(place)
            except OSError as error:
                raise ThawError(
                    f"{place}: can't be removed: {error.strerror}", "was it moved, or is it another user's?"
                ) from None
            total += freed_by_it
    return total
