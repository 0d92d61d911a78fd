"""A run's checkpoints while it trains: when one is due, writing it, and taking a run up from it.

An epoch's end is written where that takes little of the time, so that short epochs don't wait for the disk. A
checkpoint that can't be written is told and never ends the run; the one before it stays.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import torch

from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState
from workbench.core.class_map import check_classes
from workbench.core.ema import WeightAverage
from workbench.core.journal import Journal, warn
from workbench.core.optim import NamedOptimizer
from workbench.core.prepare import Task
from workbench.protocol import Saved
from workbench.run import RunFolder

SHARE = 0.05
"""The most that the checkpoints at the ends of epochs take of a run's time, once the first is written."""


class Keeper:
    """Writes and reads the checkpoints of one run; `saved_step` is the step of the last one, or -1."""

    def __init__(
        self,
        run: RunFolder,
        task: Task,
        optimizer: NamedOptimizer,
        scaler: torch.amp.GradScaler,
        average: WeightAverage,
        journal: Journal,
    ) -> None:
        self._run, self._task, self._journal = run, task, journal
        self._optimizer, self._scaler, self._average = optimizer, scaler, average
        self._saved_at = time.monotonic()
        self._cost = 0.0
        self._best: tuple[dict[str, torch.Tensor], CheckpointState] | None = None
        self.saved_step = -1

    @property
    def is_due(self) -> bool:
        """Whether the longest time between two checkpoints is over."""
        return time.monotonic() - self._saved_at > self._task.session.train.checkpoint_seconds

    @property
    def is_cheap(self) -> bool:
        """Whether a checkpoint now keeps the time that they take within its share of the whole."""
        return time.monotonic() - self._saved_at > self._cost / SHARE

    def remember_best(self, step: int, epoch: int) -> None:
        """Keep the weights as they are for the best checkpoint, which is written before the next last one."""
        state = {name: tensor.detach().clone() for name, tensor in self._task.model.state_dict().items()}
        self._best = state, CheckpointState(step, epoch, self._task.classes)

    def save(self, step: int, epoch: int) -> None:
        """Write the best checkpoint, where there is a new one, and the last, after so many steps and whole epochs.

        In this order: a run that goes on from its last checkpoint finds a later best one again.
        """
        self._journal.flush()
        started = self._saved_at = time.monotonic()
        best = self._best[1].step if self._best is not None else -1
        self.write_best()
        same = best == step and self._best is None and not self._average.state()
        model = self._run.checkpoint("best") / "model.safetensors" if same else None
        loss_scale = self._scaler.get_scale() if self._scaler.is_enabled() else 0.0
        state = CheckpointState(step, epoch, self._task.classes, loss_scale, self._task.parts.count)
        beside = {"optimizer": self._optimizer.state(), "ema": self._average.state()}
        if self._write("last", model or dict(self._task.model.state_dict()), state, beside):
            self.saved_step = step
        self._cost = time.monotonic() - started
        self._journal.restart_clock()

    def write_best(self) -> None:
        """Write the best checkpoint, where there is one that is not written yet."""
        if self._best is not None and self._write("best", *self._best, {}):
            self._best = None

    def _write(
        self,
        kind: str,
        model: dict[str, torch.Tensor] | Path,
        state: CheckpointState,
        beside: Mapping[str, dict[str, torch.Tensor]],
    ) -> bool:
        started = time.monotonic()
        try:
            checkpoint.save(self._run, kind, model, state, beside)
        except OSError as error:
            reason = f"the {kind} checkpoint could not be written ({error})"
            warn(self._journal, f"{reason}; the one before it is kept: free space", state.step, "error")
            return False
        self._journal.write(Saved(step=state.step, kind=kind, seconds=time.monotonic() - started))
        return True

    def load(self) -> int:
        """Take model and optimizer from the last checkpoint, where there is one; the step at which to go on."""
        if checkpoint.folder_of(self._run, "last") is None:
            return 0
        tensors, state = checkpoint.load_model(self._run, "last")
        check_classes(self._run.name, state.classes, self._task.source.name, self._task.classes)
        self._task.model.load_state_dict(tensors)
        self._optimizer.load_state(checkpoint.load_beside(self._run, "last", "optimizer"))
        self._average.load_state(checkpoint.load_beside(self._run, "last", "ema"))
        if self._scaler.is_enabled() and state.loss_scale:
            self._scaler.load_state_dict({**self._scaler.state_dict(), "scale": state.loss_scale})
        self._task.parts.count = max(self._task.parts.count, state.parts)
        self.saved_step = state.step
        return state.step

    def load_best(self) -> bool:
        """Give the model the weights of the best checkpoint; False where there is none."""
        self.write_best()
        if checkpoint.folder_of(self._run, "best") is None:
            return False
        self._task.model.load_state_dict(checkpoint.load_model(self._run, "best")[0])
        return True
