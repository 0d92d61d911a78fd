"""Where each key of the workbench is meant to do something: a world of runs and sessions, and the keys that lead there.

A place belongs to a class that has bindings, and a class whose keys do not all work in one state has several.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from textual.pilot import Pilot

from tests.tui.made_models import app_with_draft, model
from tests.tui.made_runs import epoch_end, made_predictions, started, steps, write, write_evaluation
from tests.tui.test_proofs import frozenness, searched, verified
from tests.tui.waiting import until
from tui.app import ThawApp
from tui.widgets.doctor_panel import DoctorPanel
from workbench import protocol
from workbench.errors import BadInput
from workbench.protocol import ClassCount, DataPreview, Event, Thumbnail
from workbench.run import Lease, RunFolder, create

SESSION = """\
name = "letters"
strategy = "last-block"
[data]
source = "digits"
[[schedule]]
epoch = 2
thaw = ["layer1"]
[[schedule]]
epoch = 3
lr = 0.0003
[[schedule]]
epoch = 4
freeze = ["layer1"]
"""
OTHER = """\
name = "another"
seed = 7
strategy = "full"
[data]
source = "digits"
batch_size = 16
image_size = 32
augment = "strong"
flip = true
split = { val = 0.2, test = 0.2 }
[model]
name = "resnet34"
weights = "none"
dropout = 0.5
[optimizer]
name = "sgd"
lr = 0.02
weight_decay = 0.5
schedule = "constant"
warmup_steps = 9
clip_grad_norm = 3.0
[train]
epochs = 9
precision = "fp32"
"""
"""A session that differs from the other in more lines than a small dialog holds."""
CLASSES = [f"class {number:02}" for number in range(40)]
TRAINABLE = [name for name, stage in model(3).stage_of.items() if stage in {"layer2", "head"}]

World = Literal["nothing", "draft", "live", "over", "crashed"]


@dataclass(frozen=True)
class Place:
    """What is open, the keys that lead to the place, and what has to come before a key of it.

    `before` names, for the bindings that would do nothing at once (the cursor stands at the end, nothing is there to
    undo), the keys that are pressed first. `reached` is what happens after the keys, where keys alone do not lead
    there. `only` are the bindings that are tried here; without it, all that no other place of the class takes.
    """

    owner: str
    world: World
    keys: tuple[str, ...] = ()
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size: tuple[int, int] = (100, 30)
    only: frozenset[str] = frozenset()
    reached: Callable[[Pilot[str]], Awaitable[None]] | None = None


def _events(world: World) -> Iterator[Event]:
    yield started()
    yield frozenness(*TRAINABLE)
    for epoch in range(3):
        yield steps(epoch * 20, 20)
        yield from epoch_end(epoch + 1, (epoch + 1) * 20)
    yield protocol.Evaluated(
        time=1.7e9, split="test", epoch=3, step=60, images=30, loss=0.4, accuracy=0.7, seconds=1.0
    )
    for number in range(40):
        yield protocol.Notice(time=1.7e9 + number, message=f"a word of the worker, number {number}")
    yield proof()
    yield searched(step=60)
    if world == "over":
        yield protocol.Finished(time=1.7e9 + 60, step=60, reason="stopped", seconds=61.0)


def proof() -> protocol.Verified:
    """A verify whose table is longer than the dialog."""
    return msgspec.structs.replace(
        verified(step=60), changed={f"layer2.{number}": 0.1 for number in range(80)}
    )


def _run(folder: Path, name: str, world: World, session: str = SESSION, age: float = 0) -> RunFolder:
    """A run of that name, last touched so many seconds ago: lists have one order, whatever the clock says."""
    run = create(session, name, folder, at=folder / name)
    (run.path / "model.json").write_bytes(protocol.encode(model(3)))
    write(run, _events(world))
    for split in ("test", "val"):
        write_evaluation(run, split, made_predictions(CLASSES, 600), CLASSES)
    last = run.checkpoint("last")
    last.mkdir(parents=True)
    (last / "optimizer.safetensors").write_bytes(bytes(1000))
    os.utime(run.events, (time.time() - age,) * 2)
    return run


def _preview() -> DataPreview:
    names = [*CLASSES, *(f"more {number}" for number in range(20))]
    return DataPreview(
        source="digits",
        classes=tuple(ClassCount(name, 20, 5, 4) for name in names),
        image_size=64,
        notices=("2 pictures can't be read and are left out",),
        samples=tuple(Thumbnail(f"{name}/1.png", 8, 8, bytes((90, 90, 160)) * 64, name) for name in names),
    )


@contextmanager
def made(world: World, folder: Path) -> Iterator[tuple[ThawApp, RunFolder | None]]:
    """The app of a world, and the run that it is to attach; of a live one the lease is held meanwhile."""
    app = app_with_draft(SESSION, described=model(3))
    assert app.draft is not None
    app.draft.preview = _preview()
    if world == "nothing":
        yield ThawApp(engine=app.engine), None
        return
    _run(folder, "third", "over", age=20)
    _run(folder, "other", "over", OTHER, age=10)
    if world == "draft":
        yield app, None
        return
    run = _run(folder, "shown", world)
    if world == "over":
        yield app, run
        return
    with Lease(run):
        if world == "live":
            yield app, run
    if world == "crashed":
        yield app, run


async def _choose_from_the_palette(pilot: Pilot[str]) -> None:
    """Find a rate: the palette's action, which has no key."""
    app = pilot.app
    await app.run_action("find_rate")
    assert isinstance(app, ThawApp)
    assert app.attached is not None
    write(app.attached.run, [searched(step=60)])
    await until(pilot, lambda: app.screen.query("RateChart"))


async def _answer(pilot: Pilot[str]) -> None:
    app = pilot.app
    assert isinstance(app, ThawApp)
    assert app.attached is not None
    write(app.attached.run, [proof()])
    await until(pilot, lambda: app.screen.query("#moved"))


async def _attach_again(pilot: Pilot[str]) -> None:
    app = pilot.app
    assert isinstance(app, ThawApp)
    assert app.attached is not None
    await app.attach(app.attached.run)
    await until(pilot, lambda: len(app.screen_stack) > 1)


async def _hear_the_doctor(pilot: Pilot[str]) -> None:
    panel = pilot.app.screen.query_one(DoctorPanel)
    await until(pilot, lambda: panel.max_scroll_y > 1)


async def _meet_a_problem(pilot: Pilot[str]) -> None:
    app = pilot.app
    assert isinstance(app, ThawApp)
    app.explain(BadInput("nowhere: no such file or folder", "give a folder of images"))
    await until(pilot, lambda: len(app.screen_stack) > 1)


DOWN = ("j", "j")
ON_LAYER1 = ("g", "h", "j", "j", "j")
ON_HEAD = ("G",)
ZOOMED = ("0", "plus", "plus")

PLACES = [
    Place("ThawApp", "live", ("4",), {"show.welcome": ("4",), "show.train": ("3",)}),
    Place("HelpScreen", "live", ("3", "question_mark"), {"help.up": DOWN}),
    Place("AnswerScreen", "over", ("3", "V")),
    Place("AskText", "over", ("6", "t")),
    Place(
        "ChartScreen",
        "live",
        ("4", "v"),
        {
            "chart.loss": ("2",),
            "chart.first": ("right",),
            "chart.left": ("right",),
            "chart.right": ("right", "left", "left"),
            "chart.last": ("right", "home"),
            "chart.out": ZOOMED,
            "chart.whole": ZOOMED,
            "chart.pan-left": ZOOMED,
            "chart.pan-right": (*ZOOMED, "H", "H"),
        },
    ),
    Place("ChooseScreen", "live", ("4", "A")),
    Place("ConfirmScreen", "live", ("4", "x")),
    Place("DataScreen", "draft", ("2",)),
    Place("EvaluateScreen", "over", ("5",), {"evaluate.matrix": ("c",), "evaluate.all": ("i",)}),
    Place("FailureScreen", "crashed", ("4",), reached=_attach_again),
    Place("LargePicture", "over", ("5", "i", "enter")),
    Place("ModelScreen", "live", ("3",)),
    Place("ModuleDetails", "over", ("3", "enter")),
    Place("PathDialog", "draft", ("2", "ctrl+o")),
    Place(
        "PathInput",
        "draft",
        ("2", "ctrl+o", *"runs/"),
        {"path.up": ("down", "down"), "path.page-up": ("down", "down")},
    ),
    Place("ProblemScreen", "nothing", ("1",), reached=_meet_a_problem),
    Place("RateSearchScreen", "live", ("4",), reached=_choose_from_the_palette),
    Place("RunsScreen", "over", ("6", "escape"), {"runs.up": ("j",), "runs.unfilter": ("slash",)}),
    Place(
        "ScheduleScreen",
        "draft",
        ("3", "S"),
        {"schedule.up": ("j",), "schedule.undo": ("d",), "schedule.redo": ("d", "u")},
    ),
    Place("SessionDiff", "over", ("6", "equals_sign", *"other", "enter"), {"diff.up": DOWN}, size=(60, 16)),
    Place("TrainScreen", "live", ("escape", "4")),
    Place("TrainScreen", "over", ("4",), only=frozenset({"train.start"})),
    Place("VerifiedScreen", "over", ("4", "V"), {"verified.up": DOWN, "verified.page-up": DOWN}),
    Place("VerifiedScreen", "live", ("4", "V"), only=frozenset({"verified.again"}), reached=_answer),
    Place("WelcomeScreen", "over", ("1",), {"welcome.up": DOWN}),
    Place("ClassBars", "draft", ("2",), {"classes.up": DOWN}),
    Place("ClassTable", "over", ("5", "c"), {"classes.up": DOWN}),
    Place("CommandLine", "live", ("4", "colon")),
    Place(
        "ConfigPanel",
        "draft",
        ("3", "tab"),
        {
            "config.up": DOWN,
            "config.first": DOWN,
            "config.page-up": ("pagedown",),
            "config.last": ("g",),
            "config.page-down": ("g",),
            "config.down": ("g",),
            "config.next": ("g", "j", "j"),
            "config.previous": ("g", "j", "j"),
            "config.reset": ("g", "j", "j", "l"),
            "config.undo": ("g", "j", "j", "l"),
            "config.redo": ("g", "j", "j", "l", "u"),
            "config.cancel": ("g", "enter"),
        },
    ),
    Place(
        "Confusion",
        "over",
        ("5", "m"),
        {
            "confusion.up": ("home", *DOWN),
            "confusion.down": ("home",),
            "confusion.left": ("home", "l"),
            "confusion.right": ("home",),
            "confusion.page-up": ("end",),
            "confusion.page-down": ("home",),
            "confusion.start": ("end",),
            "confusion.end": ("home",),
        },
    ),
    Place("DoctorPanel", "draft", ("2", "D"), {"doctor.up": DOWN}, size=(60, 16), reached=_hear_the_doctor),
    Place(
        "Mistakes",
        "over",
        ("5", "i"),
        {
            "pictures.left": ("home", "l"),
            "pictures.up": ("home", *DOWN),
            "pictures.right": ("home",),
            "pictures.down": ("home",),
            "pictures.page-up": ("end",),
            "pictures.page-down": ("home",),
            "pictures.first": ("end",),
            "pictures.last": ("home",),
            "pictures.larger": ("minus",),
            "pictures.smaller": ("plus",),
            "pictures.undo": ("x",),
            "pictures.redo": ("x", "u"),
        },
    ),
    Place(
        "MixUps",
        "over",
        ("5", "w"),
        {
            "mixups.up": ("home", *DOWN),
            "mixups.down": ("home",),
            "mixups.page-up": ("end",),
            "mixups.page-down": ("home",),
            "mixups.first": ("end",),
            "mixups.last": ("home",),
        },
    ),
    Place(
        "ModelTree",
        "draft",
        ("3",),
        {
            "tree.freeze": ON_HEAD,
            "tree.thaw": ON_LAYER1,
            "tree.line-on": ("left_square_bracket",),
            "tree.thaw-all": ("F",),
            "tree.head-only": ("T",),
            "tree.undo": ("space",),
            "tree.redo": ("space", "u"),
            "tree.clear-filter": ("slash",),
        },
    ),
    Place("PictureGrid", "draft", ("2", "tab"), {"pictures.up": DOWN}),
    Place(
        "RunLog",
        "live",
        ("4",),
        {"log.down": ("g",), "log.start": ("G",), "log.up": ("G",), "log.end": ("g",)},
    ),
    Place(
        "MovingTree",
        "draft",
        ("3",),
        {
            "tree.down": ("g",),
            "tree.up": ("G",),
            "tree.open": ON_LAYER1,
            "tree.close": (*ON_LAYER1, "l"),
            "tree.first": ("G",),
            "tree.last": ("g",),
            "tree.page-down": ("g",),
            "tree.page-up": ("G",),
            "tree.fold": ("greater_than_sign",),
            "tree.unfold": ("less_than_sign",) * 3,
        },
    ),
]
