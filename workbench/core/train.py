"""The training loop: steps, and what happens at their boundaries.

Anything that changes does so at a step boundary, and is journalled there before it is in force (DESIGN rule 2).
What a step computes depends on the weights, the settings and the step's number alone.
"""

import contextlib
import time
from collections.abc import Sequence

import torch

from workbench.actions import (
    Action,
    Checkpoint,
    Continue,
    Correction,
    Edit,
    Evaluate,
    FindRate,
    Pause,
    ReestimateBatchNorm,
    RollBack,
    Stop,
    Verify,
)
from workbench.core.activations import Inputs
from workbench.core.compilation import Compilation
from workbench.core.control import Control, refusal
from workbench.core.divergence import Divergence
from workbench.core.ema import WeightAverage
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
from workbench.core.front import Front
from workbench.core.heat import HeatProbe
from workbench.core.journal import Journal, warn
from workbench.core.keeper import Keeper
from workbench.core.live_corrections import LiveCorrections
from workbench.core.optim import NamedOptimizer
from workbench.core.prepare import Task, start_weights
from workbench.core.rate_search import STEPS, Untouched, search
from workbench.core.rates import rate_factor
from workbench.core.recompute import Recomputation
from workbench.core.roll_back import State, put_back, weights_to_put_back
from workbench.core.running_statistics import reestimate, thawed_statistics
from workbench.core.sampling import batches_of, steps_per_epoch
from workbench.core.steps import Stepper
from workbench.core.verify import Verifier, ever_free
from workbench.errors import ThawError
from workbench.protocol import Applied, Continued, Contradicted, Event, Finished, Paused, Rejected
from workbench.run import RunFolder
from workbench.words import percent

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
        self._run = run
        self._stage_of = task.built.stage_of
        stages = tuple(dict.fromkeys(self._stage_of.values()))
        self.steps_per_epoch = steps_per_epoch(len(task.partition.train), session.data.batch_size)
        self._optimizer = NamedOptimizer(session.optimizer, task.model)
        scaler = torch.amp.GradScaler(task.compute.device.type, enabled=task.compute.precision == "fp16")
        self._average = WeightAverage(session.train.ema, task.model)
        self.step = 0
        self._front = Front(task, lambda text: warn(journal, text, self.step, "info"))
        self._stepper = Stepper(task, self._front, self._optimizer, scaler, self._average)
        self._compilation = Compilation(
            task, self._front, self._stepper, journal, self._steps_left, earlier, replayed
        )
        self._heat = HeatProbe(task.model, self._stepper.watch, journal)
        self._recomputation = (
            Recomputation(task.model, self._stage_of, lambda text: warn(journal, text, self.step, "info"))
            if session.train.gradient_checkpointing
            else None
        )
        self._keeper = Keeper(run, task, self._optimizer, scaler, self._average, journal)
        self.step = self._keeper.load()
        schedule = session.scheduled(stages, self.steps_per_epoch)
        self._corrections = LiveCorrections(task)
        self._control = Control(
            run,
            session.settings(stages),
            self._stage_of,
            schedule,
            earlier,
            replayed,
            self._corrections.check,
        )
        self._control.catch_up(self.step)
        self._compilation.catch_up(self.step)
        first_of_epoch = self.step - self.step % self.steps_per_epoch
        # An epoch that was begun goes on with the images that it began with.
        self._corrections.take(self._control.before(min(first_of_epoch + 1, self.step)).now)
        self._examiner = Examiner(run, task, self._front, journal, earlier, self.step)
        self._verifier = Verifier(task.model, lambda: start_weights(task), ever_free(earlier, task.model))
        self._divergence = Divergence(task.model, journal)
        self._contradictions: dict[str, str] = {}
        self._sums = EpochSums.zero(task.compute.device)
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
        try:
            self._train_to_the_end()
        finally:
            # A run that fails has the checkpoint that was being written as well.
            self._keeper.finish()

    def _train_to_the_end(self) -> None:
        began = time.monotonic()
        self._put_in_force()
        if self.step % self.steps_per_epoch == 0:
            self._stepper.watch.start_epoch()
        if self.step >= self.total_steps:
            # A complete run that is taken up again goes on where it was told to train for more epochs.
            self._answer_commands()
        while self.step < self.total_steps and not self._reason:
            self._train_epoch(self.step // self.steps_per_epoch + 1)
        self._keeper.finish()
        if self._keeper.saved_step != self.step:
            self._save()
            self._keeper.finish()
        if self._reason != "stopped":
            self._evaluate_best()
        self._front.close()
        self._task.pictures.close()
        seconds = time.monotonic() - began
        self._journal.write(Finished(step=self.step, reason=self._reason or "completed", seconds=seconds))

    def stop(self) -> None:
        """End the run at the next boundary, as if told to."""
        self._reason = "stopped"

    def _train_epoch(self, epoch: int) -> None:
        self._boundary()
        if self._reason:
            return
        if self.step % self.steps_per_epoch == 0:
            self._correct_images()
        batches = self._batches(epoch)[self.step % self.steps_per_epoch :]
        ahead = self._task.pictures.ahead(batches, lambda indexes: self._front.missing(indexes, epoch))
        with contextlib.closing(ahead):
            for number, batch in enumerate(ahead):
                if number:
                    self._boundary()
                if self._reason:
                    return
                if (inputs := self._stepper.inputs(batch, epoch)).indexes:
                    self._take_step(inputs)
                self.step += 1
        self._end_epoch(epoch)

    def _batches(self, epoch: int) -> list[list[int]]:
        """The training images of an epoch in the order in which they are taken, in batches."""
        task, data = self._task, self._task.session.data
        return batches_of(
            task.partition.train,
            task.labels,
            data.sampling,
            data.batch_size,
            task.session.seed,
            epoch,
            self.steps_per_epoch,
        )

    def _correct_images(self) -> None:
        """Let the corrections that were asked for hold for the epoch that begins."""
        told = self._corrections.take(self._control.settings)
        if told:
            warn(self._journal, f"from here on: {told}", self.step, "info")

    def _take_step(self, inputs: Inputs) -> None:
        settings, section = self._control.settings, self._task.session.optimizer
        losses = [each.loss for each in self._examiner.validations]
        factor = rate_factor(section.schedule, self.step, self.total_steps, section.warmup_steps, losses)
        self._compilation.before(inputs, self.step)
        figures = self._stepper.gradients(inputs, self.step)
        with self._heat.around(self.step):
            self._stepper.update(figures, settings.lr * factor, settings.clip_grad_norm)
        self._journal.step(
            self.step, figures.loss, figures.correct, figures.norm, settings.lr * factor, figures.images
        )
        self._sums.add(figures.loss, figures.correct, figures.images)

    def _steps_left(self) -> int:
        """Steps until the thaw line is planned to move, or to the end."""
        return min(self.total_steps, self._control.next_move(self.step) or self.total_steps) - self.step

    # ---- the boundary between two steps ----

    def _boundary(self) -> None:
        self._divergence.look(self.step)
        if self._keeper.is_due:
            self._save()
        self._task.tell_unreadable(self._journal, self.step)
        for planned in self._control.planned(self.step):
            self._obey(planned.id, planned.action)
        self._answer_commands()
        while self._paused and not self._reason:
            time.sleep(POLL_SECONDS)
            self._answer_commands()

    def _answer_commands(self) -> None:
        self._keeper.look()
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
                with self._average.in_place():
                    self._examiner.evaluate(split, self.step, epoch)
                self._back_to_training()
            case Checkpoint():
                self._save()
            case Verify():
                self._journal.write(self._verifier.verify(self.step))
                self._journal.restart_clock()
            case FindRate():
                self._find_rate()

    def _find_rate(self) -> None:
        """Search a rate on the batches of this epoch, from the weights as they are, and leave no trace."""
        stepper, epoch = self._stepper, self.step // self.steps_per_epoch + 1
        order = self._batches(epoch)
        clip = self._control.settings.clip_grad_norm
        with Untouched(self._task.model, self._optimizer, self._average):
            batches = (self._task.pictures.batch(order[number % len(order)]) for number in range(STEPS))
            event = search(
                (inputs for batch in batches if (inputs := stepper.inputs(batch, epoch)).indexes),
                lambda inputs, number: stepper.gradients(inputs, self.step + number),
                lambda figures, rate: stepper.update(figures, rate, clip),
                self.step,
            )
        self._journal.write(event)
        self._journal.restart_clock()

    def _edit(self, identity: str, edit: Edit) -> None:
        try:
            after = self._control.checked(edit)
            weights = self._weights_to_put_back(identity) if isinstance(edit, RollBack) else None
        except ThawError as error:
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
        if isinstance(edit, Correction):
            return
        if weights is not None:
            self._roll_back(weights)
        self._put_in_force()
        if isinstance(edit, ReestimateBatchNorm):
            self._reestimate()

    def _weights_to_put_back(self, identity: str) -> State:
        again = self._control.was_applied(identity)
        return weights_to_put_back(self._run, self._keeper, self.step, self._examiner.best, again=again)

    def _roll_back(self, weights: State) -> None:
        changed = put_back(self._task.model, weights)
        self._average.restart()
        self._verifier.retake(changed)
        self._stepper.watch.forgive(changed)
        self._keeper.saved_step = -1
        self._examiner.rolled_back(self.step)
        best = self._examiner.best
        if best is not None:
            figures = f"validation loss {best.loss:.4f}, accuracy {percent(best.accuracy)}"
            message = f"rolled back to the weights of epoch {best.epoch} ({figures})"
            warn(self._journal, message, self.step, "info")

    def _reestimate(self) -> None:
        task, size = self._task, self._task.session.data.batch_size
        train = task.partition.train
        batches = [train[first : first + size] for first in range(0, len(train), size)]
        with contextlib.closing(task.pictures.ahead(batches)) as ahead:
            count = reestimate(task.model, ahead, task.built.preprocessing, task.compute)
        self._verifier.retake(thawed_statistics(task.model))
        self._back_to_training()
        message = (
            f"estimated the statistics of {count} thawed BatchNorm layers over {len(train)} training images"
        )
        warn(self._journal, message, self.step, "info")
        self._journal.restart_clock()

    def _put_in_force(self) -> None:
        """Make model and optimizer do what the settings say, and journal what they then do in fact."""
        model, settings, section = self._task.model, self._control.settings, self._task.session.optimizer
        self._scales = rate_scales(
            self._stage_of,
            settings,
            backbone_lr_scale=section.backbone_lr_scale,
            layer_lr_decay=section.layer_lr_decay,
        )
        set_trainable(model, trainable_names(settings.plan, self._stage_of))
        self._back_to_training()
        if self._recomputation is not None:
            self._recomputation.follow()
        self._optimizer.regroup(trainable_in_fact(model), self._scales, settings.weight_decay)
        self._stepper.watch.follow()
        self._verifier.follow()
        self._front.follow(settings)
        self._compilation.follow(self.step, (self.step // self.steps_per_epoch + 1) * self.steps_per_epoch)
        self._journal.write(frozenness(model, self.step, self._scales, settings.batchnorm))

    def _back_to_training(self) -> None:
        set_training_mode(self._task.model, self._control.settings.batchnorm)

    # ---- the ends of epochs and of the run ----

    def _save(self) -> None:
        self._journal.flush()
        self._divergence.look(self.step)
        self._keeper.save(self.step, self.step // self.steps_per_epoch)

    def _end_epoch(self, epoch: int) -> None:
        self._journal.write(self._sums.ended(epoch, self.step))
        self._divergence.look(self.step)
        with self._average.in_place():
            validation = self._examiner.validate(self.step, epoch)
            if validation is not None and validation.best:
                self._keeper.remember_best(self.step, epoch)
        if validation is not None:
            self._divergence.look(self.step, validation.loss)
        self._back_to_training()
        if why := self._task.pictures.sync():
            warn(self._journal, why, self.step, "info")
        self._front.sync()
        if self._keeper.is_cheap:
            self._save()
        self._tell_contradictions(epoch)
        self._stepper.watch.start_epoch()
        self._sums = EpochSums.zero(self._task.compute.device)
        patience = self._task.session.train.early_stopping
        if 0 < patience <= self._examiner.epochs_without_better:
            self._reason = "early-stopping"

    def _tell_contradictions(self, epoch: int) -> None:
        """Say what the epoch did not bear out, when that is not what was said before."""
        found = self._stepper.watch.contradictions(self._scales)
        if found != self._contradictions:
            self._journal.write(Contradicted(step=self.step, epoch=epoch, found=found))
        self._contradictions = found

    def _evaluate_best(self) -> None:
        """Evaluate the best epoch's weights on the test images, and on the validation images unless just done."""
        best = self._examiner.best
        if best is None:
            with self._average.in_place():
                self._examiner.evaluate("test", self.step, self.epochs)
            return
        if self._keeper.load_best() and best.step != self.step:
            self._examiner.evaluate("val", best.step, best.epoch, checkpoint="best")
        self._examiner.evaluate("test", best.step, best.epoch, checkpoint="best")
