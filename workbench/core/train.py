"""The training loop: steps, and what happens at their boundaries.

Anything that changes does so at a step boundary, and is journalled there before it is in force (DESIGN rule 2).
What a step computes depends on the weights, the settings and the step's number alone.
"""

import contextlib
import time
from collections.abc import Sequence

import torch

from workbench.actions import Action, Checkpoint, Continue, Edit, Evaluate, Pause, Stop
from workbench.core.auxiliary import logits_and_loss
from workbench.core.control import Control, refusal
from workbench.core.draws import draw, generator
from workbench.core.epoch_sums import EpochSums
from workbench.core.examiner import Examiner
from workbench.core.freezing import (
    frozenness,
    rate_scales,
    set_trainable,
    set_training_mode,
    trainable_in_fact,
    trainable_names,
)
from workbench.core.journal import Journal, warn
from workbench.core.keeper import Keeper
from workbench.core.optim import NamedOptimizer, rate_factor
from workbench.core.pictures import Batch
from workbench.core.prepare import Task
from workbench.errors import BadInput
from workbench.protocol import Applied, Continued, Event, Finished, Paused, Rejected
from workbench.run import RunFolder

POLL_SECONDS = 0.05


class Trainer:
    """Trains one run from the step of its last checkpoint to its end."""

    def __init__(
        self,
        run: RunFolder,
        task: Task,
        journal: Journal,
        earlier: Sequence[Event],
        replayed: Sequence[Event] = (),
    ) -> None:
        session, self._task, self._journal = task.session, task, journal
        self._stage_of = task.built.stage_of
        stages = tuple(dict.fromkeys(self._stage_of.values()))
        self.steps_per_epoch = steps_per_epoch(len(task.partition.train), session.data.batch_size)
        self._optimizer = NamedOptimizer(session.optimizer, task.model)
        self._scaler = torch.amp.GradScaler(
            task.compute.device.type, enabled=task.compute.precision == "fp16"
        )
        self._keeper = Keeper(run, task, self._optimizer, self._scaler, journal)
        self.step = self._keeper.load()
        schedule = session.scheduled(stages, self.steps_per_epoch)
        self._control = Control(run, session.settings(stages), self._stage_of, schedule, earlier, replayed)
        self._control.catch_up(self.step)
        self._examiner = Examiner(run, task, journal, earlier, self.step)
        self._sums = EpochSums.zero(task.compute.device)
        first_of_epoch = self.step - self.step % self.steps_per_epoch
        self._sums.repeat(earlier, first_of_epoch, self.step, session.data.batch_size)
        self._paused = False
        self._reason = ""

    # ---- the run ----

    @property
    def epochs(self) -> int:
        """The epochs of the whole run, as the settings in force have it."""
        return self._control.settings.epochs

    @property
    def total_steps(self) -> int:
        """The step at which the run is complete."""
        return self.epochs * self.steps_per_epoch

    def train(self) -> None:
        """Take steps until the run is complete, stopped, or no longer improves; then evaluate and finish."""
        began = time.monotonic()
        self._put_in_force()
        if self.step >= self.total_steps:
            # A complete run that is taken up again goes on where it was told to train for more epochs.
            self._answer_commands()
        while self.step < self.total_steps and not self._reason:
            self._train_epoch(self.step // self.steps_per_epoch + 1)
        if self._keeper.saved_step != self.step:
            self._save("last")
        if self._reason != "stopped":
            self._evaluate_best()
        seconds = time.monotonic() - began
        self._journal.write(Finished(step=self.step, reason=self._reason or "completed", seconds=seconds))

    def stop(self) -> None:
        """End the run at the next boundary, as if told to."""
        self._reason = "stopped"

    def _train_epoch(self, epoch: int) -> None:
        batches = self._batches(epoch)[self.step % self.steps_per_epoch :]
        with contextlib.closing(self._task.pictures.ahead(batches)) as ahead:
            for batch in ahead:
                self._boundary()
                if self._reason:
                    return
                if batch.indexes:
                    self._take_step(batch, epoch)
                self.step += 1
        self._end_epoch(epoch)

    def _batches(self, epoch: int) -> list[list[int]]:
        """The training images in the order of an epoch, in batches."""
        train, size = self._task.partition.train, self._task.session.data.batch_size
        draws = generator(self._task.session.seed, "order", epoch)
        indexes = [train[place] for place in torch.randperm(len(train), generator=draws).tolist()]
        batches = [indexes[first : first + size] for first in range(0, len(indexes), size)]
        return batches[: self.steps_per_epoch]

    def _take_step(self, batch: Batch, epoch: int) -> None:
        task, settings, section = self._task, self._control.settings, self._task.session.optimizer
        stored = task.compute.place(batch.images)
        images = task.augmentation.training_input(stored, task.keys[batch.indexes], epoch)
        labels = task.labels[batch.indexes].to(task.compute.device, non_blocking=True)
        # Dropout and stochastic depth draw from the global generators: seeded by the step, they need no state.
        torch.manual_seed(draw(task.session.seed, "dropout", self.step))
        with task.compute.autocast():
            logits, loss = logits_and_loss(task.model(images), labels, task.loss)
        self._scaler.scale(loss).backward()
        if self._scaler.is_enabled():
            self._scaler.unscale_(self._optimizer.inner)
        norm = self._clip(settings.clip_grad_norm)
        lr = settings.lr * rate_factor(section.schedule, self.step, self.total_steps, section.warmup_steps)
        self._optimizer.set_rates(lr)
        self._scaler.step(self._optimizer.inner)
        self._scaler.update()
        self._optimizer.zero_grad()
        correct = (logits.detach().argmax(1) == labels).sum()
        self._journal.step(self.step, loss, correct, norm, lr, len(batch.indexes))
        self._sums.add(loss, correct, len(batch.indexes))

    def _clip(self, limit: float) -> torch.Tensor:
        """The norm of the whole gradient; the gradient is scaled down to the limit unless that is 0."""
        parameters = [each for each in self._task.model.parameters() if each.grad is not None]
        norm = torch.nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
        if limit > 0:
            torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
        return norm

    # ---- the boundary between two steps ----

    def _boundary(self) -> None:
        if self._keeper.is_due:
            self._save("last")
        while self._task.unreadable:
            message = f"skipped an unreadable picture: {self._task.unreadable.popleft()}"
            warn(self._journal, message, self.step)
        for planned in self._control.planned(self.step):
            self._obey(planned.id, planned.action)
        self._answer_commands()
        while self._paused and not self._reason:
            time.sleep(POLL_SECONDS)
            self._answer_commands()

    def _answer_commands(self) -> None:
        for command in self._control.asked():
            self._obey(command.id, command.action)

    def _obey(self, identity: str, action: Action) -> None:
        if isinstance(action, Edit):
            self._edit(identity, action)
            return
        if isinstance(action, Evaluate) and not self._task.partition.split(action.split):
            message = f"evaluate {action.split}: this session has no {action.split} images"
            self._journal.write(Rejected(id=identity, step=self.step, action=action, message=message))
            return
        self._journal.write(Applied(id=identity, step=self.step, action=action))
        match action:
            case Pause() if not self._paused:
                self._paused = True
                self._journal.write(Paused(step=self.step))
            case Continue() if self._paused:
                self._paused = False
                self._journal.write(Continued(step=self.step))
                self._journal.restart_clock()
            case Stop():
                self.stop()
            case Evaluate(split):
                epoch = min(self.step // self.steps_per_epoch + 1, self.epochs)
                self._examiner.evaluate(split, self.step, epoch)
                self._back_to_training()
            case Checkpoint():
                self._save("last")

    def _edit(self, identity: str, edit: Edit) -> None:
        try:
            after = self._control.checked(edit)
        except BadInput as error:
            message = refusal(error, edit)
            self._journal.write(Rejected(id=identity, step=self.step, action=edit, message=message))
            return
        trainable = trainable_names(after.now.plan, self._stage_of)
        event = Applied(
            id=identity,
            step=self.step,
            action=edit,
            changed=self._control.changed_by(after.now),
            trainable_parameters=sum(
                each.numel() for name, each in self._task.model.named_parameters() if name in trainable
            ),
        )
        self._journal.write(event)
        self._control.history = after
        self._put_in_force()

    def _put_in_force(self) -> None:
        """Make model and optimizer do what the settings say, and journal what they then do in fact."""
        model, settings, section = self._task.model, self._control.settings, self._task.session.optimizer
        scales = rate_scales(
            self._stage_of,
            settings,
            backbone_lr_scale=section.backbone_lr_scale,
            layer_lr_decay=section.layer_lr_decay,
        )
        set_trainable(model, trainable_names(settings.plan, self._stage_of))
        self._back_to_training()
        self._optimizer.regroup(trainable_in_fact(model), scales, settings.weight_decay)
        self._journal.write(frozenness(model, self.step, scales, settings.batchnorm))

    def _back_to_training(self) -> None:
        set_training_mode(self._task.model, self._control.settings.batchnorm)

    # ---- the ends of epochs and of the run ----

    def _save(self, kind: str) -> None:
        self._keeper.save(kind, self.step, self.step // self.steps_per_epoch)

    def _end_epoch(self, epoch: int) -> None:
        self._journal.write(self._sums.ended(epoch, self.step))
        validation = self._examiner.validate(self.step, epoch)
        self._back_to_training()
        if validation is not None and validation.best:
            self._save("best")
        self._save("last")
        self._sums = EpochSums.zero(self._task.compute.device)
        patience = self._task.session.train.early_stopping
        if 0 < patience <= self._examiner.epochs_without_better:
            self._reason = "early-stopping"

    def _evaluate_best(self) -> None:
        """Evaluate the best epoch's weights on the test images, and on the validation images unless just done."""
        best = self._examiner.best
        if best is None:
            self._examiner.evaluate("test", self.step, self.epochs)
            return
        if best.step != self.step and self._keeper.load_best():
            self._examiner.evaluate("val", best.step, best.epoch, checkpoint="best")
        self._examiner.evaluate("test", best.step, best.epoch, checkpoint="best")


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Batches an epoch; a last batch of a single image is left out, since BatchNorm can't train on one."""
    whole, rest = divmod(images, batch_size)
    return max(1, whole + (1 if rest > 1 else 0))
