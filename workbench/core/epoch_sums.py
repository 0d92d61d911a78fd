"""The training figures of an epoch so far, summed on the device, so that a step never waits for them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from workbench.protocol import EpochEnded, Event, Steps


@dataclass(slots=True)
class EpochSums:
    """Sums over the images of an epoch; `started` is on the monotonic clock."""

    loss: torch.Tensor
    correct: torch.Tensor
    images: int = 0
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def zero(cls, device: torch.device) -> "EpochSums":
        """The sums at the start of an epoch."""
        return cls(torch.zeros((), device=device), torch.zeros((), device=device))

    def add(self, loss: torch.Tensor, correct: torch.Tensor, images: int) -> None:
        """Add a step's mean loss and number of correct predictions over that many images."""
        self.loss += loss.detach().float() * images
        self.correct += correct
        self.images += images

    def repeat(self, earlier: Sequence[Event], first: int, step: int, batch_size: int) -> None:
        """Add the steps from `first` on that an earlier life took before `step`, as the journal has them."""
        taken: dict[int, tuple[float, float]] = {}
        for event in earlier:
            if isinstance(event, Steps) and event.step + len(event.loss) > first:
                taken.update(enumerate(zip(event.loss, event.accuracy, strict=True), start=event.step))
        for each in range(first, step):
            if each in taken:
                loss, accuracy = taken[each]
                self.add(torch.tensor(loss), torch.tensor(accuracy * batch_size), batch_size)

    def ended(self, epoch: int, step: int) -> EpochEnded:
        """The event that tells the means."""
        images = max(1, self.images)
        return EpochEnded(
            epoch=epoch,
            step=step,
            loss=float(self.loss) / images,
            accuracy=float(self.correct) / images,
            seconds=time.monotonic() - self.started,
        )
