"""The training loop: steps, and what happens at their boundaries.

Anything that changes does so at a step boundary, and is journalled there before it is in force (DESIGN rule 2).
What a step computes depends on the weights, the settings and the step's number alone.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from workbench.actions import Action, Checkpoint, Continue, Edit, Evaluate, Pause, Stop
from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState
from workbench.core.control import Control, refusal
from workbench.core.draws import draw, generator
from workbench.core.evaluate import keep, metrics_of
from workbench.core.freezing import (
    norms_in_training,
    rate_scales,
    set_trainable,
    set_training_mode,
    trainable_in_fact,
    trainable_names,
)
from workbench.core.journal import Journal, warn
from workbench.core.optim import NamedOptimizer, rate_factor
from workbench.core.pictures import Batch
from workbench.core.prepare import Task
from workbench.errors import BadInput
from workbench.protocol import (
    Applied,
    Continued,
    EpochEnded,
    Evaluated,
    Event,
    Finished,
    Frozenness,
    Paused,
    Rejected,
    Saved,
    Steps,
)
from workbench.run import RunFolder

POLL_SECONDS = 0.05


@dataclass(slots=True)
class EpochSums:
    """Sums over the images of the epoch so far; tensors stay on the device until the epoch ends."""

    loss: torch.Tensor
    correct: torch.Tensor
    images: int
    started: float


class Trainer:
    """Trains one run from a step to its end."""

    def __init__(
        self,
        run: RunFolder,
        task: Task,
        journal: Journal,
        earlier: Sequence[Event],
        replayed: Sequence[Event] = (),
    ) -> None:
        self.run, self.task, self.journal = run, task, journal
        self.stage_of = task.built.stage_of
        stages = tuple(dict.fromkeys(self.stage_of.values()))
        self.steps_per_epoch = steps_per_epoch(len(task.partition.train), task.session.data.batch_size)
        self.optimizer = NamedOptimizer(task.session.optimizer, task.model)
        self.scaler = torch.amp.GradScaler(task.compute.device.type, enabled=task.compute.precision == "fp16")
        self.step = self._load_checkpoint()
        schedule = task.session.scheduled(stages, self.steps_per_epoch)
        self.control = Control(run, task.session.settings(stages), self.stage_of, schedule, earlier, replayed)
        self.control.catch_up(self.step)
        self.validations = _validations(earlier, self.step)
        self.sums = self._sums_of(earlier)
        self.paused = False
        self.reason = ""
        self.saved_step = self.step if checkpoint.folder_of(run, "last") else -1
        self.saved_at = self.began = time.monotonic()

    # ---- the run ----

    @property
    def total_steps(self) -> int:
        """The step at which the run is complete."""
        return self.control.settings.epochs * self.steps_per_epoch

    @property
    def epoch(self) -> int:
        """The epoch, from 1, that the next step belongs to."""
        return self.step // self.steps_per_epoch + 1

    def train(self) -> None:
        """Take steps until the run is complete, stopped, or no longer improves; then evaluate and finish."""
        self._put_in_force()
        if self.step >= self.total_steps:
            # A complete run that is taken up again goes on where it was told to train for more epochs.
            self._answer_commands()
        while self.step < self.total_steps and not self.reason:
            self._train_epoch()
        self._finish()

    def _train_epoch(self) -> None:
        epoch, first = self.epoch, self.step % self.steps_per_epoch
        order = torch.randperm(
            len(self.task.partition.train), generator=generator(self.task.session.seed, "order", epoch)
        )
        train, size = self.task.partition.train, self.task.session.data.batch_size
        indexes = [train[place] for place in order.tolist()]
        batches = [indexes[start : start + size] for start in range(0, len(indexes), size)][
            : self.steps_per_epoch
        ]
        with contextlib.closing(self.task.pictures.ahead(batches[first:])) as ahead:
            for batch in ahead:
                self._boundary()
                if self.reason:
                    return
                self._take_step(batch, epoch)
        self._end_epoch(epoch)

    def _take_step(self, batch: Batch, epoch: int) -> None:
        if not batch.indexes:
            # Not one of its pictures can be read: there is nothing to learn from, and each was told.
            self.step += 1
            return
        task, settings = self.task, self.control.settings
        images = task.augmentation.training_input(
            task.compute.place(batch.images), task.keys[batch.indexes], epoch
        )
        labels = task.labels[batch.indexes].to(task.compute.device, non_blocking=True)
        # Dropout and stochastic depth draw from the global generators: seeded by the step, they need no saved state.
        torch.manual_seed(draw(task.session.seed, "dropout", self.step))
        with task.compute.autocast():
            logits = task.model(images)
            loss = task.loss(logits.float(), labels)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer.inner) if self.scaler.is_enabled() else None
        norm = self._clip(settings.clip_grad_norm)
        section = task.session.optimizer
        lr = settings.lr * rate_factor(section.schedule, self.step, self.total_steps, section.warmup_steps)
        self._update(lr)
        correct = (logits.detach().argmax(1) == labels).sum()
        self.journal.step(self.step, loss, correct, norm, lr, len(batch.indexes))
        self.sums.loss += loss.detach().float() * len(batch.indexes)
        self.sums.correct += correct
        self.sums.images += len(batch.indexes)
        self.step += 1

    def _clip(self, limit: float) -> torch.Tensor:
        """The norm of the whole gradient; the gradient is scaled down to the limit unless that is 0."""
        parameters = [each for each in self.task.model.parameters() if each.grad is not None]
        norm = torch.nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
        if limit > 0:
            torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
        return norm

    def _update(self, lr: float) -> None:
        if self.scaler.is_enabled():
            self.optimizer.set_rates(lr)
            self.scaler.step(self.optimizer.inner)
            self.scaler.update()
        else:
            self.optimizer.step(lr)
        self.optimizer.zero_grad()

    # ---- the boundary ----

    def _boundary(self) -> None:
        """Everything that happens between two steps: checkpoint in time, planned edits, commands, pause."""
        if time.monotonic() - self.saved_at > self.task.session.train.checkpoint_seconds:
            self._save("last")
        while self.task.unreadable:
            warn(self.journal, f"skipped an unreadable picture: {self.task.unreadable.popleft()}", self.step)
        for planned in self.control.planned(self.step):
            self._obey(planned.id, planned.action)
        self._answer_commands()
        while self.paused and not self.reason:
            time.sleep(POLL_SECONDS)
            self._answer_commands()

    def _answer_commands(self) -> None:
        for command in self.control.asked():
            self._obey(command.id, command.action)

    def _obey(self, identity: str, action: Action) -> None:
        match action:
            case Pause():
                self._note(identity, action)
                if not self.paused:
                    self.paused = True
                    self.journal.write(Paused(step=self.step))
            case Continue():
                self._note(identity, action)
                if self.paused:
                    self.paused = False
                    self.journal.write(Continued(step=self.step))
                    self.journal.restart_clock()
            case Stop():
                self._note(identity, action)
                self.stop()
            case Evaluate(split):
                self._evaluate_now(identity, action, split)
            case Checkpoint():
                self._note(identity, action)
                self._save("last")
            case _:
                self._edit(identity, action)

    def stop(self) -> None:
        """End the run at the next boundary, as if told to."""
        self.reason = "stopped"

    def _note(self, identity: str, action: Action) -> None:
        self.journal.write(Applied(id=identity, step=self.step, action=action))

    def _edit(self, identity: str, edit: Edit) -> None:
        try:
            after = self.control.checked(edit)
        except BadInput as error:
            message = refusal(error, edit)
            self.journal.write(Rejected(id=identity, step=self.step, action=edit, message=message))
            return
        changed = self.control.changed_by(after.now)
        trainable = trainable_names(after.now.plan, self.stage_of)
        numbers = sum(each.numel() for name, each in self.task.model.named_parameters() if name in trainable)
        self.journal.write(
            Applied(id=identity, step=self.step, action=edit, changed=changed, trainable_parameters=numbers)
        )
        self.control.history = after
        self._put_in_force()

    def _put_in_force(self) -> None:
        """Make model and optimizer do what the settings say, and journal what they then do in fact."""
        model, settings, section = self.task.model, self.control.settings, self.task.session.optimizer
        scales = rate_scales(
            self.stage_of,
            settings,
            backbone_lr_scale=section.backbone_lr_scale,
            layer_lr_decay=section.layer_lr_decay,
        )
        set_trainable(model, trainable_names(settings.plan, self.stage_of))
        set_training_mode(model, settings.batchnorm)
        trainable = trainable_in_fact(model)
        self.optimizer.regroup(trainable, scales, settings.weight_decay)
        self.journal.write(
            Frozenness(
                step=self.step,
                trainable=trainable,
                trainable_parameters=sum(each.numel() for each in model.parameters() if each.requires_grad),
                rate_scales={name: scales[name] for name in trainable if scales[name] != 1.0},
                training_norms=norms_in_training(model),
                batchnorm=settings.batchnorm,
            )
        )

    # ---- epochs, evaluation, checkpoints ----

    def _end_epoch(self, epoch: int) -> None:
        images = max(1, self.sums.images)
        loss, accuracy = float(self.sums.loss) / images, float(self.sums.correct) / images
        seconds = time.monotonic() - self.sums.started
        self.journal.write(
            EpochEnded(epoch=epoch, step=self.step, loss=loss, accuracy=accuracy, seconds=seconds)
        )
        validation = self._evaluate("val", epoch, epoch_end=True)
        if validation is not None and validation.best:
            self._save("best")
        self._save("last")
        self.sums = self._new_sums()
        patience = self.task.session.train.early_stopping
        if patience and validation is not None and epochs_without_better(self.validations) >= patience:
            self.reason = "early-stopping"

    def _evaluate_now(self, identity: str, action: Action, split: str) -> None:
        if not self.task.partition.split(split):
            message = f"evaluate {split}: this session has no {split} images"
            self.journal.write(Rejected(id=identity, step=self.step, action=action, message=message))
            return
        self._note(identity, action)
        self._evaluate(split, min(self.epoch, self.control.settings.epochs))

    def _evaluate(
        self, split: str, epoch: int, *, epoch_end: bool = False, weights: str = "current"
    ) -> Evaluated | None:
        self.journal.flush()
        task = self.task
        outcome = task.evaluator.evaluate(task.model, task.partition.split(split))
        set_training_mode(task.model, self.control.settings.batchnorm)
        if outcome is None:
            return None
        best = epoch_end and all(outcome.loss < earlier.loss for earlier in self.validations)
        event = Evaluated(
            split=split,  # type: ignore[arg-type]
            epoch=epoch,
            step=self.step,
            images=len(outcome.indexes),
            loss=outcome.loss,
            accuracy=outcome.accuracy,
            seconds=outcome.seconds,
            best=best,
            epoch_end=epoch_end,
            checkpoint=weights,
        )
        try:
            keep(
                self.run,
                outcome,
                task.source,
                metrics_of(outcome, task.classes, split, weights, self.step),
                task.classes,
            )
        except OSError as error:
            warn(
                self.journal,
                f"the predictions could not be written ({error}): free space",
                self.step,
                "error",
            )
        self.journal.write(event)
        if epoch_end:
            self.validations.append(event)
        self.journal.restart_clock()
        return event

    def _save(self, kind: str) -> None:
        self.journal.flush()
        started = time.monotonic()
        state = CheckpointState(
            step=self.step,
            epoch=self.step // self.steps_per_epoch,
            classes=self.task.classes,
            loss_scale=self.scaler.get_scale() if self.scaler.is_enabled() else 0.0,
        )
        optimizer = self.optimizer if kind == "last" else None
        self.saved_at = started
        try:
            checkpoint.save(self.run, kind, self.task.model, optimizer, state)
        except OSError as error:
            message = (
                f"the {kind} checkpoint could not be written ({error}); the one before it is kept: free space"
            )
            warn(self.journal, message, self.step, "error")
            return
        if kind == "last":
            self.saved_step = self.step
        self.journal.write(Saved(step=self.step, kind=kind, seconds=time.monotonic() - started))
        self.journal.restart_clock()

    def _finish(self) -> None:
        if self.saved_step != self.step:
            self._save("last")
        if self.reason != "stopped":
            self._evaluate_best()
        seconds = time.monotonic() - self.began
        self.journal.write(Finished(step=self.step, reason=self.reason or "completed", seconds=seconds))

    def _evaluate_best(self) -> None:
        """Evaluate the best checkpoint on the test images, and on the validation images where it is not the last."""
        best = min(self.validations, key=lambda each: each.loss, default=None)
        weights = "current"
        if best is not None and best.step != self.step and checkpoint.folder_of(self.run, "best"):
            state, _ = checkpoint.load_model(self.run, "best")
            self.task.model.load_state_dict(state)
            weights = "best"
            self._evaluate("val", best.epoch, weights=weights)
        epoch = best.epoch if best is not None else self.control.settings.epochs
        self._evaluate("test", epoch, weights=weights if best is None or best.step != self.step else "best")

    # ---- taking a run up again ----

    def _load_checkpoint(self) -> int:
        """Load the last checkpoint, where there is one; the step at which to go on."""
        if checkpoint.folder_of(self.run, "last") is None:
            return 0
        tensors, state = checkpoint.load_model(self.run, "last")
        if state.classes != self.task.classes:
            raise BadInput(
                f"{self.run.name}: the data's classes are not the checkpoint's: "
                f"{_difference(state.classes, self.task.classes)}",
                "restore the folder as it was, or start a new run",
            )
        self.task.model.load_state_dict(tensors)
        self.optimizer.load_state(checkpoint.load_optimizer(self.run, "last"))
        if self.scaler.is_enabled() and state.loss_scale:
            self.scaler.load_state_dict({**self.scaler.state_dict(), "scale": state.loss_scale})
        return state.step

    def _new_sums(self) -> EpochSums:
        zero = torch.zeros((), device=self.task.compute.device)
        return EpochSums(zero.clone(), zero.clone(), 0, time.monotonic())

    def _sums_of(self, earlier: Sequence[Event]) -> EpochSums:
        """The sums of the steps of this epoch that were taken before the checkpoint, from the journal."""
        sums = self._new_sums()
        first, size = self.step - self.step % self.steps_per_epoch, self.task.session.data.batch_size
        taken: dict[int, tuple[float, float]] = {}
        for event in earlier:
            if isinstance(event, Steps) and event.step + len(event.loss) > first:
                taken.update(enumerate(zip(event.loss, event.accuracy, strict=True), start=event.step))
        for step in range(first, self.step):
            loss, accuracy = taken.get(step, (0.0, 0.0))
            sums.loss += loss * size
            sums.correct += accuracy * size
            sums.images += size if step in taken else 0
        return sums


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Batches an epoch; a last batch of a single image is left out, since BatchNorm can't train on one."""
    whole, rest = divmod(images, batch_size)
    return max(1, whole + (1 if rest > 1 else 0))


def epochs_without_better(validations: Sequence[Evaluated]) -> int:
    """How many epochs have passed since the lowest validation loss."""
    losses = [each.loss for each in validations]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def _validations(earlier: Sequence[Event], step: int) -> list[Evaluated]:
    """The validations at the ends of the epochs before a step, each once."""
    found = {
        event.step: event
        for event in earlier
        if isinstance(event, Evaluated) and event.epoch_end and event.step <= step
    }
    return [found[each] for each in sorted(found)]


def _difference(before: Sequence[str], now: Sequence[str]) -> str:
    missing = [name for name in before if name not in now]
    added = [name for name in now if name not in before]
    parts = [f"missing {missing}" if missing else "", f"new {added}" if added else ""]
    return ", ".join(part for part in parts if part) or "in another order"
