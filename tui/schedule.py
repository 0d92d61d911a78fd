"""A session's schedule as lines that can be typed: what is planned when, and how an entry is changed.

Pure functions over the session's entries; asking for a line and showing them is `tui.screens.schedule`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.actions import Control, Edit, describe, parse, patterns_of
from workbench.errors import BadInput
from workbench.plan import check_patterns, gradual_thaws

if TYPE_CHECKING:
    from workbench.session import ScheduledEdits, Session

EXAMPLE = "epoch 2: thaw layer3; lr 0.0003"
_LINE = re.compile(r"(?:(epoch|step)\s+)?(\d+)\s*:?\s+(.+)", re.IGNORECASE)


def moment(entry: ScheduledEdits) -> str:
    """When an entry comes into force: ``epoch 2``, counted from 1, or ``step 450``, from 0."""
    return f"step {entry.step}" if entry.epoch is None else f"epoch {entry.epoch}"


def line_of(entry: ScheduledEdits) -> str:
    """An entry as `entry_of` reads it back."""
    return f"{moment(entry)}: {'; '.join(describe(edit) for edit in entry.edits())}"


def entry_of(line: str, stage_of: Mapping[str, str]) -> ScheduledEdits:
    """The entry that a typed line asks for; a number alone is an epoch. BadInput says what is expected.

    `stage_of` maps the model's parameters to their stages; where it is empty, patterns are taken as they are.
    """
    from pydantic import ValidationError

    from workbench.session import ScheduledEdits

    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise BadInput("when, and what?", f"for example: {EXAMPLE}")
    kind, number, rest = found.groups()
    values: dict[str, Any] = {(kind or "epoch").lower(): int(number)}
    if values.get("epoch") == 0:
        raise BadInput("epochs count from 1", "step 0 is the first step")
    try:
        for part in filter(None, (part.strip() for part in rest.split(";"))):
            _add(values, _edit(part, stage_of))
        return ScheduledEdits.model_validate(values)
    except ValidationError as error:
        raise BadInput(error.errors()[0]["msg"], f"for example: {EXAMPLE}") from None


def _edit(text: str, stage_of: Mapping[str, str]) -> Edit:
    action = parse(text)
    if isinstance(action, Control):
        raise BadInput(
            f"{text!r} can't be scheduled", "what can be: only, thaw, freeze, lr, lr-scale, epochs …"
        )
    if stage_of:
        check_patterns(patterns_of(action), stage_of)
    return action


def _add(values: dict[str, Any], edit: Edit) -> None:
    """Say in an entry's values what an edit asks for, beside what they say already."""
    from workbench.session import ScheduledEdits

    try:
        entry = ScheduledEdits.of(0, edit)
    except TypeError:
        raise BadInput(
            f"{describe(edit)!r} can't be scheduled", "say what should be in force instead"
        ) from None
    for key, value in entry.model_dump(exclude_defaults=True, exclude={"step"}).items():
        if isinstance(value, tuple):
            values[key] = (*values.get(key, ()), *value)
        elif isinstance(value, dict):
            values[key] = {**values.get(key, {}), **value}
        else:
            values[key] = value


def later(entry: ScheduledEdits, by: int) -> ScheduledEdits:
    """The entry so many epochs or steps later (earlier for less than 0), not before the first."""
    if entry.epoch is not None:
        return entry.model_copy(update={"epoch": max(1, entry.epoch + by)})
    return entry.model_copy(update={"step": max(0, (entry.step or 0) + by)})


def placed(
    entries: Sequence[ScheduledEdits], entry: ScheduledEdits
) -> tuple[tuple[ScheduledEdits, ...], int]:
    """The entries with one more, behind those that come no later than it, and its place; the others stay in order."""
    place = 0
    for number, other in enumerate(entries, start=1):
        if _order(other) <= _order(entry):
            place = number
    return (*entries[:place], entry, *entries[place:]), place


def _order(entry: ScheduledEdits) -> tuple[bool, int]:
    """Epochs before steps: which step an epoch begins with is known only when the data is."""
    return entry.epoch is None, entry.step or 0 if entry.epoch is None else entry.epoch


def by_strategy(session: Session, stages: Sequence[str]) -> list[str]:
    """What the strategy plans by itself, as lines that can't be changed here."""
    if session.strategy != "gradual" or session.freeze.thaw is not None:
        return []
    return [f"epoch {epoch}: thaw {stage}" for epoch, stage in gradual_thaws(stages, session.train.epochs)]
