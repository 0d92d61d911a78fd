"""What a model tree shows: the model, what trains, and what will once pending commands are applied.

The state of a run comes from the worker's own report, that of a session being edited from its plan; how an
edit changes a draft is here too. Drawing it is the tree's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Literal

from workbench.actions import BatchNormMode, Control, Edit
from workbench.errors import BadInput, ThawError
from workbench.memory import kept_per_number
from workbench.plan import FreezePlan, check_patterns, cover, rate_scale, strategy_plan
from workbench.protocol import ModelDescription
from workbench.settings import History

if TYPE_CHECKING:
    from tui.state import RunView
    from workbench.session import Session


Source = Literal["draft", "live", "ended"]
"""Whose state it is: the session's being edited, that of a run under way, or the last one of a run that is over."""


@dataclass(frozen=True, slots=True)
class TreeState:
    """One moment of a model: which parameters train (in fact, or by the draft's plan), at which rates.

    `expected` is what will train once the pending commands are applied, without any it equals `trainable`; in a
    `previewed` state it is what a thaw line would make of it that is only shown yet.
    `rate_scales` holds the effective multipliers of parameters, 1 where it says nothing; `hand_scales` the pairs of
    pattern and factor that a user gave. `base_rate` is that of the last steps, None where nothing trains;
    `kept` counts the numbers that the optimizer keeps for each trained one; `applied_at` is the step of the last edit;
    `contradictions` says by tensor name where plan and fact differ.
    """

    description: ModelDescription
    trainable: frozenset[str]
    expected: frozenset[str]
    rate_scales: Mapping[str, float]
    hand_scales: tuple[tuple[str, float], ...]
    training_norms: frozenset[str]
    batchnorm: BatchNormMode
    source: Source
    pending: int = 0
    previewed: bool = False
    base_rate: float | None = None
    optimizer: str = ""
    kept: int = 0
    applied_at: int | None = None
    contradictions: Mapping[str, str] = field(default_factory=dict)

    @property
    def thaw_line(self) -> int | None:
        """The index of the first stage that trains, where all after it train too and none before it does."""
        fractions = list(stage_fractions(self.description, self.expected).values())
        first = next((index for index, fraction in enumerate(fractions) if fraction), len(fractions))
        return first if all(fraction == 1 for fraction in fractions[first:]) else None


def changed_names(old: TreeState, new: TreeState) -> set[str] | None:
    """What two states of one model say differently of: parameters and norm layers; None where it may be all."""
    if (old.base_rate, old.previewed) != (new.base_rate, new.previewed) or (
        old.contradictions != new.contradictions
    ):
        return None
    names: set[str] = set()
    for before, after in (
        (old.trainable, new.trainable),
        (old.expected, new.expected),
        (old.training_norms, new.training_norms),
    ):
        names |= before ^ after
    if old.rate_scales != new.rate_scales:
        names |= {name for name, _ in old.rate_scales.items() ^ new.rate_scales.items()}
    return names


def stage_fractions(description: ModelDescription, trainable: frozenset[str]) -> dict[str, float]:
    """The fraction of each stage's parameters (by name) that train, in forward order."""
    members = dict.fromkeys(description.stages, 0)
    training = dict.fromkeys(description.stages, 0)
    for name, stage in description.stage_of.items():
        members[stage] += 1
        training[stage] += name in trainable
    return {stage: training[stage] / members[stage] if members[stage] else 0.0 for stage in members}


def trainable_under(plan: FreezePlan, description: ModelDescription) -> frozenset[str]:
    """The parameters that a plan trains."""
    return frozenset(plan.trainable(description.stage_of))


def rate_scales_under(
    session: Session, description: ModelDescription, hand_scales: tuple[tuple[str, float], ...]
) -> dict[str, float]:
    """The effective multiplier of every parameter that is not at 1."""
    by_stage = partial(
        rate_scale,
        stages=description.stages,
        backbone_lr_scale=session.optimizer.backbone_lr_scale,
        layer_lr_decay=session.optimizer.layer_lr_decay,
    )
    if hand_scales:
        found = {
            name: by_stage(name, stage=stage, lr_scales=hand_scales)
            for name, stage in description.stage_of.items()
        }
    else:
        # Asked for at every key press: without factors given by hand, all of a stage has one.
        scales = {stage: by_stage("", stage=stage) for stage in description.stages}
        found = {name: scales[stage] for name, stage in description.stage_of.items()}
    return {name: scale for name, scale in found.items() if scale != 1}


def draft_state(session: Session, description: ModelDescription) -> TreeState:
    """What the session will train from its first step on."""
    settings = session.settings(description.stages)
    trainable = trainable_under(settings.plan, description)
    follows = settings.batchnorm == "follow"
    norms = frozenset(
        row.path
        for row in description.modules
        if row.normalisation and follows and trainable.issuperset(row.own)
    )
    return TreeState(
        description=description,
        trainable=trainable,
        expected=trainable,
        rate_scales=rate_scales_under(session, description, settings.lr_scales),
        hand_scales=settings.lr_scales,
        training_norms=norms,
        batchnorm=settings.batchnorm,
        source="draft",
        optimizer=session.optimizer.name,
        kept=kept_per_number(session.optimizer),
    )


def live_state(session: Session, description: ModelDescription, view: RunView) -> TreeState | None:
    """What the worker reports, with what pending commands will make of it; None before its first report."""
    fact = view.frozenness
    if fact is None:
        return None
    trainable = frozenset(fact.trainable)
    pending = [command.action for command in view.pending.values() if not isinstance(command.action, Control)]
    now = _after(History(session.settings(description.stages)), view.edits)
    expected = trainable
    if pending:
        now = _after(now, pending)
    if pending or view.frozenness_is_due:
        expected = trainable_under(now.now.plan, description)
    return TreeState(
        description=description,
        trainable=trainable,
        expected=expected,
        rate_scales=fact.rate_scales,
        hand_scales=now.now.lr_scales,
        training_norms=frozenset(fact.training_norms),
        batchnorm=fact.batchnorm,
        source="live" if view.is_live else "ended",
        pending=len(pending),
        base_rate=shown_rate(view),
        optimizer=session.optimizer.name,
        kept=kept_per_number(session.optimizer),
        applied_at=view.marks[-1].step if view.marks else None,
        contradictions=view.proofs.contradictions,
    )


def shown_rate(view: RunView) -> float | None:
    """The base rate of the last step with the digits that are shown, so that it changes no oftener than they do."""
    return float(f"{view.lr[-1]:.2g}") if view.lr and isfinite(view.lr[-1]) else None


def _after(history: History, edits: Iterable[Edit]) -> History:
    for edit in edits:
        try:
            history = history.after(edit)
        except BadInput:
            continue  # an undo with nothing to undo: the worker rejects it too
    return history


def edited(session: Session, description: ModelDescription, edit: Edit) -> Session:
    """The session that says what the edit asks for; BadInput where the edit names nothing of the model.

    What trains is written as the fewest patterns, and left to the strategy where it says the same.
    """
    check_patterns(_patterns(edit), description.stage_of)
    before = session.settings(description.stages)
    after = before.after(edit)
    values = session.model_copy(
        update={
            "optimizer": session.optimizer.model_copy(
                update={
                    "lr": after.lr,
                    "weight_decay": after.weight_decay,
                    "clip_grad_norm": after.clip_grad_norm,
                    "lr_scales": {pattern: scale for pattern, scale in after.lr_scales if scale != 1},
                }
            ),
            "train": session.train.model_copy(update={"epochs": after.epochs}),
        }
    )
    if after.batchnorm != before.batchnorm:
        freeze = values.freeze.model_copy(update={"batchnorm": after.batchnorm})
        values = values.model_copy(update={"freeze": freeze})
    if after.plan != before.plan:
        values = with_trainable(values, description, trainable_under(after.plan, description))
    return values


def with_trainable(session: Session, description: ModelDescription, trainable: frozenset[str]) -> Session:
    """The session that trains just these parameters from its first step on."""
    if not trainable:
        raise ThawError("nothing would train", "thaw something first: the head at least")
    by_strategy = trainable_under(strategy_plan(session.strategy, description.stages), description)
    thaw = None if trainable == by_strategy else cover(trainable, description.stage_of)
    freeze = session.freeze.model_copy(update={"thaw": thaw, "freeze": ()})
    return session.model_copy(update={"freeze": freeze})


def _patterns(edit: Edit) -> tuple[str, ...]:
    patterns = getattr(edit, "patterns", ())
    pattern = getattr(edit, "pattern", None)
    return (pattern,) if pattern is not None else tuple(patterns)
