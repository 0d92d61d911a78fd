"""What holds from which step on, in plain words: the session's start, its schedule, and the run's live edits.

Edits are resolved here into settings (`workbench.keep` has folded those made by hand), and settings into what a loop
of a few lines can follow: module paths that train, rate multipliers by path, and numbers.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.actions import Edit, describe, patterns_of
from workbench.core.freezing import rate_scales, trainable_names
from workbench.errors import BadInput
from workbench.plan import check_patterns, cover
from workbench.session import Session
from workbench.settings import History, Settings

EVERYTHING = "*"


@dataclass(frozen=True)
class Phase:
    """The settings that change at a step, by their names in the code, and the edits that change them."""

    step: int
    comment: str
    changes: Mapping[str, object]


def phases_of(session: Session, stage_of: Mapping[str, str], steps_per_epoch: int) -> list[Phase]:
    """The start and every later change, in the order of their steps; an edit that changes nothing is left out."""
    stages = tuple(dict.fromkeys(stage_of.values()))
    history = History(session.settings(stages))
    scheduled = session.scheduled(stages, steps_per_epoch)
    held: dict[str, object] = {}
    found: list[Phase] = []
    for step in sorted({0, *scheduled}):
        edits = scheduled.get(step, ())
        for edit in edits:
            history = _after(history, edit, stage_of)
        facts = _facts(session, history.now, stage_of)
        changes = {key: value for key, value in facts.items() if held.get(key) != value}
        if changes:
            found.append(Phase(step, _comment(step, edits, steps_per_epoch), changes))
        held = facts
    return found


def _after(history: History, edit: Edit, stage_of: Mapping[str, str]) -> History:
    """The history after an edit, or as it was where the run refused it."""
    try:
        check_patterns(patterns_of(edit), stage_of)
        after = history.after(edit)
        trainable_names(after.now.plan, stage_of)
    except BadInput:
        return history
    return after


def _comment(step: int, edits: tuple[Edit, ...], steps_per_epoch: int) -> str:
    epoch, inside = divmod(step, steps_per_epoch)
    when = f"epoch {epoch + 1}" + (f", step {inside} of it" if inside else "")
    words = ", ".join(map(describe, edits))
    return "the start" if step == 0 and not words else f"{when}: {words}"


def _facts(session: Session, settings: Settings, stage_of: Mapping[str, str]) -> dict[str, object]:
    section = session.optimizer
    scales = rate_scales(
        stage_of,
        settings,
        backbone_lr_scale=section.backbone_lr_scale,
        layer_lr_decay=section.layer_lr_decay,
    )
    return {
        "trainable": module_paths(trainable_names(settings.plan, stage_of), stage_of),
        "rates": _rates(scales, stage_of),
        "lr": settings.lr,
        "weight_decay": settings.weight_decay,
        "clip_grad_norm": settings.clip_grad_norm,
        "batchnorm": settings.batchnorm,
        "epochs": settings.epochs,
    }


def module_paths(names: set[str], stage_of: Mapping[str, str]) -> list[str]:
    """The fewest module paths that hold just these parameters."""
    if names.issuperset(stage_of):
        return [EVERYTHING]
    # As if all were of one stage, whose own name is never used: code knows module paths only.
    return list(cover(names, dict.fromkeys(stage_of, EVERYTHING)))


def _rates(scales: Mapping[str, float], stage_of: Mapping[str, str]) -> dict[str, float]:
    """Multipliers by module path, the most frequent one for everything; the last path that matches decides."""
    usual = Counter(scales.values()).most_common(1)[0][0]
    found = {EVERYTHING: usual}
    for scale in dict.fromkeys(scales.values()):
        if scale != usual:
            names = {name for name, its_scale in scales.items() if its_scale == scale}
            found |= dict.fromkeys(module_paths(names, stage_of), scale)
    return found
