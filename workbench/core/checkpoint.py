"""Checkpoints: model, optimizer and a little state by name, as safetensors and JSON, never a half one.

A checkpoint is written beside its place, synced, and renamed. A kill between the two renames leaves the previous
one under its old name, where `folder_of` finds it.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from workbench.errors import UNDECODABLE, ThawError
from workbench.run import RunFolder

State = dict[str, torch.Tensor]


class CheckpointState(msgspec.Struct, frozen=True):
    """``state.json``: steps taken, epoch, classes by index of the model's outputs, fp16's loss scale, parts a batch."""

    step: int
    epoch: int
    classes: tuple[str, ...]
    loss_scale: float = 0.0
    parts: int = 1


def save(
    run: RunFolder, kind: str, model: State | Path, state: CheckpointState, beside: Mapping[str, State]
) -> None:
    """Write the checkpoint of that kind; OSError (a full disk, say) leaves the previous one in place.

    `model` may be the model's file in another checkpoint, with the same tensors. `beside` holds more sets of tensors,
    each for a file of its name: what is empty is not written.
    """
    with _written_beside(run.checkpoint(kind)) as folder:
        if isinstance(model, Path):
            _same_file(model, folder / "model.safetensors")
        else:
            _save_tensors(model, folder / "model.safetensors")
        for name, tensors in beside.items():
            if tensors:
                _save_tensors(tensors, folder / f"{name}.safetensors")
        (folder / "state.json").write_bytes(msgspec.json.encode(state))


def _same_file(file: Path, path: Path) -> None:
    """One file under two names, or a copy where the file system has no such links."""
    try:
        os.link(file, path)
    except OSError:
        shutil.copyfile(file, path)


def _save_tensors(tensors: State, path: Path) -> None:
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    try:
        save_file(plain, path)
    except SafetensorError as error:
        raise OSError(str(error)) from None


@contextmanager
def _written_beside(place: Path) -> Iterator[Path]:
    beside, old = _beside(place)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        for path in (*beside.iterdir(), beside):
            _sync(path)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    if place.exists():
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
    beside.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    _sync(place.parent)


def _beside(place: Path) -> tuple[Path, Path]:
    return place.with_name(f".{place.name}.new"), place.with_name(f".{place.name}.old")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder_of(run: RunFolder, kind: str) -> Path | None:
    """Where the complete checkpoint of that kind lies, or None where none was written yet."""
    place = run.checkpoint(kind)
    return next((path for path in (place, _beside(place)[1]) if (path / "state.json").is_file()), None)


def load_model(run: RunFolder, kind: str) -> tuple[State, CheckpointState]:
    """The model tensors and state of a checkpoint; ThawError where there is none or it is damaged."""
    folder = folder_of(run, kind)
    if folder is None:
        raise ThawError(
            f"{run.name}: has no {kind} checkpoint yet", "wait for the end of its first epoch, or resume it"
        )
    return _load(folder / "model.safetensors"), _state(folder)


def load_beside(run: RunFolder, kind: str, name: str) -> State:
    """The tensors of another file of the checkpoint (optimizer, ema); empty where it has none."""
    folder = folder_of(run, kind)
    path = folder / f"{name}.safetensors" if folder else None
    return _load(path) if path is not None and path.is_file() else {}


def _load(path: Path) -> State:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ThawError(
            f"{path}: damaged ({error})", "restore it from a backup, or start the session again"
        ) from None


def _state(folder: Path) -> CheckpointState:
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=CheckpointState)
    except (OSError, *UNDECODABLE) as error:
        raise ThawError(f"{folder / 'state.json'}: damaged ({error})", "start the session again") from None
