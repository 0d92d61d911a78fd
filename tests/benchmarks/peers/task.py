"""What every contender is asked and answers: one training as JSON on the command line, one line of JSON back.

A contender is a file beside this one that is run in a process of its own. The clock starts with the first read of a
picture and stops with the last epoch's validation, so imports and building the model are left out.
"""

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

Strategy = Literal["feature-extraction", "last-block", "full"]

SESSION = """\
name = "bench"
seed = {seed}
strategy = "{strategy}"

[data]
source = "{data}"
image_size = {image_size}
batch_size = {batch_size}
{views}

[model]
name = "{model}"
weights = "{weights}"

[freeze]
batchnorm = "{batchnorm}"

[optimizer]
name = "adamw"
lr = {lr}
weight_decay = 0.0
backbone_lr_scale = 1.0
schedule = "constant"
clip_grad_norm = 0.0

[train]
device = "cpu"
epochs = {epochs}
"""
ONE_VIEW = 'augment = "none"\nflip = false'


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One training: `data` holds train/ and val/ with a folder per class, `weights` is a file of the model's weights.

    Training pictures get the validation's transform, unless `augmented`. `batchnorm` says whether the BatchNorms of
    layers that train keep their statistics ("frozen") or not ("follow"). Both are for Thaw; the others' are their own.
    """

    data: str
    model: str
    weights: str
    strategy: Strategy
    epochs: int
    batch_size: int = 32
    image_size: int = 224
    lr: float = 1e-3
    seed: int = 1
    augmented: bool = False
    batchnorm: Literal["frozen", "follow"] = "frozen"

    @property
    def session(self) -> str:
        """The task as a session of Thaw."""
        views = "" if self.augmented else ONE_VIEW
        return SESSION.format(**msgspec.structs.asdict(self), views=views)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, sorted."""
        return tuple(sorted(each.name for each in (Path(self.data) / "train").iterdir() if each.is_dir()))


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the whole and of each epoch with its validation, and the last validation's accuracy (a fraction).

    `pictures` counts those that were read for training and for validation; `note` tells what was chosen.
    """

    seconds: float
    epochs: tuple[float, ...]
    val_accuracy: float
    pictures: tuple[int, int]
    note: str = ""


class Clock:
    """Runs from its making; a lap is an epoch with its validation."""

    def __init__(self) -> None:
        self._laps = [time.perf_counter()]

    def lap(self) -> None:
        """An epoch and its validation are over."""
        self._laps.append(time.perf_counter())

    def result(self, val_accuracy: float, pictures: tuple[int, int], note: str = "") -> Result:
        """The result up to the last lap."""
        epochs = tuple(after - before for before, after in pairwise(self._laps))
        return Result(
            seconds=self._laps[-1] - self._laps[0],
            epochs=epochs,
            val_accuracy=val_accuracy,
            pictures=pictures,
            note=note,
        )


def contend(train: Callable[[Task], Result]) -> None:
    """Train the task on the command line and print the result as the last line."""
    result = train(msgspec.json.decode(sys.argv[1], type=Task))
    print(msgspec.json.encode(result).decode(), flush=True)
