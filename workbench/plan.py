"""Freeze plans and strategies as data, without torch.

A plan is an ordered list of rules, each a glob with the state that it gives; the last rule that matches a
parameter decides. A pattern matches a parameter when it matches the name of its stage, the parameter's own name
or the path of any module around it, so ``layer4``, ``layer4.*``, ``head`` and ``*.bn2.weight`` all say what they
seem to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from workbench.errors import BadInput, did_you_mean

HEAD = "head"
GLOB_SIGNS = frozenset("*?[")
JOINED = "+"
"""Joins the modules in the name of a stage that has several; globs speak of modules, and never match such a name."""
Strategy = Literal["feature-extraction", "last-block", "full", "gradual"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A glob over stages, module paths and parameter names, and the state it gives to what it matches."""

    pattern: str
    trainable: bool


@dataclass(frozen=True, slots=True)
class FreezePlan:
    """Ordered rules; what no rule matches is frozen."""

    rules: tuple[Rule, ...] = ()

    def with_rules(self, patterns: Iterable[str], *, trainable: bool) -> "FreezePlan":
        """The plan with one rule more per pattern; rules that a later equal pattern overrides are dropped."""
        added = tuple(Rule(pattern, trainable) for pattern in patterns)
        patterns_added = {rule.pattern for rule in added}
        kept = () if "*" in patterns_added else self.rules
        return FreezePlan(tuple(rule for rule in kept if rule.pattern not in patterns_added) + added)

    def trainable(self, stage_of: Mapping[str, str]) -> set[str]:
        """The parameters that train under this plan; `stage_of` maps each one's dotted name to its stage."""
        found: set[str] = set()
        undecided = dict(stage_of)
        for rule in reversed(self.rules):
            matched = matching(rule.pattern, undecided)
            if rule.trainable:
                found.update(matched)
            for name in matched:
                del undecided[name]
            if not undecided:
                break
        return found


def only(patterns: Iterable[str]) -> FreezePlan:
    """The plan that trains what the patterns match and freezes everything else."""
    return FreezePlan((Rule("*", trainable=False),)).with_rules(patterns, trainable=True)


def matching(pattern: str, stage_of: Mapping[str, str]) -> list[str]:
    """The parameters that a pattern names: by their stage, their own name or any module path around them.

    `stage_of` maps each one's dotted name to its stage.
    """
    if pattern == "*":
        return list(stage_of)
    if GLOB_SIGNS.intersection(pattern):
        return [name for name, stage in stage_of.items() if _matches_glob(pattern, name, stage)]
    # Most patterns are plain names, and a screen asks this for a thousand parameters at a key press.
    inside = f"{pattern}."
    return [name for name, stage in stage_of.items() if pattern in (stage, name) or name.startswith(inside)]


def matches(pattern: str, parameter: str, stage: str) -> bool:
    """Whether a pattern names the parameter."""
    return bool(matching(pattern, {parameter: stage}))


def _matches_glob(pattern: str, parameter: str, stage: str) -> bool:
    if JOINED not in stage and fnmatchcase(stage, pattern):
        return True
    parts = parameter.split(".")
    return any(fnmatchcase(".".join(parts[:end]), pattern) for end in range(1, len(parts) + 1))


def check_patterns(patterns: Iterable[str], stage_of: Mapping[str, str]) -> None:
    """Raise BadInput for the first pattern that matches no parameter.

    `stage_of` maps every parameter name to its stage, in forward order.
    """
    for pattern in patterns:
        if not matching(pattern, stage_of):
            paths = sorted({".".join(name.split(".")[:end]) for name in stage_of for end in range(1, 4)})
            stages = list(dict.fromkeys(stage_of.values()))
            raise BadInput(
                f"{pattern!r} matches no module of this model",
                did_you_mean(pattern, stages + paths) or f"its stages are {', '.join(stages)}",
            )


def strategy_plan(strategy: Strategy, stages: Sequence[str]) -> FreezePlan:
    """What a strategy trains at the start, given the stages in forward order (the last one is the head)."""
    if strategy == "full":
        return FreezePlan((Rule("*", trainable=True),))
    if strategy == "last-block":
        return only(stages[-2:])
    return only(stages[-1:])


def gradual_thaws(stages: Sequence[str], epochs: int) -> list[tuple[int, str]]:
    """``(epoch, stage)`` pairs of the gradual strategy: after the head, one stage more at each epoch's start.

    Epochs count from 1. Howard and Ruder, ULMFiT, 2018 (arXiv:1801.06146), section 3.3.
    """
    below_head = list(reversed(stages[:-1]))
    return [(epoch, stage) for epoch, stage in enumerate(below_head, start=2) if epoch <= epochs]


def rate_scale(
    parameter: str,
    stages: Sequence[str],
    stage: str,
    *,
    backbone_lr_scale: float,
    layer_lr_decay: float,
    lr_scales: Iterable[tuple[str, float]] = (),
) -> float:
    """The multiplier of a parameter's learning rate.

    The head has 1. Below it stands `backbone_lr_scale`, times `layer_lr_decay` once for every stage between the
    parameter's stage and the head (layer-wise decay: Howard and Ruder 2018), times the last of the `lr_scales`
    whose pattern matches.
    """
    scale = 1.0
    if stage != stages[-1]:
        distance = len(stages) - 1 - list(stages).index(stage)
        scale = backbone_lr_scale * layer_lr_decay ** (distance - 1)
    by_hand = [factor for pattern, factor in lr_scales if matches(pattern, parameter, stage)]
    return scale * by_hand[-1] if by_hand else scale


def cover(trainable: Iterable[str], stage_of: Mapping[str, str]) -> tuple[str, ...]:
    """The fewest stages, module paths and parameter names, in forward order, that match just these parameters.

    With ``only(cover(...))`` a set of trainable parameters becomes a plan that a person can read.
    """
    wanted = set(trainable)
    found: list[str] = []
    for stage in dict.fromkeys(stage_of.values()):
        members = [name for name, its_stage in stage_of.items() if its_stage == stage]
        if wanted.issuperset(members):
            found.append(stage)
        elif not wanted.isdisjoint(members):
            found += _cover_modules(members, wanted, depth=1)
    return tuple(found)


def _cover_modules(members: list[str], wanted: set[str], depth: int) -> list[str]:
    found: list[str] = []
    groups: dict[str, list[str]] = {}
    for name in members:
        groups.setdefault(".".join(name.split(".")[:depth]), []).append(name)
    for path, names in groups.items():
        if wanted.issuperset(names):
            found.append(path)
        elif not wanted.isdisjoint(names):
            found += _cover_modules(names, wanted, depth + 1)
    return found
