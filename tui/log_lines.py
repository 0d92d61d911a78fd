"""What a run's events say in people's words: one line of the log for each event that a person wants to read.

Pure functions of an event; which lines are kept and how they look is decided elsewhere.
"""

from dataclasses import dataclass
from typing import Literal

from tui.words import plural
from workbench import protocol
from workbench.actions import Control, Stop, describe
from workbench.proof_words import contradicted_line, searched_line, verified_line
from workbench.words import count, duration, percent

Kind = Literal["info", "epoch", "evaluation", "edit", "warning", "error"]
REASONS = {
    "completed": "all epochs are done",
    "stopped": "stopped on request",
    "early-stopping": "stopped early",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log: when it was written (seconds since 1970), what kind it is, and its text."""

    time: float
    kind: Kind
    text: str


def log_line(event: protocol.Event, epochs: int, total_parameters: int) -> LogLine | None:
    """The line for an event, or None for those that only feed charts and figures.

    Of an applied control only a stop has a line; the others show by what comes of them. That the best checkpoint
    is saved goes without saying after an evaluation that is the best so far.
    """
    found = _told(event, epochs) or _changed(event, total_parameters) or _proved(event)
    return LogLine(event.time, *found) if found else None


def _told(event: protocol.Event, epochs: int) -> tuple[Kind, str] | None:
    match event:
        case protocol.Started():
            return "info", _started(event)
        case protocol.Progress():
            return "info", event.message
        case protocol.EpochEnded():
            figures = f"loss {event.loss:.4f} · accuracy {percent(event.accuracy)}"
            return "epoch", f"epoch {event.epoch}/{epochs} · {figures} · {duration(event.seconds)}"
        case protocol.Evaluated():
            return "evaluation", _evaluated(event)
        case protocol.Finished():
            reason = REASONS.get(event.reason, event.reason)
            return "info", f"finished at step {event.step:,}: {reason} ({duration(event.seconds)})"
        case protocol.Failed():
            return "error", f"failed: {event.message}"
    return None


def _changed(event: protocol.Event, total_parameters: int) -> tuple[Kind, str] | None:
    match event:
        case protocol.Applied(action=Stop()):
            return "info", f"step {event.step:,}: asked to stop"
        case protocol.Applied() if not isinstance(event.action, Control):
            return "edit", _applied(event, total_parameters)
        case protocol.Rejected():
            return "warning", f"step {event.step:,}: rejected: {event.message}"
        case protocol.Saved(kind="last"):
            return "info", f"step {event.step:,}: checkpoint saved"
        case protocol.Notice():
            kind: Kind = "info" if event.level == "info" else "error" if event.level == "error" else "warning"
            return kind, event.message
        case protocol.Paused():
            return "info", f"step {event.step:,}: paused"
        case protocol.Continued():
            return "info", f"step {event.step:,}: goes on"
    return None


def _proved(event: protocol.Event) -> tuple[Kind, str] | None:
    match event:
        case protocol.Verified():
            return "error" if event.broken else "evaluation", verified_line(event)
        case protocol.Contradicted():
            return "warning" if event.found else "info", contradicted_line(event)
        case protocol.RateSearched():
            return "evaluation", searched_line(event)
    return None


def _started(event: protocol.Started) -> str:
    verb = "resumed at step " + f"{event.step:,}" if event.step else "training"
    where = f"{event.device} ({event.device_name})" if event.device_name else event.device
    data = f"{plural(event.images.get('train', 0), 'image')}, {len(event.classes)} classes"
    return f"{verb}: {event.model} on {where}, {event.precision} · {data}"


def _evaluated(event: protocol.Evaluated) -> str:
    figures = f"loss {event.loss:.4f} · accuracy {percent(event.accuracy)} · {event.images:,} images"
    weights = "" if event.checkpoint == "current" else f" · {event.checkpoint} checkpoint"
    return f"{event.split}: {figures}{weights}{' · best so far' if event.best else ''}"


def _applied(event: protocol.Applied, total_parameters: int) -> str:
    text = f"step {event.step:,}: {describe(event.action)}"
    if event.id.startswith("schedule:"):
        text += " (scheduled)"
    if not event.trainable_parameters:
        return text
    return f"{text} → {count(event.trainable_parameters)} of {count(total_parameters)} trainable"
