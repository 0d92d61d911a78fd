"""Writing checkpoints one after another, in a thread beside training: from copies of tensors to files on the disk.

Which are written and when is decided in `workbench.core.keeper`; a failure is an answer here, never an exception.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState, State
from workbench.run import RunFolder


@dataclass(frozen=True)
class Writing:
    """A checkpoint to be written; nobody changes its tensors any more."""

    kind: str
    model: State
    state: CheckpointState
    beside: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """How long writing took, and why it failed, where it did."""

    writing: Writing
    seconds: float
    error: str = ""


def write(run: RunFolder, writings: Sequence[Writing]) -> list[Written]:
    """Write the checkpoints in this order; where two have the same model, its file gets two names."""
    done: list[Written] = []
    for each in writings:
        began = time.monotonic()
        try:
            checkpoint.save(run, each.kind, _model(run, each, done), each.state, each.beside)
            error = ""
        except OSError as failure:
            error = str(failure)
        done.append(Written(each, time.monotonic() - began, error))
    return done


def _model(run: RunFolder, writing: Writing, done: Sequence[Written]) -> State | Path:
    """The model's tensors, or the file that was just written with them."""
    for each in done:
        if each.writing.model is writing.model and not each.error:
            return run.checkpoint(each.writing.kind) / "model.safetensors"
    return writing.model
