"""A run's checkpoints while it trains: when one is due, writing it beside the next steps, and taking a run up from it.

An epoch's end is written where that takes little of the time, so that short epochs don't keep the disk busy. A
checkpoint that can't be written is told and never ends the run; the one before it stays.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState, State
from workbench.core.checkpoint_writer import Writing, Written, write
from workbench.core.class_map import check_classes
from workbench.core.ema import WeightAverage
from workbench.core.journal import Journal, warn
from workbench.core.optim import NamedOptimizer
from workbench.core.prepare import Task
from workbench.protocol import Saved
from workbench.run import RunFolder

SHARE = 0.02
"""The most that writing checkpoints at the ends of epochs takes of a run's time, once the first is written."""


class Keeper:
    """Writes and reads the checkpoints of one run; `saved_step` is the step of the last one on the disk, or -1."""

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
        self._writer = ThreadPoolExecutor(1, "checkpoints")
        self._going_on: Future[list[Written]] | None = None
        self._saved_at = time.monotonic()
        self._cost = 0.0
        self._best: Writing | None = None
        self.saved_step = -1

    @property
    def is_due(self) -> bool:
        """Whether the longest time between two checkpoints is over, and the last one is written."""
        longest = self._task.session.train.checkpoint_seconds
        return self._going_on is None and time.monotonic() - self._saved_at > longest

    @property
    def is_cheap(self) -> bool:
        """Whether a checkpoint now keeps the time that they take within its share of the whole."""
        return self._going_on is None and time.monotonic() - self._saved_at > self._cost / SHARE

    def remember_best(self, step: int, epoch: int) -> None:
        """Keep the weights as they are for the best checkpoint, which is written before the next last one."""
        state = CheckpointState(step, epoch, self._task.classes)
        self._best = Writing("best", _copied(self._task.model.state_dict()), state)

    def save(self, step: int, epoch: int) -> None:
        """Begin to write the best checkpoint, where there is a new one, and the last, after so many steps and epochs.

        In this order: a run that goes on from its last checkpoint finds a later best one again. What is written are
        copies, so that training goes on meanwhile; `look` tells when they are on the disk.
        """
        self.finish()
        self._saved_at = time.monotonic()
        loss_scale = self._scaler.get_scale() if self._scaler.is_enabled() else 0.0
        state = CheckpointState(step, epoch, self._task.classes, loss_scale, self._task.parts.count)
        beside = {"optimizer": _copied(self._optimizer.state()), "ema": _copied(self._average.state())}
        best, self._best = self._best, None
        if best is not None and best.state.step == step and not beside["ema"]:
            last = Writing("last", best.model, state, beside)
        else:
            last = Writing("last", _copied(self._task.model.state_dict()), state, beside)
        self._begin([last] if best is None else [best, last])

    def look(self) -> None:
        """Journal what has been written since the last look."""
        if self._going_on is not None and self._going_on.done():
            self.finish()

    def finish(self) -> None:
        """Wait until everything that was begun is written, and journal it."""
        if self._going_on is None:
            return
        written, self._going_on = self._going_on.result(), None
        self._cost = sum(each.seconds for each in written)
        for each in written:
            self._tell(each)

    def _begin(self, writings: list[Writing]) -> None:
        self._going_on = self._writer.submit(write, self._run, writings)
        self._journal.restart_clock()

    def _tell(self, written: Written) -> None:
        kind, step = written.writing.kind, written.writing.state.step
        if written.error:
            reason = f"the {kind} checkpoint could not be written ({written.error})"
            warn(self._journal, f"{reason}; the one before it is kept: free space", step, "error")
            if kind == "best" and self._best is None:
                self._best = written.writing
            return
        if kind == "last":
            self.saved_step = step
        self._journal.write(Saved(step=step, kind=kind, seconds=written.seconds))

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

    def write_best(self) -> None:
        """Wait until everything that was begun is written, and write the best checkpoint where it is not yet."""
        self.finish()
        if self._best is not None:
            best, self._best = self._best, None
            self._begin([best])
            self.finish()

    def load_best(self) -> bool:
        """Give the model the weights of the best checkpoint; False where there is none."""
        self.write_best()
        if checkpoint.folder_of(self._run, "best") is None:
            return False
        self._task.model.load_state_dict(checkpoint.load_model(self._run, "best")[0])
        return True


def _copied(tensors: State) -> State:
    """The values as they are now, on the CPU, in the order of the file.

    Nothing is left to compute for the thread that writes: OpenMP would give it threads of its own, and with more of
    them than cores every step of training waits long.
    """
    return {
        name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
