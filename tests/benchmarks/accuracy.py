"""Whether Thaw's speed costs accuracy: the same split, weights and settings, over several seeds.

The bundled weights, which know letters: they tell digits apart from few pictures, and are merely a start for photos.
A seed decides the split of the digits, the new head and the order of the pictures.
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
    """A training on the digits or on CIFAR-10's pictures; `fewest` seeds are taken where more are asked for."""

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
    contenders = ("thaw", *(choices.contenders or ("tutorial", "hand-tuned")))
    seeds = range(1, min(choices.repeats, row.most_seeds) + 1)
    heading(
        f"{row.title}, {row.part}, {row.epochs} epochs ({len(seeds)} seeds)",
        "mean",
        "deviation",
        "worst",
        "best",
        "Thaw less",
        "by more than its own",
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
    _print(found)


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


def _print(found: dict[str, list[float]]) -> None:
    """Means and spreads in %, and by how much Thaw's mean is below each peer's."""
    own = found["thaw"]
    for name, values in found.items():
        if not values or not own:
            continue
        less = mean(values) - mean(own)
        cells = [mean(values), _spread(values), min(values), max(values)]
        verdict = (
            ["–", "–"] if name == "thaw" else [f"{100 * less:+.2f}", "yes" if less > _spread(own) else "no"]
        )
        line(CONTENDERS[name].title, *(f"{100 * value:.2f}" for value in cells), *verdict)


def _spread(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0
