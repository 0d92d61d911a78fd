"""The vocabulary of a run's two files: what a user asked (commands) and what happened (events).

Both are JSON lines. An event carries the time at which it was written, in seconds since 1970; steps count from 0,
epochs from 1. The event at step s speaks of the boundary before step s is taken, so "applied at step s" means that
step s is the first one that feels it.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from math import nan
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import force_setattr

from workbench.actions import Action, BatchNormMode, Split

if TYPE_CHECKING:
    Number = float
else:
    Number = float | None
"""A figure that may be no finite number, as where training diverges: null in JSON, and not-a-number when read."""

FORMAT = 1
"""Version of the run folder; a reader refuses a newer one."""


def _read(number: Number | None) -> float:
    return nan if number is None else number


class Command(msgspec.Struct, frozen=True):
    """One line of ``commands.jsonl``: an action, who asked (an id unique in the run) and when."""

    id: str
    time: float
    action: Action


class _Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    """One line of ``events.jsonl``; `tag` is the name of the event."""

    time: float = 0.0


class Started(_Event, tag="started", frozen=True, kw_only=True):
    """A worker took the run up, at step 0 or, after a crash or a stop, at the step of its last checkpoint.

    Whatever the journal says of later steps before this line is void: those steps are taken again. `memory_format` is
    contiguous or channels_last; empty in a journal that is older than the field.
    """

    step: int
    format: int = FORMAT
    version: str
    device: str
    device_name: str
    precision: str
    memory_format: str = ""
    threads: int
    model: str
    classes: tuple[str, ...]
    images: dict[str, int]
    batch_size: int
    steps_per_epoch: int
    epochs: int
    total_parameters: int
    pid: int
    host: str


class Progress(_Event, tag="progress", frozen=True, kw_only=True):
    """A start that takes long: what is being done before the first step (building, reading, downloading)."""

    message: str


class Frozenness(_Event, tag="frozenness", frozen=True, kw_only=True):
    """What is trainable in fact, read back from the model, whenever it changes.

    `trainable` holds parameter names in forward order; `rate_scales` the multiplier of each one that is not at 1;
    `training_norms` the paths of normalisation layers that update running statistics.
    """

    step: int
    trainable: tuple[str, ...]
    trainable_parameters: int
    rate_scales: dict[str, float]
    training_norms: tuple[str, ...]
    batchnorm: BatchNormMode


class Steps(_Event, tag="steps", frozen=True, kw_only=True, gc=False):
    """Metrics of consecutive steps starting at `step`, at most ten such lines a second.

    `loss` is the mean cross entropy of each step's batch, `accuracy` a fraction, `lr` the base rate,
    `grad_norm` the norm of the whole gradient before clipping, `images_per_second` over these steps.
    """

    step: int
    loss: tuple[Number, ...]
    accuracy: tuple[float, ...]
    lr: tuple[float, ...]
    grad_norm: tuple[Number, ...]
    images_per_second: float

    def __post_init__(self) -> None:
        """Read what is no number as such."""
        try:
            sum(self.loss), sum(self.grad_norm)  # the quickest look at lines of which a journal has thousands
        except TypeError:
            force_setattr(self, "loss", tuple(map(_read, self.loss)))
            force_setattr(self, "grad_norm", tuple(map(_read, self.grad_norm)))


class Heat(_Event, tag="heat", frozen=True, kw_only=True, gc=False):
    """How hot each parameter was at one step, for every name of the last `Frozenness.trainable`, in its order.

    `gradient` is the norm of its gradient before clipping, `update` the norm of what the step changed in it,
    `weight` its own norm before, each as `workbench.half_floats`; not-a-number where the step gave it no gradient. The
    latter two are estimated from numbers spread through a large parameter. Told twice a second, in long runs less.
    """

    step: int
    gradient: bytes
    update: bytes
    weight: bytes


class EpochEnded(_Event, tag="epoch", frozen=True, kw_only=True):
    """An epoch's training figures: means over its images; `step` is the first step after it."""

    epoch: int
    step: int
    loss: Number
    accuracy: float
    seconds: float

    def __post_init__(self) -> None:
        """Read what is no number as such."""
        force_setattr(self, "loss", _read(self.loss))


class Evaluated(_Event, tag="evaluated", frozen=True, kw_only=True):
    """A split was evaluated with the weights before `step`; its predictions lie in ``evaluation/<split>/``.

    `best` is set when a validation loss at an epoch's end is the lowest so far; `checkpoint` says with whose
    weights: the current ones or those of the best checkpoint.
    """

    split: Split
    epoch: int
    step: int
    images: int
    loss: Number
    accuracy: float
    seconds: float
    best: bool = False
    epoch_end: bool = False
    checkpoint: str = "current"

    def __post_init__(self) -> None:
        """Read what is no number as such."""
        force_setattr(self, "loss", _read(self.loss))


class Applied(_Event, tag="applied", frozen=True, kw_only=True):
    """An action came into force before `step`; `changed` counts the parameters whose state it changed.

    `id` is the command's, or ``schedule:N`` for the session's own edits.
    """

    id: str
    step: int
    action: Action
    changed: int = 0
    trainable_parameters: int = 0


class Rejected(_Event, tag="rejected", frozen=True, kw_only=True):
    """A command that could not be applied, and why."""

    id: str
    step: int
    action: Action | None
    message: str


class Verified(_Event, tag="verified", frozen=True, kw_only=True):
    """The proof that frozen is frozen, before `step`: SHA-256 over names and bytes of all that must not move.

    `expected` is the digest of what stood there when it was frozen (for most: at the start of the run), `found`
    the digest now; `broken` names what differs. `changed` tells of every other tensor how far it moved since step
    `since`, as ‖now - then‖ / ‖then‖, or None where that is no number.
    """

    step: int
    since: int
    still: int
    expected: str
    found: str
    broken: tuple[str, ...] = ()
    changed: dict[str, float | None] = {}


class Compiled(_Event, tag="compiled", frozen=True, kw_only=True):
    """From `step` on, parts of a batch with just `rows` images go through compiled kernels; at 0, none do.

    Compiled kernels round their last bits in another way: a resume and a replay switch at the same steps.
    """

    step: int
    rows: int


class Contradicted(_Event, tag="contradicted", frozen=True, kw_only=True):
    """What the plan says and the epoch's training does not bear out, by parameter name; empty once nothing is left."""

    step: int
    epoch: int
    found: dict[str, str]


class RateSearched(_Event, tag="rate-searched", frozen=True, kw_only=True):
    """A learning-rate search from the weights before `step`; nothing of it stays. `suggestion` is a base rate."""

    step: int
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


class Saved(_Event, tag="saved", frozen=True, kw_only=True):
    """A checkpoint is complete on disk."""

    step: int
    kind: str
    seconds: float


class Notice(_Event, tag="notice", frozen=True, kw_only=True):
    """Something a user has to know: a fallback, a skipped picture, a full disk. `level`: info, warning or error."""

    message: str
    level: str = "info"
    step: int = 0


class Paused(_Event, tag="paused", frozen=True, kw_only=True):
    """The run waits at the boundary before `step`."""

    step: int


class Continued(_Event, tag="continued", frozen=True, kw_only=True):
    """The run goes on after a pause."""

    step: int


class Finished(_Event, tag="finished", frozen=True, kw_only=True):
    """The run is over: completed, stopped or early-stopping."""

    step: int
    reason: str
    seconds: float


class Failed(_Event, tag="failed", frozen=True, kw_only=True):
    """The worker gave up: the message, and what to do; the traceback, where there is one, is in ``worker.log``."""

    message: str
    hint: str = ""


Event = (
    Started
    | Progress
    | Frozenness
    | Steps
    | Heat
    | EpochEnded
    | Evaluated
    | Applied
    | Rejected
    | Verified
    | Compiled
    | Contradicted
    | RateSearched
    | Saved
    | Notice
    | Paused
    | Continued
    | Finished
    | Failed
)


# ---- what lies in a run folder beside the journal, and what the engine answers ----


class ModuleRow(msgspec.Struct, frozen=True):
    """One module of a model, in the order of its registration (parents before children).

    `shape` is the output shape without the batch (empty where forward never calls the module); `parameters`
    counts its own and its children's numbers; `stage` is empty where it spans several, `own_stage` is that of the
    parameters it holds itself; `own` names these as full dotted names with their counts; `buffers` counts the
    numbers in its own buffers.
    """

    path: str
    type: str
    shape: tuple[int, ...]
    parameters: int
    stage: str
    own: dict[str, int] = {}
    buffers: int = 0
    normalisation: bool = False
    own_stage: str = ""


class ModelDescription(msgspec.Struct, frozen=True, dict=True):
    """``model.json``: the module tree as built, and its stages in forward order (the last is ``head``)."""

    name: str
    weights: str
    image_size: int
    stages: tuple[str, ...]
    modules: tuple[ModuleRow, ...]

    @cached_property
    def stage_of(self) -> Mapping[str, str]:
        """The stage of every parameter by its dotted name, in order of registration."""
        return {name: row.own_stage or row.stage for row in self.modules for name in row.own}

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many numbers each parameter holds, by its dotted name."""
        return {name: count for row in self.modules for name, count in row.own.items()}


class ClassCount(msgspec.Struct, frozen=True):
    """The images of one class in each split."""

    name: str
    train: int
    val: int
    test: int


class Thumbnail(msgspec.Struct, frozen=True):
    """A small RGB picture: `width` × `height` × 3 bytes, rows from the top, as base64 text in JSON."""

    file: str
    width: int
    height: int
    rgb: bytes
    label: str = ""


class DataPreview(msgspec.Struct, frozen=True):
    """What a session's data holds: classes with counts per split, problems found, and sample pictures."""

    source: str
    classes: tuple[ClassCount, ...]
    image_size: int
    notices: tuple[str, ...]
    samples: tuple[Thumbnail, ...]


class ClassReport(msgspec.Struct, frozen=True):
    """Precision, recall, F1 (fractions) and the number of images of one class."""

    name: str
    precision: float
    recall: float
    f1: float
    images: int


class Metrics(msgspec.Struct, frozen=True):
    """``evaluation/<split>/metrics.json``; `confusion[true][predicted]` counts images."""

    split: Split
    checkpoint: str
    step: int
    images: int
    loss: Number
    accuracy: float
    per_class: tuple[ClassReport, ...]
    confusion: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        """Read what is no number as such."""
        force_setattr(self, "loss", _read(self.loss))


class Prediction(msgspec.Struct, frozen=True, array_like=True):
    """One image: its file (or name in the data set), true and predicted class, probability of the predicted one."""

    file: str
    label: str
    predicted: str
    probability: float


class WeightFacts(msgspec.Struct, frozen=True):
    """A parameter in a checkpoint: its form, SHA-256 of its bytes, and counts of its values from `low` to `high`.

    `unfinite` counts values that are no number or infinite; the histogram is empty where all others are alike.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: str
    low: float
    high: float
    histogram: tuple[int, ...]
    unfinite: int = 0


class Request(msgspec.Struct, frozen=True):
    """A question to the engine: a method's name with its arguments."""

    id: int
    method: str
    params: dict[str, Any] = {}


class Reply(msgspec.Struct, frozen=True):
    """The engine's answer: a result, or an error with its hint."""

    id: int
    result: Any = None
    error: str = ""
    hint: str = ""


encode = msgspec.json.Encoder().encode
_EVENTS = msgspec.json.Decoder(Event)
decode_event: Callable[[bytes], Event] = _EVENTS.decode
decode_events: Callable[[bytes], list[Event]] = _EVENTS.decode_lines
decode_command: Callable[[bytes], Command] = msgspec.json.Decoder(Command).decode
