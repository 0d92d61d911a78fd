"""Following one run: its journal into the view, and the watch over its worker.

A worker that died without a word shows in no journal, so it is looked for once a second; what the screens make of it
is theirs.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from tui.client import follow
from tui.pace import Pace
from tui.workspace import Attached
from workbench.protocol import EpochEnded, Heat, Saved, Steps
from workbench.run import Tail, command_of, events_of, holder_of, is_alive

WATCH_SECONDS = 1.0
READING_SECONDS = 1.0
"""How often a long journal is shown while it is read in: what is drawn meanwhile is drawn for a moment."""

COMES_BY_ITSELF = (Steps, Heat, EpochEnded, Saved)
"""What a run tells again and again, which is shown at the pace that costs the training little."""

Worker = subprocess.Popen[bytes]


async def follow_run(
    attached: Attached,
    worker: Callable[[], Worker | None],
    awaited: Callable[[], bool],
    changed: Callable[[], None],
) -> None:
    """Feed the journal to the view until cancelled.

    `worker` gives the process where this workbench started it; `awaited` says whether it has written nothing yet.
    """
    pace, version, news = Pace(), -1, False
    watched = shown = time.monotonic()
    commands = Tail(attached.run.commands)
    async for events in follow(attached.tail):
        attached.view.feed(*events)
        news = news or not all(isinstance(event, COMES_BY_ITSELF) for event in events)
        now = time.monotonic()
        if not events:
            if not attached.caught_up:
                attached.caught_up, news, version = True, True, -1
                if awaited():
                    attached.view.worker_started()
            _take_commands(attached, commands)
            if now - watched >= WATCH_SECONDS:
                watched = now
                _watch(attached, worker())
                was_gone, attached.gone = attached.gone, not os.access(attached.run.events, os.R_OK)
                if attached.gone != was_gone:
                    news, version = True, -1
        is_due = pace.is_due(news=news) if attached.caught_up else now - shown >= READING_SECONDS
        if is_due and attached.view.version != version:
            version, news, shown = attached.view.version, False, now
            pace.told()
            changed()


def _take_commands(attached: Attached, commands: Tail) -> None:
    """Commands that others sent are pending too, until the journal says what became of them."""
    for line in commands.read():
        command = command_of(line)
        if command is not None and attached.view.is_live:
            attached.view.told(command)


def _watch(attached: Attached, worker: Worker | None) -> None:
    if not worker_is_lost(attached, worker):
        return
    # What it wrote between the last look at the journal and its end counts.
    attached.view.feed(*events_of(attached.tail.read_block()))
    attached.view.worker_lost()


def worker_is_lost(attached: Attached, worker: Worker | None) -> bool:
    """Whether a run that has not ended has no worker any more."""
    if not attached.view.is_live:
        return False
    if worker is not None:
        return worker.poll() is not None
    # Without a lease yet, a worker that someone else started may still be on its way.
    return bool(holder_of(attached.run)) and not is_alive(attached.run)
