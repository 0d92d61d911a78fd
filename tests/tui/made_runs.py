"""Run folders made for the screens' tests: journals as a worker writes them, without a worker."""

import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.app import ThawApp
from tui.client import Engine
from tui.state import RunView
from workbench import protocol
from workbench.actions import Edit, SetEpochs, SetRate, Thaw
from workbench.protocol import ClassReport, Event, Metrics, Prediction, encode
from workbench.run import RunFolder, create

SESSION = """
name = "letters"
[data]
source = "digits"
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
[train]
epochs = 5
"""
STEPS_PER_EPOCH = 20
TRAINABLE = {"head": 10_250, "stage4": 70_250, "stage3": 95_000}
EDITS: dict[int, tuple[str, Edit]] = {
    23: ("c1", Thaw(("stage4.*",))),
    60: ("schedule:60.0", SetRate(3e-4)),
    71: ("c2", Thaw(("stage3",))),
}


def started(step: int = 0, epochs: int = 5, steps_per_epoch: int = STEPS_PER_EPOCH) -> protocol.Started:
    return protocol.Started(
        time=1.7e9,
        step=step,
        version="0.1.0",
        device="cpu",
        device_name="test",
        precision="fp32",
        threads=2,
        model="shufflenet_v2_x0_5",
        classes=("ant", "bee", "wasp"),
        images={"train": steps_per_epoch * 8, "val": 30, "test": 30},
        batch_size=8,
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        total_parameters=352_042,
        pid=1,
        host="host",
    )


def steps(first: int, count: int) -> protocol.Steps:
    numbers = range(first, first + count)
    return protocol.Steps(
        time=1.7e9 + first,
        step=first,
        loss=tuple(2.3 * math.exp(-step / 40) + 0.1 + 0.02 * math.sin(step * 7) for step in numbers),
        accuracy=tuple(1 - 0.9 * math.exp(-step / 30) for step in numbers),
        lr=tuple(1e-3 for _ in numbers),
        grad_norm=tuple(1.0 for _ in numbers),
        images_per_second=400.0,
    )


def life(
    start: int = 0,
    stop: int | None = None,
    epochs: int = 5,
    steps_per_epoch: int = STEPS_PER_EPOCH,
    edits: dict[int, tuple[str, Edit]] | None = None,
    batch: int = 5,
) -> Iterator[Event]:
    """What a worker journals from step `start` on, until the end or until just before step `stop`."""
    edits = EDITS if edits is None else edits
    yield protocol.Progress(time=1.7e9, message="building shufflenet_v2_x0_5")
    yield started(start, epochs, steps_per_epoch)
    names = ["head"]
    for step, (_, edit) in sorted(edits.items()):
        if step < start:
            epochs, names = _in_force(edit, epochs, names)
    yield _frozenness(start, names)
    step = start
    while step < epochs * steps_per_epoch and (stop is None or step < stop):
        if step in edits:
            id_, edit = edits[step]
            epochs, names = _in_force(edit, epochs, names)
            yield protocol.Applied(id=id_, step=step, action=edit, trainable_parameters=TRAINABLE[names[-1]])
            yield _frozenness(step, names)
        boundaries = [*edits, (step // steps_per_epoch + 1) * steps_per_epoch, step + batch]
        end = min(boundary for boundary in boundaries if boundary > step)
        yield steps(step, end - step)
        step = end
        if step % steps_per_epoch == 0:
            yield from epoch_end(step // steps_per_epoch, step)
    if stop is None:
        yield evaluated("test", step, epochs, checkpoint="best")
        yield protocol.Finished(time=1.7e9 + step, step=step, reason="completed", seconds=61.0)


def epoch_end(epoch: int, step: int) -> Iterator[Event]:
    yield protocol.EpochEnded(time=1.7e9 + step, epoch=epoch, step=step, loss=0.5, accuracy=0.8, seconds=3.0)
    yield evaluated("val", step, epoch, best=True, epoch_end=True)
    yield protocol.Saved(time=1.7e9 + step, step=step, kind="last", seconds=0.1)


def evaluated(split: str, step: int, epoch: int, **more: object) -> protocol.Evaluated:
    return protocol.Evaluated(
        time=1.7e9 + step,
        split=split,
        epoch=epoch,
        step=step,
        images=30,
        loss=0.2 + 2 * math.exp(-step / 35),
        accuracy=1 - 0.8 * math.exp(-step / 50),
        seconds=0.4,
        **more,
    )


def _in_force(edit: Edit, epochs: int, names: list[str]) -> tuple[int, list[str]]:
    match edit:
        case SetEpochs(value):
            return value, names
        case Thaw((pattern,)):
            return epochs, [*names, pattern.removesuffix(".*")]
    return epochs, names


def _frozenness(step: int, names: list[str]) -> protocol.Frozenness:
    return protocol.Frozenness(
        step=step,
        trainable=tuple(f"{name}.weight" for name in names),
        trainable_parameters=TRAINABLE[names[-1]],
        rate_scales={},
        training_norms=(),
        batchnorm="frozen",
    )


def view_of(events: Iterable[Event]) -> RunView:
    view = RunView()
    for event in events:
        view.feed(event)
    return view


def made_run(folder: Path, events: Iterable[Event], session: str = SESSION) -> RunFolder:
    run = create(session, "letters", folder)
    write(run, events)
    return run


def write(run: RunFolder, events: Iterable[Event]) -> None:
    with run.events.open("ab") as file:
        for event in events:
            file.write(encode(event) + b"\n")


def write_evaluation(
    run: RunFolder, split: str, predictions: list[Prediction], names: list[str], step: int = 100
) -> None:
    """Write what a worker leaves of an evaluation, in the place of an earlier one."""
    confusion = [[0] * len(names) for _ in names]
    for one in predictions:
        confusion[names.index(one.label)][names.index(one.predicted)] += 1
    right = sum(confusion[index][index] for index in range(len(names)))
    reports = tuple(
        ClassReport(name, 0.9 - index / 100, 0.8, 0.85 - index / 100, sum(confusion[index]))
        for index, name in enumerate(names)
    )
    metrics = Metrics(
        split,
        "best",
        step,
        len(predictions),
        0.31,
        right / len(predictions),
        reports,
        tuple(map(tuple, confusion)),
    )
    run.evaluation(split).mkdir(parents=True, exist_ok=True)
    for name, content in (("predictions.json", predictions), ("metrics.json", metrics)):
        beside = run.path / name
        beside.write_bytes(encode(content))
        beside.replace(run.evaluation(split) / name)


def made_predictions(names: list[str], count: int = 60) -> list[Prediction]:
    """Every seventh picture is taken for the next class."""
    found = []
    for index in range(count):
        true = index % len(names)
        predicted = (true + 1) % len(names) if index % 7 == 3 else true
        found.append(
            Prediction(
                f"val/{names[true]}/{index:03}.jpg", names[true], names[predicted], 0.5 + index % 50 / 100
            )
        )
    return found


def app_without_engine() -> ThawApp:
    """The app with an engine that ends at once: these tests ask it nothing."""
    return ThawApp(engine=Engine([sys.executable, "-c", "raise SystemExit('no engine here')"]))
