"""The code as text: the cells in the order of the questions of a fine-tuning notebook.

Each cell is a template beside this file, which leaves out what the session does not use. The script is in the percent
format: ``# %%`` begins a cell, so that editors run it cell by cell.
"""

from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import nn

from workbench import __version__
from workbench.core.augment import STRENGTHS
from workbench.core.export.code.facts import Facts
from workbench.core.export.code.literals import assignable, keywords, literal, short
from workbench.core.optimizers import CLASSES, options_of
from workbench.core.rates import PLATEAU_EPOCHS

CELLS = (
    "about",
    "imports",
    "device",
    "seed",
    "data",
    "split",
    "pictures",
    "augment",
    "mixing",
    "batches",
    "model",
    "freeze",
    "loss",
    "optimizer",
    "schedule",
    "step",
    "evaluate",
    "train",
    "history",
    "test",
    "predictions",
)
UNTIL_SPLIT = CELLS[: CELLS.index("split") + 1]
UNTIL_MODEL = CELLS[: CELLS.index("model") + 1]
"""The cells that make the images and their split, and those that go on to the first weights."""


def script(facts: Facts, *, notebook: bool, cells: tuple[str, ...] = CELLS) -> str:
    """The cells' text; in a notebook companions lie in the current folder, beside a script next to it."""
    environment = Environment(
        loader=PackageLoader(__package__ or "", "cells"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  (this is Python, not HTML; what comes from outside goes through literal)
    )
    environment.filters |= {"literal": literal, "short": short, "keywords": keywords}
    context = _context(facts, notebook=notebook)
    parts = [environment.get_template(f"{name}.py.j2").render(context).strip() for name in cells]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _context(facts: Facts, *, notebook: bool) -> dict[str, object]:
    session, section = facts.session, facts.session.optimizer
    return {
        "facts": facts,
        "session": session,
        "notebook": notebook,
        "thaw": __version__,
        "versions": {name: version(name) for name in ("torch", "torchvision", "scikit-learn")},
        "digits": session.data.source == "digits",
        "torchvision_set": _torchvision_set(facts),
        "strength": STRENGTHS.get(session.data.augment),
        "preprocessing": facts.preprocessing,
        "collections": _collections(facts),
        "plateau_epochs": PLATEAU_EPOCHS,
        "optimizer_class": CLASSES[section.name],
        "optimizer_options": options_of(section),
        "head": _head(facts),
        "epochs_change": len({phase.changes["epochs"] for phase in facts.phases if "epochs" in phase.changes})
        > 1,
        "uses_clip": any(phase.changes.get("clip_grad_norm") for phase in facts.phases),
        "follows": any(phase.changes.get("batchnorm") == "follow" for phase in facts.phases),
        "fully_frozen": all(phase.changes.get("batchnorm", "frozen") == "frozen" for phase in facts.phases),
    }


def _collections(facts: Facts) -> list[str]:
    """What the code takes from the standard library's module of that name."""
    counts = facts.session.loss.class_weights == "balanced"
    groups = facts.session.data.sampling == "balanced" or not facts.lists_images
    return [name for name, used in (("Counter", counts), ("defaultdict", groups)) if used]


def _torchvision_set(facts: Facts) -> object:
    if not facts.session.data.source.startswith("torchvision:"):
        return None
    from workbench.core.torchvision_source import description

    return description(facts.session.data.source.removeprefix("torchvision:"))


def _head(facts: Facts) -> dict[str, object]:
    """How the last layer is replaced: the place that is assigned to, the layer, and the dropout beside it."""
    path, layer = facts.built.head, facts.head
    parent_path, _, name = path.rpartition(".")
    parent = facts.built.module.get_submodule(parent_path)
    bias = "" if getattr(layer, "bias", None) is not None else ", bias=False"
    if isinstance(layer, nn.Conv2d):
        sizes = f"{literal(layer.kernel_size)}, {literal(layer.stride)}"
        new = f"nn.Conv2d({layer.in_channels}, len(classes), {sizes}{bias})"
    else:
        new = f"nn.Linear({layer.in_features}, len(classes){bias})"
    kinds = [type(child) for child in parent.children()]
    rate = facts.session.model.dropout
    if rate and kinds == [nn.Dropout, type(layer)] and name == "1":
        return {
            "place": assignable(parent_path),
            "new": f"nn.Sequential(nn.Dropout({rate!r}), {new})",
            "beside": "",
        }
    beside = assignable(parent_path) if parent_path and nn.Dropout in kinds else ""
    return {"place": assignable(path), "new": new, "beside": beside, "rate": rate}
