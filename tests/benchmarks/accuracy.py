"""Whether Thaw's speed costs accuracy: the same split, weights and settings, over several seeds.

The bundled weights, which know letters: they tell digits apart from few pictures, and are merely a start for photos.
The tutorial's loop lets BatchNorms follow the data and the hand-tuned one does not, so where BatchNorms train Thaw
stands there with both settings. A seed decides the split of the digits, the new head and the order of the pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from tests.benchmarks.choices import CIFAR10, Choices
from tests.benchmarks.contest import CONTENDERS, NotRun, run
from tests.benchmarks.digits_folder import digits_folder
from tests.benchmarks.peers.task import Task
from tests.benchmarks.picture_folders import picture_folder
from tests.benchmarks.tables import heading, line
from tests.benchmarks.training_time import PARTS

MODEL = "shufflenet_v2_x0_5"
SIDE = 32
CIFAR10_SEEDS = 3
CIFAR10_PER_CLASS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A training on the digits or on CIFAR-10's pictures; no more than `most_seeds` are taken."""

    title: str
    folder: Callable[[Path, int], Path | None]
    part: str
    epochs: int
    batch_size: int
    lr: float
    most_seeds: int = 1000


def _digits(place: Path, seed: int) -> Path:
    return digits_folder(place / f"digits-{seed}", seed, per_class=10)


def _cifar10(place: Path, _seed: int) -> Path | None:
    linked = place / "linked"
    if linked.is_dir():
        return linked
    return picture_folder(CIFAR10, CIFAR10_PER_CLASS, place) if CIFAR10.exists() else None


ROWS = (
    Row("digits, ten a class", _digits, "head", 40, 20, 3e-3),
    Row("digits, ten a class", _digits, "full", 20, 20, 1e-3),
    Row(f"CIFAR-10, {CIFAR10_PER_CLASS} a class", _cifar10, "head", 5, 64, 3e-3, CIFAR10_SEEDS),
    Row(f"CIFAR-10, {CIFAR10_PER_CLASS} a class", _cifar10, "full", 5, 64, 1e-3, CIFAR10_SEEDS),
)


def table(choices: Choices) -> None:
    """Print a table for each row."""
    for row in ROWS:
        if not choices.strategies or row.part in choices.strategies:
            measure(row, choices)


def measure(row: Row, choices: Choices) -> None:
    """Train with every seed and compare."""
    references = ("thaw",) if row.part == "head" else ("thaw", "thaw-follow")
    contenders = (*references, *(choices.contenders or ("tutorial", "hand-tuned")))
    seeds = range(1, min(choices.repeats, row.most_seeds) + 1)
    heading(
        f"{row.title}, {row.part}, {row.epochs} epochs ({len(seeds)} seeds)",
        "mean",
        "deviation",
        "worst",
        "best",
        *(cell for name in references for cell in (f"{name.removeprefix('thaw-')} less", "beyond")),
    )
    found: dict[str, list[float]] = {name: [] for name in contenders}
    with TemporaryDirectory(prefix="thaw-accuracy-") as place:
        for seed in seeds:
            folder = row.folder(Path(place), seed)
            if folder is None:
                line(f"{CIFAR10} is not there", "not measured")
                return
            for name in contenders:
                try:
                    result = run(name, _task(row, folder, seed), Path(place) / "cache" / f"{name}-{seed}")
                    found[name].append(result.val_accuracy)
                except NotRun as error:
                    line(CONTENDERS[name].title, str(error))
    for name, values in found.items():
        if values:
            _print(name, values, [found[each] for each in references])


def _task(row: Row, folder: Path, seed: int) -> Task:
    bundled = Path(__file__).parents[2] / "workbench" / "bundled" / f"{MODEL}-letters.safetensors"
    return Task(
        data=str(folder),
        model=MODEL,
        weights=str(bundled),
        strategy=PARTS[row.part],
        epochs=row.epochs,
        batch_size=row.batch_size,
        image_size=SIDE,
        lr=row.lr,
        seed=seed,
    )


def _print(name: str, values: list[float], references: list[list[float]]) -> None:
    """Mean and spread in %; how far each of Thaw's means is below it, and whether by more than Thaw's own spread."""
    cells = [f"{100 * value:.2f}" for value in (mean(values), _spread(values), min(values), max(values))]
    for own in references:
        less = mean(values) - mean(own) if own else 0.0
        itself = not own or CONTENDERS[name].module == "thaw_worker"
        cells += ["", ""] if itself else [f"{100 * less:+.2f}", "yes" if less > _spread(own) else "no"]
    line(CONTENDERS[name].title, *cells)


def _spread(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0
