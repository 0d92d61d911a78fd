"""The verbs of a live run, as values and as text.

The keyboard, ``thaw tell``, a session's ``[[schedule]]`` and ``commands.jsonl`` all speak of these. Edits change
the settings that are in force from a step on (see `workbench.settings`) and can be undone; controls steer the run.
"""

import shlex
from typing import Literal

import msgspec

from workbench.errors import BadInput, did_you_mean

BatchNormMode = Literal["frozen", "follow"]
AugmentKind = Literal["none", "light", "strong"]
FlipMode = Literal["default", "on", "off"]
Split = Literal["train", "val", "test"]


class _Action(msgspec.Struct, frozen=True, tag_field="verb", forbid_unknown_fields=True):
    """One verb with its arguments; `tag` is the word for it."""


class Thaw(_Action, tag="thaw", frozen=True):
    """Make what the patterns match trainable."""

    patterns: tuple[str, ...]


class Freeze(_Action, tag="freeze", frozen=True):
    """Freeze what the patterns match."""

    patterns: tuple[str, ...]


class Only(_Action, tag="only", frozen=True):
    """Train what the patterns match and freeze everything else."""

    patterns: tuple[str, ...]


class ScaleRate(_Action, tag="lr-scale", frozen=True):
    """Multiply the learning rate of what the pattern matches."""

    pattern: str
    scale: float


class SetRate(_Action, tag="lr", frozen=True):
    """Set the base learning rate that the schedule scales."""

    value: float


class SetWeightDecay(_Action, tag="weight-decay", frozen=True):
    """Set the weight decay of weights that decay (never norms and biases)."""

    value: float


class SetClip(_Action, tag="clip", frozen=True):
    """Clip the norm of the whole gradient at this value; 0 clips nothing."""

    value: float


class SetBatchNorm(_Action, tag="batchnorm", frozen=True):
    """Whether a thawed BatchNorm also updates its running statistics."""

    mode: BatchNormMode


class SetEpochs(_Action, tag="epochs", frozen=True):
    """Set the number of epochs of the whole run."""

    value: int


class SetAugment(_Action, tag="augment", frozen=True):
    """How strongly training images are changed at random, from the next step on."""

    kind: AugmentKind


class SetFlip(_Action, tag="flip", frozen=True):
    """Whether training images are mirrored left to right; the default is yes for photos, no for digits."""

    mode: FlipMode


class Drop(_Action, tag="drop", frozen=True):
    """Leave an image out from the next epoch on, by its name; its file stays where it is."""

    file: str


class Restore(_Action, tag="restore", frozen=True):
    """Take a dropped image in again from the next epoch on."""

    file: str


class Relabel(_Action, tag="relabel", frozen=True):
    """Give an image another class from the next epoch on; without one, that of its folder again."""

    file: str
    label: str = ""


class ReestimateBatchNorm(_Action, tag="reestimate-batchnorm", frozen=True):
    """Estimate the running statistics of thawed BatchNorms afresh over the training images.

    It changes buffers, no setting: a resume and a replay repeat it, undo passes over it.
    """


class RollBack(_Action, tag="roll-back", frozen=True):
    """Put the weights and buffers of the best epoch so far back; the optimizer's state and the step stay.

    Like `ReestimateBatchNorm` it changes no setting: a resume and a replay repeat it, undo passes over it.
    """


class Undo(_Action, tag="undo", frozen=True):
    """Take the last edit back."""


class Redo(_Action, tag="redo", frozen=True):
    """Apply the edit again that was undone last."""


class Pause(_Action, tag="pause", frozen=True):
    """Wait at the next step boundary."""


class Continue(_Action, tag="continue", frozen=True):
    """Go on after a pause."""


class Stop(_Action, tag="stop", frozen=True):
    """Write the last checkpoint and end the run; it can be resumed."""


class Evaluate(_Action, tag="evaluate", frozen=True):
    """Evaluate a split now and keep the predictions."""

    split: Split = "val"


class Checkpoint(_Action, tag="checkpoint", frozen=True):
    """Write the last checkpoint now."""


class Verify(_Action, tag="verify", frozen=True):
    """Prove that what is frozen is as it was, and tell what changed since the last time."""


class FindRate(_Action, tag="find-lr", frozen=True):
    """Search a learning rate from the weights as they stand, and put everything back."""


Edit = (
    Thaw
    | Freeze
    | Only
    | ScaleRate
    | SetRate
    | SetWeightDecay
    | SetClip
    | SetBatchNorm
    | SetEpochs
    | SetAugment
    | SetFlip
    | Drop
    | Restore
    | Relabel
    | ReestimateBatchNorm
    | RollBack
    | Undo
    | Redo
)
Correction = Drop | Restore | Relabel
"""Edits of the images, which come into force at the start of the epoch after them."""
Control = Pause | Continue | Stop | Evaluate | Checkpoint | Verify | FindRate
Action = Edit | Control

USAGE = {
    "thaw": "thaw PATTERN…",
    "freeze": "freeze PATTERN…",
    "only": "only PATTERN…",
    "lr-scale": "lr-scale PATTERN FACTOR",
    "lr": "lr RATE",
    "weight-decay": "weight-decay VALUE",
    "clip": "clip NORM",
    "batchnorm": "batchnorm frozen|follow",
    "epochs": "epochs N",
    "augment": "augment none|light|strong",
    "flip": "flip on|off|default",
    "drop": "drop IMAGE",
    "restore": "restore IMAGE",
    "relabel": "relabel IMAGE [CLASS]",
    "reestimate-batchnorm": "reestimate-batchnorm",
    "roll-back": "roll-back",
    "undo": "undo",
    "redo": "redo",
    "pause": "pause",
    "continue": "continue",
    "stop": "stop",
    "evaluate": "evaluate [train|val|test]",
    "checkpoint": "checkpoint",
    "verify": "verify",
    "find-lr": "find-lr",
}


def parse(text: str) -> Action:
    """The action that a line such as ``thaw layer4.*`` asks for; BadInput says what was expected instead.

    Names of images and classes that hold spaces stand in quotes, as in a shell.
    """
    words = text.split()
    if not words:
        raise BadInput("an empty command", f"verbs are {', '.join(USAGE)}")
    verb, arguments = words[0], words[1:]
    if verb not in USAGE:
        raise BadInput(
            f"{verb!r} is no verb of a run",
            did_you_mean(verb, list(USAGE)) or f"verbs are {', '.join(USAGE)}",
        )
    try:
        if verb in ("drop", "restore", "relabel"):
            arguments = shlex.split(text)[1:]
        return _checked(msgspec.convert(_fields(verb, arguments), Action, strict=False))
    except msgspec.ValidationError:
        raise BadInput(f"{text!r} can't be read", f"expected: {USAGE[verb]}") from None
    except ValueError as error:
        raise BadInput(f"{text!r} can't be read: {error}", f"expected: {USAGE[verb]}") from None


def _fields(verb: str, arguments: list[str]) -> dict[str, object]:
    match verb, arguments:
        case (("thaw" | "freeze" | "only"), [_, *_]):
            return {"verb": verb, "patterns": arguments}
        case "lr-scale", [pattern, scale]:
            return {"verb": verb, "pattern": pattern, "scale": scale}
        case (("lr" | "weight-decay" | "clip" | "epochs"), [value]):
            return {"verb": verb, "value": value}
        case (("drop" | "restore" | "relabel"), [str(file)]):
            return {"verb": verb, "file": file}
        case "relabel", [str(file), str(label)]:
            return {"verb": verb, "file": file, "label": label}
        case "augment", [kind]:
            return {"verb": verb, "kind": kind}
        case (("batchnorm" | "flip"), [mode]):
            return {"verb": verb, "mode": mode}
        case "evaluate", [split]:
            return {"verb": verb, "split": split}
        case _, [] if USAGE[verb] == verb or verb == "evaluate":
            return {"verb": verb}
    raise ValueError("wrong number of words")


def _checked(action: Action) -> Action:
    match action:
        case SetRate(value) if not 0 <= value < float("inf"):
            raise ValueError("a learning rate is a number of at least 0")
        case SetWeightDecay(value) | SetClip(value) if not 0 <= value < float("inf"):
            raise ValueError("expected a number of at least 0")
        case ScaleRate(_, scale) if not 0 <= scale < float("inf"):
            raise ValueError("a factor is a number of at least 0")
        case SetEpochs(value) if value < 1:
            raise ValueError("a run has at least 1 epoch")
    return action


def describe(action: Action) -> str:
    """The line that `parse` reads back into the same action."""
    verb = type(action).__struct_config__.tag
    match action:
        case Thaw(patterns) | Freeze(patterns) | Only(patterns):
            return f"{verb} {' '.join(patterns)}"
        case ScaleRate(pattern, scale):
            return f"{verb} {pattern} {scale!r}"
        case SetRate(value) | SetWeightDecay(value) | SetClip(value) | SetEpochs(value):
            return f"{verb} {value!r}"
        case SetBatchNorm(mode) | SetFlip(mode):
            return f"{verb} {mode}"
        case SetAugment(kind):
            return f"{verb} {kind}"
        case Drop(file) | Restore(file) | Relabel(file, ""):
            return f"{verb} {shlex.quote(file)}"
        case Relabel(file, label):
            return f"{verb} {shlex.join([file, label])}"
        case Evaluate(split):
            return f"{verb} {split}"
    return str(verb)


def patterns_of(action: Action) -> tuple[str, ...]:
    """The patterns that an action names, which must match something."""
    match action:
        case Thaw(patterns) | Freeze(patterns) | Only(patterns):
            return patterns
        case ScaleRate(pattern, _):
            return (pattern,)
    return ()
