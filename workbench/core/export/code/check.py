"""Running the code's first cells and comparing what they make with the run: images, split, first weights, output.

Where the plain way does not give the run's own first weights or split, the code gets them from a file beside it, and
is compared again.
"""

import contextlib
import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from workbench.core.export.code.facts import Facts
from workbench.core.export.code.script import UNTIL_MODEL, UNTIL_SPLIT, script
from workbench.errors import BadInput, ThawError


def checked(facts: Facts) -> Facts:
    """The facts with the companions that the code needs to begin as the run did.

    ThawError or BadInput where it does not even then.
    """
    if not _same_images(facts):
        facts = replace(facts, lists_images=True)
        if not _same_images(facts):
            raise ThawError(f"{facts.run}: the code would not split the images as the run did", "report it")
    kinds = (False, True) if facts.weights_have_a_name else (True,)
    for loads_start in kinds:
        facts = replace(facts, loads_start=loads_start)
        if _same_model(facts):
            return facts
    raise BadInput(
        f"{facts.session.model.name} as this session builds it has no plain form",
        "export the weights (.safetensors) instead",
    )


def _made(facts: Facts, cells: tuple[str, ...]) -> dict[str, Any]:
    """What the cells define, run in a folder of their own beside their companions."""
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        facts.write_companions(Path(folder))
        names: dict[str, Any] = {"__name__": "exported", "__file__": str(Path(folder) / f"{facts.stem}.py")}
        code = compile(script(facts, notebook=False, cells=cells), "exported code", "exec")
        exec(code, names)  # noqa: S102  (our own templates; what comes from outside is in them as literals)
    return names


def _same_images(facts: Facts) -> bool:
    made = _made(facts, UNTIL_SPLIT)
    splits = {split: list(facts.partition.split(split)) for split in ("train", "val", "test")}
    items = [(item.name, item.label) for item in facts.source.items]
    return list(zip(made["names"], made["labels"], strict=True)) == items and made["splits"] == splits


def _same_model(facts: Facts) -> bool:
    """Whether weights and output are those of the run's own model; not where it can't even be made."""
    try:
        model: nn.Module = _made(facts, UNTIL_MODEL)["model"]
        model.load_state_dict(model.state_dict())
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, OSError):
        return False
    # In one memory format: the kernels of two differ in the last bits.
    model = model.cpu().to(memory_format=torch.contiguous_format)
    own, other = facts.built.module.state_dict(), model.state_dict()
    if list(own) != list(other) or not all(torch.equal(own[name], other[name]) for name in own):
        return False
    side = facts.preprocessing.image_size
    pictures = torch.linspace(-1, 1, 2 * 3 * side * side).view(2, 3, side, side)
    with torch.inference_mode():
        return torch.equal(facts.built.module.eval()(pictures), model.eval()(pictures))
