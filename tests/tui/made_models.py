"""A small model as the engine would describe it, sessions over it, and apps whose engine answers from here."""

import sys
from pathlib import Path

from tui.app import ThawApp
from tui.client import Engine
from tui.drafting import draft_of
from workbench.findings import DoctorReport, Finding
from workbench.protocol import ClassCount, DataPreview, ModelDescription, ModuleRow, Thumbnail, WeightFacts

ANSWERING = [sys.executable, str(Path(__file__).with_name("answering_engine.py"))]
"""Starts an engine that answers without torch."""

SESSION = """\
# The session of the screens' tests.
name = "letters"          # kept

strategy = "last-block"

[data]
source = "digits"

[optimizer]
lr = 1e-3                 # the head's
"""


def _row(
    path: str, kind: str, stage: str, own: dict[str, int] | None = None, norm: bool = False
) -> ModuleRow:
    names = {f"{path}.{name}": count for name, count in (own or {}).items()}
    return ModuleRow(path, kind, (8, 4, 4), sum(names.values()), stage, names, 16 if norm else 0, norm)


def model(blocks: int = 2, name: str = "resnet18") -> ModelDescription:
    """Stem, two stages of `blocks` convolutions with their norms, and a head."""
    rows = [
        _row("conv1", "Conv2d", "stem", {"weight": 100}),
        _row("bn1", "BatchNorm2d", "stem", {"weight": 4, "bias": 4}, norm=True),
        _row("relu", "ReLU", "stem"),
    ]
    for stage in ("layer1", "layer2"):
        rows.append(_row(stage, "Sequential", stage))
        for block in range(blocks):
            rows += [
                _row(f"{stage}.{block}", "Block", stage),
                _row(f"{stage}.{block}.conv", "Conv2d", stage, {"weight": 1000}),
                _row(f"{stage}.{block}.bn", "BatchNorm2d", stage, {"weight": 8, "bias": 8}, norm=True),
            ]
    rows.append(_row("fc", "Linear", "head", {"weight": 80, "bias": 10}))
    return ModelDescription(name, "DEFAULT", 64, ("stem", "layer1", "layer2", "head"), tuple(rows))


def preview(classes: int = 3) -> DataPreview:
    names = [("ant", "bee", "[red]wasp[/red]", *map(str, range(997)))[index] for index in range(classes)]
    return DataPreview(
        source="photos",
        classes=tuple(ClassCount(name, 20 + index, 5, 4) for index, name in enumerate(names)),
        image_size=64,
        notices=("2 pictures can't be read and are left out",),
        samples=tuple(
            Thumbnail(f"{name}/{index}.jpg", 8, 8, bytes((index * 40, 90, 160)) * 64, name)
            for index, name in enumerate(names[:6])
        ),
    )


def report() -> DoctorReport:
    torn = Finding("unreadable", "ant/torn.jpg: image file is truncated", ("ant/torn.jpg",), "skipped")
    name = "bee/\x1b[2J[red]\n.jpg"
    copy = Finding("duplicate", "2 files hold the same picture", (name, "bee/2.jpg"), "kept on one side")
    return DoctorReport(
        "photos", 90, ("ant", "bee", "[red]wasp[/red]"), (torn, copy), ("labels: not judged",)
    )


def thumbnail(file: str) -> Thumbnail:
    return Thumbnail(file, 8, 8, bytes((40 * len(file) % 256, 90, 160)) * 64)


def weight_facts(name: str) -> WeightFacts:
    if name.endswith(".bias"):
        return WeightFacts(name, (8,), "float32", "0" * 64, 0.0, 0.0, ())
    return WeightFacts(name, (8, 3), "float32", "ab12cd34" * 8, -0.5, 0.25, (1, 4, 8, 2), unfinite=3)


def engine() -> Engine:
    """An engine process that answers without torch."""
    return Engine(ANSWERING)


def app_with_draft(
    text: str = SESSION, path: Path | None = None, described: ModelDescription | None = None
) -> ThawApp:
    """An app that holds a described draft from the start."""
    app = ThawApp(engine=engine())
    draft = draft_of(text, "the test's session", path)
    draft.description = described or model()
    draft.preview = preview()
    app.draft = draft
    return app
