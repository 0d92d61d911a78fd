"""Whether a run has stopped getting better: the rule behind the note that says so.

Pure functions of a view. The rule, as docs/terminal.md tells it: no epoch's loss since the best one was lower, for five
epochs, or for a tenth of the run where that is more; an edit by hand or by schedule starts the count anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from tui.state import RunView
from tui.words import plural

LEAST_EPOCHS = 5
PART_OF_RUN = 10


@dataclass(frozen=True, slots=True)
class Plateau:
    """A run that got no better: which loss, its best value, after which epoch that was, and epochs since then."""

    figure: str
    best: float
    best_epoch: int
    epochs: int

    def words(self) -> str:
        """The plateau in a line, with its rule's figures."""
        best = f"{self.best:.4f} after epoch {self.best_epoch}"
        return f"plateau: {self.figure} loss has not gone below {best} for {plural(self.epochs, 'epoch')}"


def patience(view: RunView) -> int:
    """Epochs without a better one that make a plateau."""
    return max(LEAST_EPOCHS, view.epochs // PART_OF_RUN)


def plateau(view: RunView) -> Plateau | None:
    """The plateau that a live run is on; validation loss counts where epochs end with one, else training loss."""
    if not view.is_live or not view.steps_per_epoch:
        return None
    figure, losses = _losses(view)
    if not losses or min(losses.values()) == float("inf"):
        return None
    best_step = min(losses, key=losses.__getitem__)
    edited = max((mark.step for mark in view.marks), default=0)
    last = max(losses)
    since = (last - max(best_step, edited)) // view.steps_per_epoch
    if since < patience(view):
        return None
    best_epoch = best_step // view.steps_per_epoch
    return Plateau(figure, losses[best_step], best_epoch, last // view.steps_per_epoch - best_epoch)


def _losses(view: RunView) -> tuple[str, dict[int, float]]:
    """The loss at each epoch's end, by its step; one that is no number is never the best."""
    held_back = {one.step: one.loss for one in view.evaluations if one.split == "val" and one.epoch_end}
    trained = {one.step: one.loss for one in view.epochs_ended}
    figure, losses = ("validation", held_back) if held_back else ("training", trained)
    return figure, {step: float("inf") if isnan(loss) else loss for step, loss in losses.items()}
