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
from workbench.run import Tail, command_of, event_of, holder_of, is_alive

WATCH_SECONDS = 1.0

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
    pace, watched, version, news = Pace(), time.monotonic(), -1, False
    commands = Tail(attached.run.commands)
    async for events in follow(attached.tail):
        for event in events:
            attached.view.feed(event)
            news = news or not isinstance(event, COMES_BY_ITSELF)
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
        if pace.is_due(news=news) and attached.view.version != version:
            version, news = attached.view.version, False
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
    for line in attached.tail.read():
        event = event_of(line)
        if event is not None:
            attached.view.feed(event)
    attached.view.worker_lost()


def worker_is_lost(attached: Attached, worker: Worker | None) -> bool:
    """Whether a run that has not ended has no worker any more."""
    if not attached.view.is_live:
        return False
    if worker is not None:
        return worker.poll() is not None
    # Without a lease yet, a worker that someone else started may still be on its way.
    return bool(holder_of(attached.run)) and not is_alive(attached.run)
