"""What was done to a run while it trained, read from its journal, so that another run can do the same.

A replay is a file in the new run's folder: how the other run started, from where on its steps were compiled, and
`applied` events, each of which the worker applies at the same step. Whether the weights come out equal is the worker's
business.
"""

from workbench.actions import Control
from workbench.errors import ThawError
from workbench.protocol import Applied, Compiled, Event, Started, encode
from workbench.run import RunFolder, read_events

SCHEDULED = "schedule:"
"""How the ids of a session's own edits begin; everything else was asked by a person or a script."""


def applied(run: RunFolder) -> list[Applied]:
    """Every applied action of a run in order of its step.

    A worker that takes a run up again applies some actions a second time, in the order of the first.
    """
    found: dict[tuple[str, str], Applied] = {}
    for event in read_events(run.events):
        if isinstance(event, Applied):
            found.setdefault((event.id, repr(event.action)), event)
    return sorted(found.values(), key=lambda event: event.step)


def is_live(event: Applied) -> bool:
    """Whether a person or a script asked for it while the run trained."""
    return not event.id.startswith(SCHEDULED)


def replayed(run: RunFolder) -> list[Applied]:
    """What a replay of the run applies: its live edits. Pauses, evaluations and stops change no weight."""
    return [event for event in applied(run) if is_live(event) and not isinstance(event.action, Control)]


def prepare(run: RunFolder, other: RunFolder) -> int:
    """Let the new `run` repeat what was done to `other`; returns how many edits that are."""
    events, all_of_them = replayed(other), list(read_events(other.events))
    start = [event for event in all_of_them if isinstance(event, Started)][:1]
    switches = [event for event in all_of_them if isinstance(event, Compiled)]
    lines: list[Event] = [*start, *switches, *events]
    try:
        run.replay.write_bytes(b"".join(encode(event) + b"\n" for event in lines))
    except OSError as error:
        raise ThawError(
            f"{run.replay}: can't be written: {error.strerror}", "free space, then try again"
        ) from None
    return len(events)
