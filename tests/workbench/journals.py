"""Journals for tests: the events of a small run, and run folders that hold them."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench import run as runs
from workbench.actions import Action
from workbench.protocol import (
    Applied,
    EpochEnded,
    Evaluated,
    Event,
    Finished,
    Frozenness,
    Metrics,
    ModelDescription,
    ModuleRow,
    Started,
    Steps,
    encode,
)
from workbench.run import RunFolder

STAGES = ("stem", "layer1", "layer2", "head")
PARAMETERS = {
    "conv1.weight": ("stem", 27),
    "bn1.weight": ("stem", 3),
    "bn1.bias": ("stem", 3),
    "layer1.0.conv.weight": ("layer1", 90),
    "layer1.0.bn.weight": ("layer1", 10),
    "layer1.1.conv.weight": ("layer1", 900),
    "layer2.0.conv.weight": ("layer2", 900),
    "layer2.0.conv.bias": ("layer2", 30),
    "fc.weight": ("head", 300),
    "fc.bias": ("head", 10),
}
STAGE_OF = {name: stage for name, (stage, _) in PARAMETERS.items()}


def model() -> ModelDescription:
    """A small model in the shape of a ResNet."""
    rows = [
        ModuleRow("", "Small", (10,), sum(size for _, size in PARAMETERS.values()), ""),
        *(
            ModuleRow(path, "Module", (3, 8, 8), sum(own.values()), stage, own=own)
            for path, (stage, own) in _modules().items()
        ),
    ]
    return ModelDescription("small", "none", 32, STAGES, tuple(rows))


def _modules() -> dict[str, tuple[str, dict[str, int]]]:
    found: dict[str, tuple[str, dict[str, int]]] = {}
    for name, (stage, size) in PARAMETERS.items():
        found.setdefault(name.rpartition(".")[0], (stage, {}))[1][name] = size
    return found


def started(step: int = 0, **changes: object) -> Started:
    """The worker's first word."""
    values: dict[str, object] = {
        "time": 1000.0,
        "step": step,
        "version": "0.1.0",
        "device": "cpu",
        "device_name": "A processor",
        "precision": "fp32",
        "threads": 2,
        "model": "small",
        "classes": ("ant", "bee"),
        "images": {"train": 100, "val": 20, "test": 30},
        "batch_size": 10,
        "steps_per_epoch": 10,
        "epochs": 2,
        "total_parameters": 2273,
        "pid": 1,
        "host": "elsewhere",
    }
    return Started(**(values | changes))  # type: ignore[arg-type]


def applied(step: int, action: Action, id_: str = "", **changes: object) -> Applied:
    """An action in force from a step on."""
    return Applied(id=id_ or f"c{step}-{type(action).__name__}", step=step, action=action, **changes)  # type: ignore[arg-type]


def whole_run() -> list[Event]:
    """A run of two epochs, from its start to its end."""
    return [
        started(),
        Frozenness(
            time=1000,
            step=0,
            trainable=("fc.weight", "fc.bias"),
            trainable_parameters=310,
            rate_scales={},
            training_norms=(),
            batchnorm="frozen",
        ),
        Steps(time=1002, step=0, **_figures(10)),  # type: ignore[arg-type]
        EpochEnded(time=1002, epoch=1, step=10, loss=0.9, accuracy=0.5, seconds=2.0),
        Evaluated(
            time=1003,
            split="val",
            epoch=1,
            step=10,
            images=20,
            loss=0.8,
            accuracy=0.6,
            seconds=1,
            best=True,
            epoch_end=True,
        ),
        Steps(time=1005, step=10, **_figures(10)),  # type: ignore[arg-type]
        EpochEnded(time=1005, epoch=2, step=20, loss=0.5, accuracy=0.7, seconds=2.0),
        Evaluated(
            time=1006,
            split="val",
            epoch=2,
            step=20,
            images=20,
            loss=0.4,
            accuracy=0.8,
            seconds=1,
            best=True,
            epoch_end=True,
        ),
        Evaluated(
            time=1007,
            split="test",
            epoch=2,
            step=20,
            images=30,
            loss=0.45,
            accuracy=0.75,
            seconds=1,
            checkpoint="best",
        ),
        Finished(time=1008, step=20, reason="completed", seconds=8.0),
    ]


def _figures(count: int) -> dict[str, object]:
    series = dict.fromkeys(("loss", "accuracy", "lr", "grad_norm"), (0.5,) * count)
    return {**series, "images_per_second": 50.0}


def write_run(
    folder: Path, events: Iterable[Event], session: str = 'name = "small"\n', name: str = "small"
) -> RunFolder:
    """A run folder with this journal, and its model."""
    run = runs.create(session, name, folder)
    run.events.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    (run.path / "model.json").write_bytes(msgspec.json.encode(model()))
    return run


def write_metrics(run: RunFolder, metrics: Metrics) -> None:
    """An evaluation as the worker leaves it."""
    run.evaluation(metrics.split).mkdir(parents=True)
    (run.evaluation(metrics.split) / "metrics.json").write_bytes(msgspec.json.encode(metrics))
