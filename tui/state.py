"""RunView: a run as the screens show it, folded from its journal's events.

Pure: no files, no clock, no Textual. Attach, replay and live view all feed the same events here, and whatever
can be derived from what is kept is a property.
"""

from array import array
from collections import deque
from dataclasses import dataclass
from typing import Literal

from tui.heat import HeatView
from tui.log_lines import LogLine, log_line
from tui.proofs import Proofs
from workbench import protocol
from workbench.actions import Checkpoint, Continue, Control, Edit, Evaluate, Pause, Redo, Undo, describe
from workbench.errors import BadInput
from workbench.plan import FreezePlan
from workbench.protocol import Command, Event
from workbench.run import cut_steps, joined_steps, take_steps
from workbench.settings import History, Settings

ViewState = Literal["starting", "running", "paused", "finished", "stopped", "failed", "crashed"]
LOG_LINES = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """An edit in force from `step` on: its text, and whether the session's own schedule made it."""

    step: int
    text: str
    scheduled: bool


class RunView:
    """What the events fed so far say about a run.

    The series hold one number a step, by step from 0: mean loss and accuracy (a fraction) of the batch, base
    learning rate, norm of the gradient, images per second; not-a-number where the journal has a hole. `version`
    counts what was fed, `cuts` how often the series lost their end because steps are taken again, `log_count` all
    log lines ever. `frozenness_is_due` from an edit's `applied` until the worker has told what trains then in fact.
    """

    def __init__(self) -> None:
        self.state: ViewState = "starting"
        self.started: protocol.Started | None = None
        self.loss = array("d")
        self.accuracy = array("d")
        self.lr = array("d")
        self.grad_norm = array("d")
        self.throughput = array("d")
        self.epochs_ended: list[protocol.EpochEnded] = []
        self.evaluations: list[protocol.Evaluated] = []
        self.applied: list[protocol.Applied] = []
        self.frozenness: protocol.Frozenness | None = None
        self.frozenness_is_due = False
        self.proofs = Proofs()
        self.heat = HeatView()
        self.images_per_second = 0.0
        self.progress_message = ""
        self.notices: list[protocol.Notice] = []
        self.pending: dict[str, Command] = {}
        self.finished: protocol.Finished | None = None
        self.failed: protocol.Failed | None = None
        self.log: deque[LogLine] = deque(maxlen=LOG_LINES)
        self.log_count = 0
        self.version = 0
        self.cuts = 0
        self._session_epochs = 0
        self._history: History | None = None
        self._settled: set[str] = set()

    # ---- what is derived ----

    @property
    def step(self) -> int:
        """The step that comes next; so many steps are taken."""
        return len(self.loss)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch; 0 before the worker has started."""
        return self.started.steps_per_epoch if self.started else 0

    @property
    def epochs(self) -> int:
        """Epochs of the whole run, as the applied edits leave them."""
        return self._history.now.epochs if self._history else self._session_epochs

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        return self.epochs * self.steps_per_epoch

    @property
    def epoch(self) -> int:
        """The epoch of the next step, from 1; 0 before the worker has started."""
        return min(self.step // self.steps_per_epoch + 1, self.epochs) if self.steps_per_epoch else 0

    @property
    def best(self) -> protocol.Evaluated | None:
        """The evaluation with the lowest validation loss at an epoch's end so far."""
        return next((found for found in reversed(self.evaluations) if found.best), None)

    @property
    def marks(self) -> list[Mark]:
        """Every edit in the order of its step."""
        return [
            Mark(event.step, describe(event.action), event.id.startswith("schedule:"))
            for event in self.applied
            if not isinstance(event.action, Control)
        ]

    @property
    def edits(self) -> list[Edit]:
        """The edits that were applied, in order; folded into a `History` they give the settings in force."""
        return [event.action for event in self.applied if not isinstance(event.action, Control)]

    @property
    def trainable(self) -> tuple[str, ...]:
        """Names of the parameters that train in fact, in forward order."""
        return self.frozenness.trainable if self.frozenness else ()

    @property
    def trainable_parameters(self) -> int:
        """How many numbers train in fact."""
        return self.frozenness.trainable_parameters if self.frozenness else 0

    @property
    def total_parameters(self) -> int:
        """How many numbers the model has; 0 before the worker has started."""
        return self.started.total_parameters if self.started else 0

    @property
    def seconds_left(self) -> float | None:
        """Seconds of training left at the present rate, without evaluations; None before the first step."""
        if not self.started or self.images_per_second <= 0:
            return None
        images = self.started.images.get("train", 0) / max(1, self.steps_per_epoch)
        return (
            max(0, self.total_steps - self.step)
            * (images or self.started.batch_size)
            / self.images_per_second
        )

    @property
    def is_live(self) -> bool:
        """Whether a worker is at it, as far as the view knows."""
        return self.state in ("starting", "running", "paused")

    def last_evaluation(self, split: str) -> protocol.Evaluated | None:
        """The latest evaluation of a split."""
        return next((found for found in reversed(self.evaluations) if found.split == split), None)

    # ---- what is fed ----

    def feed(self, *events: Event) -> None:
        """Take events in, in the order of the journal."""
        self.version += bool(events)
        for piece in joined_steps(events):
            if isinstance(piece, list):
                self._take_steps(piece)
            else:
                self._take(piece)

    def _take(self, event: Event) -> None:
        match event:
            case protocol.Heat():
                self.heat.feed(event, self.trainable)
                return
            case protocol.Started():
                self._start(event)
            case protocol.Evaluated() | protocol.EpochEnded() | protocol.Saved():
                self._take_figures(event)
            case protocol.Applied() | protocol.Rejected():
                self._settle(event)
            case protocol.Frozenness():
                self.proofs.follow(self.frozenness, event)
                self.frozenness, self.frozenness_is_due = event, False
            case protocol.Verified() | protocol.Contradicted() | protocol.RateSearched():
                self.proofs.feed(event)
            case protocol.Notice():
                self.notices.append(event)
            case _:
                self._take_state(event)
        line = log_line(event, self.epochs, self.total_parameters)
        if line:
            self.log.append(line)
            self.log_count += 1

    def told(self, command: Command) -> None:
        """Remember a command that was asked of the worker until the journal says what became of it."""
        self.version += 1
        if command.id not in self._settled:
            self.pending[command.id] = command

    def worker_started(self) -> None:
        """Say that a worker was started which has not written anything yet; a run that had ended is taken up again."""
        self.version += 1
        self.state = "starting"

    def worker_lost(self) -> None:
        """Say that no worker lives; a run that had not ended counts as crashed until it is taken up again."""
        if self.is_live:
            self.version += 1
            self.state = "crashed"

    def _start(self, event: protocol.Started) -> None:
        if self.started is None:
            self._session_epochs = event.epochs
        self.started = event
        self.state = "running"
        self.progress_message = ""
        self.finished = self.failed = None
        self.proofs.restart(event.step)
        self._drop_from(event.step)

    def _drop_from(self, step: int) -> None:
        """Forget what a resume at `step` takes again.

        What happened at the boundary before `step` itself is kept: an epoch's evaluation precedes its
        checkpoint. Where the worker does it again, the repeated event replaces the first.
        """
        if step < len(self.loss):
            self.cuts += 1
        cut_steps(self, step)
        self.epochs_ended = [event for event in self.epochs_ended if event.step <= step]
        self.evaluations = [event for event in self.evaluations if event.step <= step]
        self.applied = [event for event in self.applied if event.step <= step]
        self.heat.drop_from(step)
        self._fold_edits()

    def _fold_edits(self) -> None:
        self._history = None
        for edit in self.edits:
            self._fold(edit)

    def _fold(self, edit: Edit) -> None:
        """Follow the settings as far as the run's length goes; the rest starts from the session, not known here."""
        history = self._history or History(
            Settings(FreezePlan(), 0.0, 0.0, 0.0, "frozen", self._session_epochs)
        )
        if isinstance(edit, Undo | Redo):
            try:
                self._history = history.after(edit)
            except BadInput:
                return
        else:
            self._history = history.after(edit)

    def _take_steps(self, lines: list[protocol.Steps]) -> None:
        self.cuts += lines[0].step < len(self.loss)
        take_steps(self, lines)
        rate = self.images_per_second
        for line in lines:
            now = max(0.0, line.images_per_second)
            rate = 0.7 * rate + 0.3 * now if rate else now
        self.images_per_second = rate
        self.progress_message = ""
        self.state = "running"

    def _take_figures(self, event: protocol.Evaluated | protocol.EpochEnded | protocol.Saved) -> None:
        match event:
            case protocol.EpochEnded():
                if self.epochs_ended and self.epochs_ended[-1].epoch == event.epoch:
                    self.epochs_ended.pop()
                self.epochs_ended.append(event)
            case protocol.Evaluated():
                self._replace_evaluation(event)
                self._forget_pending(Evaluate)
            case protocol.Saved():
                self._forget_pending(Checkpoint)

    def _replace_evaluation(self, event: protocol.Evaluated) -> None:
        """Append an evaluation; one of the same kind at the same step was done again after a resume."""
        for index in range(len(self.evaluations) - 1, -1, -1):
            if self.evaluations[index].step < event.step:
                break
            if _same_evaluation(self.evaluations[index], event):
                del self.evaluations[index]
        self.evaluations.append(event)

    def _settle(self, event: protocol.Applied | protocol.Rejected) -> None:
        self._settled.add(event.id)
        self.pending.pop(event.id, None)
        if isinstance(event, protocol.Rejected):
            return
        known = len(self.applied)
        self.applied = [old for old in self.applied if (old.id, old.action) != (event.id, event.action)]
        self.applied.append(event)
        if len(self.applied) == known:
            self._fold_edits()
        elif not isinstance(event.action, Control):
            self._fold(event.action)
        self.frozenness_is_due |= event.changed > 0

    def _take_state(self, event: Event) -> None:
        match event:
            case protocol.Progress():
                self.progress_message = event.message
                if self.state not in ("running", "paused"):
                    self.state = "starting"
            case protocol.Paused():
                self.state = "paused"
                self._forget_pending(Pause)
            case protocol.Continued():
                self.state = "running"
                self._forget_pending(Continue)
            case protocol.Finished():
                self.finished = event
                self.state = "stopped" if event.reason == "stopped" else "finished"
                self.pending.clear()
            case protocol.Failed():
                self.failed = event
                self.state = "failed"
                self.pending.clear()

    def _forget_pending(self, kind: type[Evaluate | Checkpoint | Pause | Continue]) -> None:
        """A control is done when its effect is journalled, also where nothing says `applied`."""
        done = next((id_ for id_, command in self.pending.items() if isinstance(command.action, kind)), None)
        if done is not None:
            del self.pending[done]


def _same_evaluation(one: protocol.Evaluated, other: protocol.Evaluated) -> bool:
    """Whether two events tell of one evaluation, done again after a resume."""
    return (one.split, one.step, one.checkpoint, one.epoch_end) == (
        other.split,
        other.step,
        other.checkpoint,
        other.epoch_end,
    )
