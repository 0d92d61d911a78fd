"""One training step: from a batch of pictures to gradients, and from gradients to new weights.

What a step computes depends on the weights, its number and the settings alone. A batch may go through in parts whose
gradients add up to those of the whole (DESIGN rule 1 holds for both).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from workbench.core.activations import Inputs
from workbench.core.auxiliary import logits_and_loss
from workbench.core.compute import wait
from workbench.core.draws import draw
from workbench.core.ema import WeightAverage
from workbench.core.freezing import norms_in_training
from workbench.core.front import Front
from workbench.core.gradients import GradientWatch
from workbench.core.mixing import mixed
from workbench.core.optim import NamedOptimizer
from workbench.core.pictures import Batch
from workbench.core.prepare import Task
from workbench.core.running_statistics import statistics_untouched


@dataclass(frozen=True, slots=True)
class Figures:
    """A step's figures as 0-dimensional tensors on the device: mean loss, correct predictions, gradient norm."""

    loss: torch.Tensor
    correct: torch.Tensor
    norm: torch.Tensor
    images: int


class Stepper:
    """Takes the steps of one run."""

    def __init__(
        self,
        task: Task,
        front: Front,
        optimizer: NamedOptimizer,
        scaler: torch.amp.GradScaler,
        average: WeightAverage,
    ) -> None:
        self._task, self._front = task, front
        self._optimizer, self._scaler, self._average = optimizer, scaler, average
        self.watch = GradientWatch(task.model)
        self._anchors = self._pretrained() if task.session.optimizer.l2_sp else {}

    def inputs(self, batch: Batch, epoch: int) -> Inputs:
        """What the network is given for a batch; without the images that turn out to be unreadable."""
        view = self._front.augmentation.view(epoch)
        return self._front.training.inputs(batch.indexes, partial(self._images, batch, view), view)

    def gradients(self, inputs: Inputs, step: int) -> Figures:
        """Give every trainable parameter its gradient over the inputs of a batch, of which there is at least one."""
        task, session = self._task, self._task.session
        labels = task.labels[inputs.indexes].to(task.compute.device, non_blocking=True)
        tensors, targets = mixed(inputs.tensors, labels, session.data, len(task.classes), session.seed, step)
        loss, logits = task.parts.fitted(
            len(labels),
            step,
            lambda size: self._passes(tensors, targets, size, step),
            self._optimizer.zero_grad,
            self._note_on_parts,
        )
        self._optimizer.unscale(self._scaler)
        self._pull_back()
        correct = (logits.argmax(1) == labels).sum()
        return Figures(loss, correct, self.watch.norm(), len(inputs.indexes))

    def rehearse(self, inputs: Inputs, step: int) -> None:
        """Go forward and backward over a batch as the step would, wait for it, and leave everything as it was."""
        task, size = self._task, self._task.parts.size(len(inputs.indexes))
        labels = task.labels[inputs.indexes].to(task.compute.device)
        tensors, targets = mixed(
            inputs.tensors, labels, task.session.data, len(task.classes), task.session.seed, step
        )
        with statistics_untouched(task.model):
            try:
                self._passes(tensors, targets, size, step)
                wait(task.compute.device)
            finally:
                self._optimizer.zero_grad()

    def _passes(
        self, tensors: Sequence[torch.Tensor], targets: torch.Tensor, size: int, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Forward and backward through the network in parts of that size: the mean loss and the logits."""
        task = self._task
        # Dropout and stochastic depth draw from the global generators: seeded by the step, they need no state.
        torch.manual_seed(draw(task.session.seed, "dropout", step))
        losses, logits = [], []
        for first in range(0, len(targets), size):
            mine = slice(first, first + size)
            with task.compute.autocast():
                output, loss = logits_and_loss(
                    self._front.training([each[mine] for each in tensors]), targets[mine], task.loss
                )
                loss = loss * self._share(targets[mine], targets)
            self._scaler.scale(loss).backward()
            losses.append(loss.detach())
            logits.append(output.detach())
        return torch.stack(losses).sum(), torch.cat(logits)

    def _note_on_parts(self) -> str:
        """What differs where parts are not the same as the whole."""
        if not norms_in_training(self._task.model):
            return ""
        return " (each normalised by itself: freeze.batchnorm = 'follow')"

    def update(self, figures: Figures, lr: float, clip_grad_norm: float) -> None:
        """Change the weights by the gradients, clipped at that norm (0: not at all), and drop the gradients."""
        if clip_grad_norm > 0:
            held = [each for each in self._task.model.parameters() if each.grad is not None]
            torch.nn.utils.clip_grads_with_norm_(held, clip_grad_norm, figures.norm)
        self._optimizer.step(lr, self._scaler)
        self._scaler.update()
        self._optimizer.zero_grad()
        self._average.update()

    def _images(self, batch: Batch, view: int, wanted: list[int]) -> tuple[list[int], torch.Tensor]:
        task = self._task
        readable, pictures = task.pictures.images(batch, wanted)
        stored = task.compute.place(pictures)
        return readable, self._front.augmentation.training_input(stored, task.keys[readable], view)

    def _share(self, part: torch.Tensor, whole: torch.Tensor) -> float | torch.Tensor:
        """The part's share in the mean over the whole batch: by images, or by class weights where there are any."""
        if len(part) == len(whole):
            return 1.0
        weight = self._task.loss.weight
        if weight is None or part.is_floating_point():
            return len(part) / len(whole)
        return weight[part].sum() / weight[whole].sum()

    def _pretrained(self) -> Mapping[str, torch.Tensor]:
        stage_of = self._task.built.stage_of
        return {
            name: parameter.detach().clone()
            for name, parameter in self._task.model.named_parameters()
            if stage_of[name] != "head"
        }

    def _pull_back(self) -> None:
        """L2-SP: add the gradient of half the squared distance to the start (Li et al. 2018, arXiv:1802.01483)."""
        for name, parameter in self._task.model.named_parameters() if self._anchors else ():
            if parameter.grad is not None and name in self._anchors:
                distance = parameter.detach() - self._anchors[name]
                parameter.grad.add_(distance, alpha=self._task.session.optimizer.l2_sp)
