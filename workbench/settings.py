"""What can change while a run trains, as a value, and how edits change it.

`Settings` is in force at one step; `History` adds undo and redo. Both are pure: the worker folds the journal's
applied edits into one, a screen folds the edits of a draft into another, and both get the same plan.
"""

from dataclasses import dataclass, field, replace

from workbench.actions import (
    AugmentKind,
    BatchNormMode,
    Drop,
    Edit,
    FlipMode,
    Freeze,
    Only,
    Redo,
    ReestimateBatchNorm,
    Relabel,
    Restore,
    RollBack,
    ScaleRate,
    SetAugment,
    SetBatchNorm,
    SetClip,
    SetEpochs,
    SetFlip,
    SetRate,
    SetWeightDecay,
    Thaw,
    Undo,
)
from workbench.corrections import Corrections
from workbench.errors import BadInput
from workbench.plan import FreezePlan, only


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an edit can change, as it is in force at one step."""

    plan: FreezePlan
    lr: float
    weight_decay: float
    clip_grad_norm: float
    batchnorm: BatchNormMode
    epochs: int
    lr_scales: tuple[tuple[str, float], ...] = ()
    augment: AugmentKind = "light"
    flip: FlipMode = "default"
    corrections: Corrections = field(default_factory=Corrections)

    def after(self, edit: Edit) -> "Settings":
        """The settings once the edit is in force (undo and redo belong to `History`)."""
        match edit:
            case Thaw(patterns):
                return replace(self, plan=self.plan.with_rules(patterns, trainable=True))
            case Freeze(patterns):
                return replace(self, plan=self.plan.with_rules(patterns, trainable=False))
            case Only(patterns):
                return replace(self, plan=only(patterns))
            case ScaleRate(pattern, scale):
                kept = tuple(pair for pair in self.lr_scales if pair[0] != pattern)
                return replace(self, lr_scales=(*kept, (pattern, scale)))
            case SetBatchNorm(mode):
                return replace(self, batchnorm=mode)
            case ReestimateBatchNorm() | RollBack():
                return self
            case Drop() | Restore() | Relabel():
                after = self.corrections.after(edit)
                return self if after is self.corrections else replace(self, corrections=after)
        return self._with_value(edit)

    def _with_value(self, edit: Edit) -> "Settings":
        match edit:
            case SetAugment(kind):
                return replace(self, augment=kind)
            case SetFlip(mode):
                return replace(self, flip=mode)
            case SetRate(value):
                return replace(self, lr=value)
            case SetWeightDecay(value):
                return replace(self, weight_decay=value)
            case SetClip(value):
                return replace(self, clip_grad_norm=value)
            case SetEpochs(value):
                return replace(self, epochs=value)
        raise TypeError(f"{edit!r} is not an edit of settings")


@dataclass(frozen=True, slots=True)
class History:
    """Settings now, with what was before (undo) and what was taken back (redo)."""

    now: Settings
    before: tuple[Settings, ...] = field(default=())
    undone: tuple[Settings, ...] = field(default=())

    def after(self, edit: Edit) -> "History":
        """The history with one edit more; BadInput where there is nothing to undo or redo."""
        match edit:
            case Undo():
                if not self.before:
                    raise BadInput("nothing to undo", "no edit was made since the start")
                return History(self.before[-1], self.before[:-1], (*self.undone, self.now))
            case Redo():
                if not self.undone:
                    raise BadInput("nothing to redo", "nothing was undone since the last edit")
                return History(self.undone[-1], (*self.before, self.now), self.undone[:-1])
        after = self.now.after(edit)
        return self if after is self.now else History(after, (*self.before, self.now))
