"""What was done to a run by hand becomes a session that does the same unattended.

The live edits are folded into the settings that they led to, undo and redo resolved, and each change of settings
becomes one ``[[schedule]]`` entry at its step; corrections of images hold from its start, as fields of the data. The
session's own text, comments included, stays as it is.
"""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from workbench import corrected_run, session_file
from workbench.actions import Control, Correction, Edit, Redo, ReestimateBatchNorm, RollBack, Undo, describe
from workbench.errors import BadInput
from workbench.plan import cover, matches
from workbench.replay import applied, is_live
from workbench.run import RunFolder
from workbench.session import ScheduledEdits, Session
from workbench.settings import History, Settings

PLAIN_SETTINGS = ("lr", "weight_decay", "clip_grad_norm", "batchnorm", "epochs", "augment", "flip")
"""What a schedule entry sets by a key of the same name; plan and rate multipliers are told by patterns."""


def kept(run: RunFolder) -> str:
    """The run's session as TOML text, with its live edits as a schedule; BadInput where it can't be read."""
    text = session_file.read_text(run.session)
    session = session_file.parse(text, str(run.session))
    entries, corrected = scheduled_edits(run, session), corrected_run.of_run(run, session)
    if not entries and corrected == session:
        return text
    schedule = (*session.schedule, *(entry for entry, _ in entries))
    comments = {len(session.schedule) + place: note for place, (_, note) in enumerate(entries)}
    return session_file.updated(text, corrected.model_copy(update={"schedule": schedule}), comments)


def keep(run: RunFolder, path: Path, *, overwrite: bool = False) -> int:
    """Write the kept session to a file; returns how many entries its schedule has more than the run's session."""
    if path.exists() and not overwrite:
        raise BadInput(f"{path}: exists already", "give another file, or --force to replace it")
    text = kept(run)
    before, after = session_file.load(run.session), session_file.parse(text, str(path))
    session_file.write_text(text, path)
    return len(after.schedule) - len(before.schedule)


def scheduled_edits(run: RunFolder, session: Session) -> list[tuple[ScheduledEdits, str]]:
    """The schedule entries that the run's live edits amount to, each with the words of the edits it stands for."""
    model = run.model()
    edits = [
        (event.step, is_live(event), event.action)
        for event in applied(run)
        if not isinstance(event.action, Control)
    ]
    if model is None or not any(live for _, live, _ in edits):
        return []
    settings = session.settings(model.stages)
    history = History(settings)
    entries: list[tuple[ScheduledEdits, str]] = []
    for step, group in groupby(edits, key=lambda edit: edit[0]):
        by_hand: list[Edit] = []
        for _, live, edit in group:
            history = history.after(edit)
            if live:
                by_hand.append(edit)
            else:
                settings = settings.after(edit)
        entry = _entry(step, settings, history.now, by_hand, model.stage_of)
        if entry is not None:
            settings = _after(settings, entry)
            entries.append((entry, f"by hand: {', '.join(map(describe, by_hand))}"))
    return entries


def _after(settings: Settings, entry: ScheduledEdits) -> Settings:
    for edit in entry.edits():
        settings = settings.after(edit)
    return settings


def _entry(
    step: int, before: Settings, wanted: Settings, by_hand: list[Edit], stage_of: Mapping[str, str]
) -> ScheduledEdits | None:
    """The entry that leads from `before` to `wanted`; in the user's own words where they are a single edit."""
    match by_hand:
        case []:
            return None
        case [edit] if not isinstance(edit, Undo | Redo | Correction):
            return ScheduledEdits.of(step, edit)
    fields: dict[str, object] = {
        name: getattr(wanted, name)
        for name in PLAIN_SETTINGS
        if getattr(wanted, name) != getattr(before, name)
    }
    fields |= _thawed_and_frozen(before, wanted, stage_of)
    scales = _changed_scales(before, wanted, stage_of)
    if scales:
        fields["lr_scales"] = scales
    fields |= _written(by_hand)
    return ScheduledEdits.model_validate({"step": step, **fields}) if fields else None


def _written(by_hand: list[Edit]) -> dict[str, object]:
    """What edits write into the model; a roll-back, which comes first, makes void what was estimated before it."""
    kinds = [type(edit) for edit in by_hand]
    if RollBack in kinds:
        last = len(kinds) - kinds[::-1].index(RollBack)
        return {"roll_back": True, **_written(by_hand[last:])}
    return {"reestimate_batchnorm": True} if ReestimateBatchNorm in kinds else {}


def _thawed_and_frozen(before: Settings, wanted: Settings, stage_of: Mapping[str, str]) -> dict[str, object]:
    was = before.plan.trainable(stage_of)
    now = wanted.plan.trainable(stage_of)
    patterns = {"thaw": cover(now - was, stage_of), "freeze": cover(was - now, stage_of)}
    return {key: names for key, names in patterns.items() if names}


def _changed_scales(before: Settings, wanted: Settings, stage_of: Mapping[str, str]) -> dict[str, float]:
    groups: dict[float, list[str]] = {}
    for name, stage in stage_of.items():
        factor = _scale(wanted, name, stage)
        if factor != _scale(before, name, stage):
            groups.setdefault(factor, []).append(name)
    return {pattern: factor for factor, names in groups.items() for pattern in cover(names, stage_of)}


def _scale(settings: Settings, name: str, stage: str) -> float:
    factors = [factor for pattern, factor in settings.lr_scales if matches(pattern, name, stage)]
    return factors[-1] if factors else 1.0
