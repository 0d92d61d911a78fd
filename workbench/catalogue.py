"""What can be loaded: models with their weights, as data and as a table, without torch once they were listed.

Decided here: what is told of a model, which ones a filter names, and whether a file of weights is on this disk. What
torchvision and timm know of their models is gathered by `workbench.core.catalogue` and kept in the cache.
"""

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from workbench import cache
from workbench.errors import BadInput, did_you_mean
from workbench.garbage import loading_for_good
from workbench.words import columns, count, percent

TIMM = "timm:"
BUNDLED = "bundled"


class WeightsEntry(msgspec.Struct, frozen=True):
    """Weights of a model: what `model.weights` calls them and what they came out of.

    `top1` is the ImageNet accuracy as a fraction, `image_size` in pixels a side, `gigaflops` (multiply-adds) of one
    picture, `megabytes` of the `file`; `hub` is the Hugging Face repository that the file is in. What is not known
    is None, or empty.
    """

    name: str
    image_size: int
    file: str
    top1: float | None = None
    gigaflops: float | None = None
    megabytes: float | None = None
    hub: str = ""


class ModelEntry(msgspec.Struct, frozen=True):
    """A model's name, the numbers in its parameters with its own head (None: not known), and its weights."""

    name: str
    parameters: int | None
    weights: tuple[WeightsEntry, ...]


def models(pattern: str = "") -> list[ModelEntry]:
    """The models that a part of a name or a glob names: torchvision's, or with the prefix ``timm:`` timm's.

    BadInput where it names none, or timm is not installed.
    """
    library = "timm" if pattern.startswith(TIMM) else "torchvision"
    known = _everything(library)
    wanted = pattern.removeprefix(TIMM)
    glob = wanted if any(sign in wanted for sign in "*?[") else f"*{wanted}*"
    found = [entry for entry in known if fnmatchcase(entry.name.removeprefix(TIMM), glob)]
    if not found:
        hint = (
            did_you_mean(pattern, [entry.name for entry in known]) or "thaw models lists all of torchvision's"
        )
        raise BadInput(f"{pattern!r} names none of {library}'s classifiers", hint)
    return found


def _everything(library: str) -> list[ModelEntry]:
    known = cache.recall(cache.place("catalogue", library), list[ModelEntry])
    if known is not None:
        return known
    with loading_for_good():
        from workbench.core.catalogue import gather

    return gather(library)


def is_on_disk(weights: WeightsEntry) -> bool:
    """Whether the file of these weights is on this disk: bundled, in torch's hub folder or in Hugging Face's cache."""
    if weights.hub:
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(weights.hub, weights.file), str)
    return weights.name == BUNDLED or (torch_checkpoints() / weights.file).is_file()


def torch_checkpoints() -> Path:
    """Where torch keeps what it downloads (``torch.hub.get_dir()``, as PyTorch documents it), without torch."""
    cache_home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache_home}/torch")).expanduser() / "hub" / "checkpoints"


_HEADER = ("model", "params", "weights", "top-1", "px", "file", "GFLOPS", "file name")


def catalogue_lines(entries: Iterable[ModelEntry], width: int) -> list[str]:
    """A table with a line for each weights; of at most 80 columns, and with more in it where there is more room."""
    rows: list[tuple[str, ...]] = [_HEADER]
    for entry in entries:
        told = (entry.name, _or_dash(entry.parameters and count(entry.parameters)))
        for weights in entry.weights:
            rows.append((*told, *_cells(weights)))
            told = ("", "")
        if not entry.weights:
            rows.append((*told, "none", "", "", "", "", ""))
    for shown in (8, 7, 6):
        lines = columns([row[:shown] for row in rows], "<><>>>><"[:shown])
        if max(map(len, lines)) <= width:
            break
    return [*lines, "", "● on this disk  ○ would be downloaded   any model also takes a file, or none"]


def _cells(weights: WeightsEntry) -> tuple[str, ...]:
    sign = "●" if is_on_disk(weights) else "○"
    size = _file_size(weights.megabytes) if weights.megabytes else ""
    return (
        weights.name,
        _or_dash(weights.top1 and percent(weights.top1)),
        str(weights.image_size),
        f"{size} {sign}".strip(),
        _or_dash(weights.gigaflops and f"{weights.gigaflops:.2f}"),
        weights.hub or weights.file,
    )


def _file_size(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def _or_dash(text: str | float | None) -> str:
    return str(text) if text else "-"
