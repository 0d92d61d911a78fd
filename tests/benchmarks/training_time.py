"""How long Thaw takes to train, beside the loops and trainers that people use: alternating runs, each validated.

By default the rows that Thaw is to be judged by; any other model, part and number of epochs by name. Where a row is
long (a contender of many epochs) or a peer is no measure of speed, it runs once, and the table says how often.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.choices import Choices
from tests.benchmarks.contest import CONTENDERS, NotRun, run
from tests.benchmarks.peers.task import Result, Strategy, Task
from tests.benchmarks.picture_folders import counts, picture_folder
from tests.benchmarks.tables import heading, line, middle

PARTS: dict[str, Strategy] = {"head": "feature-extraction", "last-block": "last-block", "full": "full"}
LONG = 20
"""Epochs from which on contenders that compute every epoch anew run but once."""

_PLAIN = ("tutorial", "hand-tuned", "thaw")


@dataclass(frozen=True, slots=True)
class Row:
    """One training of a table, and who takes part."""

    model: str
    part: str
    epochs: int
    contenders: tuple[str, ...]


ROWS = (
    Row("resnet18", "head", 5, (*_PLAIN, "thaw-again", "thaw-augmented", "fastai", "lightning", "timm")),
    Row("resnet18", "head", 20, (*_PLAIN, "thaw-again", "thaw-augmented")),
    Row("resnet18", "last-block", 5, _PLAIN),
    Row("resnet18", "full", 3, _PLAIN),
)


def table(choices: Choices) -> None:
    """Print a table for each row."""
    with TemporaryDirectory(prefix="thaw-peers-") as name:
        place = Path(name)
        folder = picture_folder(choices.data, choices.per_class, place)
        for row in rows(choices):
            measure(row, folder, choices, place)


def rows(choices: Choices) -> tuple[Row, ...]:
    """The rows asked for, or the usual ones."""
    if not (choices.models or choices.strategies or choices.epochs):
        return tuple(replace(row, contenders=in_order(choices.contenders) or row.contenders) for row in ROWS)
    return tuple(
        Row(model, part, epochs, in_order(choices.contenders) or (*_PLAIN, "thaw-again"))
        for model in choices.models or ("resnet18",)
        for part in choices.strategies or tuple(PARTS)
        for epochs in choices.epochs or (5,)
    )


def in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """The contenders of these names in the order in which they run; a second run brings the first along."""
    wanted = {*names, "thaw"} if "thaw-again" in names else set(names)
    return tuple(name for name in CONTENDERS if name in wanted)


def measure(row: Row, folder: Path, choices: Choices, place: Path) -> None:
    """Run a row's contenders in turn and print its table."""
    from tests.benchmarks.peers.weights import write_weights

    weights = place / f"{row.model}.safetensors"
    if not weights.exists():
        write_weights(row.model, weights)
    task = Task(
        data=str(folder),
        model=row.model,
        weights=str(weights),
        strategy=PARTS[row.part],
        epochs=row.epochs,
        image_size=choices.image_size,
    )
    results: dict[str, list[Result]] = defaultdict(list)
    refused: dict[str, str] = {}
    for number in range(choices.repeats):
        # What Thaw keeps is new in each round; its second run finds what its first one kept.
        with TemporaryDirectory(dir=place) as cache:
            for name in row.contenders:
                if number and is_run_once(name, row):
                    continue
                own = Path(cache) / name.removesuffix("-again")
                try:
                    results[name].append(run(name, task, own))
                except NotRun as error:
                    refused[name] = str(error)
    _print(row, task, results, refused)


def is_run_once(name: str, row: Row) -> bool:
    """Whether a contender is measured but once in a row."""
    contender = CONTENDERS[name]
    return not contender.every_round or (row.epochs >= LONG and contender.module != "thaw_worker")


def _print(row: Row, task: Task, results: dict[str, list[Result]], refused: dict[str, str]) -> None:
    parts = {"head": "head only", "last-block": "last block", "full": "full"}
    pictures = " + ".join(str(count) for count in counts(Path(task.data)).values())
    title = (
        f"{row.model} at {task.image_size} px, {parts[row.part]}, {row.epochs} epochs, {pictures} pictures"
    )
    heading(title, "median", "fastest", "slowest", "runs", "last epoch", ": Thaw's", "val accuracy")
    own = middle([each.seconds for each in results["thaw"]]) if results["thaw"] else None
    for name in row.contenders:
        if name in refused:
            line(CONTENDERS[name].title, refused[name])
        if results[name]:
            _print_results(CONTENDERS[name].title, results[name], own)


def _print_results(title: str, results: list[Result], own: float | None) -> None:
    seconds = [each.seconds for each in results]
    line(
        title,
        *(f"{value:.1f} s" for value in (middle(seconds), min(seconds), max(seconds))),
        str(len(results)),
        f"{middle([each.epochs[-1] for each in results]):.2f} s",
        f"{middle(seconds) / own:.2f}" if own else "–",
        f"{100 * middle([each.val_accuracy for each in results]):.1f} %",
        "  " + results[0].note,
    )
