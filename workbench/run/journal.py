"""Reading a run's journal and commands as events and commands.

Lines that can't be read, torn or of a later version, are passed over.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import UNDECODABLE
from workbench.protocol import (
    Applied,
    Command,
    Event,
    Failed,
    Finished,
    Rejected,
    decode_command,
    decode_event,
    decode_events,
)
from workbench.run.folder import RunFolder
from workbench.run.lines import Tail

HEAT = b'{"event":"heat"'
"""How the lines begin that are large, many, and never the last word on anything."""

MOST_READ = 1 << 22


def read_events(path: Path) -> Iterator[Event]:
    """All events of a journal; lines that can't be read (torn, or of a later version) are passed over."""
    tail = Tail(path)
    while block := tail.read_block():
        yield from events_of(block)


def events_of(lines: bytes) -> list[Event]:
    """The events in whole lines, in order; those that can't be read are passed over."""
    try:
        return decode_events(lines)
    except UNDECODABLE:
        return [event for line in lines.split(b"\n") if (event := event_of(line)) is not None]


def event_of(line: bytes) -> Event | None:
    """The event in a line, or None where it can't be read."""
    try:
        return decode_event(line)
    except UNDECODABLE:
        return None


def command_of(line: bytes) -> Command | None:
    """The command in a line, or None where it can't be read."""
    try:
        return decode_command(line)
    except UNDECODABLE:
        return None


def is_over(run: RunFolder) -> bool:
    """Whether the journal's last words are that the run ended."""
    last = last_events(run)
    return bool(last) and isinstance(last[-1], Finished | Failed)


def last_events(run: RunFolder, size: int = 65536) -> list[Event]:
    """The events at the end of a journal, about `size` bytes of them where it has so much; heat is left out."""
    kept: list[bytes] = []
    read = size
    while True:
        try:
            with run.events.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - read))
                lines = file.read().split(b"\n")[1 if end > read else 0 : -1]
        except OSError:
            return []
        kept = [line for line in lines if not line.startswith(HEAT)]
        if read >= min(end, MOST_READ) or sum(map(len, kept)) >= size / 2:
            return events_of(b"\n".join(kept))
        read *= 4


def waiting_commands(run: RunFolder) -> list[Command]:
    """The commands that the journal says nothing of yet."""
    commands = [command_of(line) for line in Tail(run.commands).read()]
    answered = {event.id for event in read_events(run.events) if isinstance(event, Applied | Rejected)}
    return [command for command in commands if command is not None and command.id not in answered]
