"""What changes at a step boundary: planned edits, repeated ones, new commands, and the settings that follow.

On a resume the edits that the journal says were applied are applied again at the same steps, so that a run killed
at any moment goes on exactly as it would have. Controls (pause, evaluate, stop …) are never repeated.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.actions import (
    Action,
    Edit,
    Freeze,
    Only,
    SetAugment,
    SetBatchNorm,
    SetFlip,
    Stop,
    Thaw,
    describe,
    patterns_of,
)
from workbench.core.freezing import trainable_names
from workbench.errors import BadInput, ThawError
from workbench.plan import check_patterns
from workbench.protocol import Applied, Command, Event, Rejected
from workbench.run import RunFolder, Tail, command_of
from workbench.settings import History, Settings

MOVES = (Thaw, Freeze, Only, SetBatchNorm, SetAugment, SetFlip)
"""Edits after which other layers train, or these in another way."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the schedule, an earlier life or a replayed run puts at a step, with its id."""

    id: str
    action: Edit | Stop


class Control:
    """Reads commands and says what is due at each boundary; holds the history of settings."""

    def __init__(
        self,
        run: RunFolder,
        start: Settings,
        stage_of: Mapping[str, str],
        schedule: Mapping[int, Sequence[Edit]],
        earlier: Sequence[Event],
        replayed: Sequence[Event] = (),
        check: Callable[[Settings], None] = lambda _: None,
    ) -> None:
        self.history = self._start = History(start)
        self._stage_of, self._check = stage_of, check
        self._schedule = schedule
        self._repeat = _by_step([*_replayed(replayed), *_edits(earlier)])
        self._applied = {event.id for event in earlier if isinstance(event, Applied)}
        self._known = {event.id for event in earlier if isinstance(event, Applied | Rejected)}
        self._commands = Tail(run.commands)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.history.now

    def was_applied(self, identity: str) -> bool:
        """Whether an earlier life applied what has this id."""
        return identity in self._applied

    def catch_up(self, step: int) -> None:
        """Fold everything that was in force before `step` into the settings."""
        self.history = self.before(step)

    def before(self, step: int) -> History:
        """What the schedule and what is repeated make of the settings before `step`."""
        history = self._start
        for earlier in sorted({*self._schedule, *self._repeat}):
            for due in self.planned(earlier) if earlier < step else ():
                if isinstance(due.action, Stop):
                    continue
                try:
                    history = self.checked(due.action, history)
                except BadInput:
                    # It was refused the first time for the same reason.
                    continue
        return history

    def next_move(self, step: int) -> int | None:
        """The first step after this one at which the session itself changes what trains or how; None: never."""
        moves = [
            later
            for later, edits in self._schedule.items()
            if later > step and any(isinstance(each, MOVES) for each in edits)
        ]
        return min(moves, default=None)

    def planned(self, step: int) -> Iterator[Planned]:
        """The scheduled edits of a step, then what is applied again."""
        for number, edit in enumerate(self._schedule.get(step, ())):
            yield Planned(f"schedule:{step}.{number}", edit)
        yield from self._repeat.get(step, ())

    def asked(self) -> Iterator[Command]:
        """The commands that came since the last look and were not answered in an earlier life."""
        for line in self._commands.read():
            command = command_of(line)
            if command is not None and command.id not in self._known:
                self._known.add(command.id)
                yield command

    def checked(self, edit: Edit, history: History | None = None) -> History:
        """The history (None: that in force) after an edit; BadInput where it can't be, or leaves nothing trainable.

        `check` of this control has a word on it too.
        """
        check_patterns(patterns_of(edit), self._stage_of)
        after = (history or self.history).after(edit)
        trainable_names(after.now.plan, self._stage_of)
        self._check(after.now)
        return after

    def changed_by(self, after: Settings) -> int:
        """How many parameters change their state when these settings come into force."""
        now = trainable_names(self.settings.plan, self._stage_of)
        return len(now ^ trainable_names(after.plan, self._stage_of))


def _edits(earlier: Sequence[Event]) -> Iterator[tuple[int, Planned]]:
    """The edits of earlier lives with their steps; their controls are over."""
    for event in earlier:
        if isinstance(event, Applied) and not event.id.startswith("schedule:"):
            action = event.action
            if isinstance(action, Edit):
                yield event.step, Planned(event.id, action)


def _replayed(events: Sequence[Event]) -> Iterator[tuple[int, Planned]]:
    """The edits of another run, and the stop that ended it."""
    yield from _edits(events)
    for event in events:
        if isinstance(event, Applied) and isinstance(event.action, Stop):
            yield event.step, Planned(event.id, event.action)


def _by_step(planned: Iterable[tuple[int, Planned]]) -> dict[int, list[Planned]]:
    """What is planned, by step, each id once.

    A later life applies edits again in the same order, so an edit's first place in the journal is its place.
    """
    first: dict[str, tuple[int, Planned]] = {}
    for step, each in planned:
        first.setdefault(each.id, (step, each))
    found: dict[int, list[Planned]] = {}
    for step, each in first.values():
        found.setdefault(step, []).append(each)
    return found


def refusal(error: ThawError, action: Action) -> str:
    """The sentence that tells why an action was not applied."""
    return f"{describe(action)}: {error.message}" + (f"; {error.hint}" if error.hint else "")
