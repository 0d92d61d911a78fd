"""What a run can be exported to, and whether the file can be written, known before any work is done.

Torch-free: a wrong suffix or a folder that is not there is told at once. Making the file is `workbench.core.export`'s
part.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec

from workbench.errors import BadInput, ThawError, did_you_mean

KINDS = {
    ".safetensors": "the weights, with classes and preprocessing in the metadata; weights = FILE reads them",
    ".onnx": "the network for ONNX Runtime and others",
    ".pt2": "the network for torch.export.load",
    ".py": "the whole session as a plain PyTorch script",
    ".ipynb": "the whole session as a notebook",
}
NEEDED = {
    ".onnx": (("onnx", "onnxscript", "onnxruntime"), "pip install 'thaw[onnx]'"),
    ".ipynb": (("nbformat",), "pip install nbformat"),
}
"""Packages that a kind of file needs, and how they are installed."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: `files` (the first is the one asked for) and how it compared with the run.

    A network is compared on `images` pictures of `split`: the largest difference of any logit, and the fraction of
    pictures with the same label. For code `split` is empty and `checks` says what was compared instead.
    """

    run: str
    kind: str
    files: tuple[str, ...]
    checkpoint: str = ""
    split: str = ""
    images: int = 0
    max_difference: float = 0.0
    agreement: float = 1.0
    checks: tuple[str, ...] = ()


def kind_of(path: Path) -> str:
    """The suffix that says what is exported; BadInput where it is none that Thaw knows."""
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        wrong = f"unknown suffix {suffix!r}" if suffix else "has no suffix"
        known = f"give one of {', '.join(KINDS)}"
        near = did_you_mean(suffix, list(KINDS))
        raise BadInput(f"{path}: {wrong}", f"{near} {known}" if near else known)
    return suffix


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise BadInput where the file could not be made: its suffix, its folder, its place or a missing package."""
    kind = kind_of(path)
    packages, install = NEEDED.get(kind, ((), ""))
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise BadInput(f"{path}: {kind} needs {', '.join(missing)}, not installed here", install)
    check_writable(path, overwrite=overwrite)


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Raise BadInput where a file can't be put at a path, or is there already and may not be replaced."""
    if path.is_dir():
        raise BadInput(f"{path}: is a folder", f"give a file, such as {path / f'model{path.suffix}'}")
    if not path.parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}", f"mkdir -p {path.parent}")
    if path.exists() and not overwrite:
        raise BadInput(f"{path}: exists already", "give another file, or --force to replace it")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise BadInput(
            f"{path}: {path.parent} can't be written", "correct its permissions, or choose another"
        )


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: renamed to it when all went well, removed when not.

    A disk that fills up is a ThawError; what stood at `path` before is then still there.
    """
    beside = path.with_name(f".{path.stem}.new{path.suffix}")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError(
            f"{path}: can't be written: {reason}", "free space, or choose another place"
        ) from None
    finally:
        beside.unlink(missing_ok=True)
