"""The run folder: create it, append to its two files, read them, hold its lease, list all runs."""

from workbench.run.cleaning import LEAVES, Part, clean, freed, size_of
from workbench.run.course import validation_course
from workbench.run.folder import RunFolder, runs_folder
from workbench.run.folders import check_format, create, delete, exists, find, list_runs
from workbench.run.journal import (
    command_of,
    event_of,
    events_of,
    is_over,
    last_events,
    read_events,
    waiting_commands,
)
from workbench.run.lease import Lease, holder_of, is_alive, is_starting, is_working, launch_line
from workbench.run.lines import Tail, append, cut_torn_line
from workbench.run.record import Record, read_record
from workbench.run.remarks import Remarks, read_remarks, write_remarks
from workbench.run.series import cut_steps, joined_steps, take_steps
from workbench.run.summary import RunSummary, State, state_of, summarise

__all__ = [
    "LEAVES",
    "Lease",
    "Part",
    "Record",
    "Remarks",
    "RunFolder",
    "RunSummary",
    "State",
    "Tail",
    "append",
    "check_format",
    "clean",
    "command_of",
    "create",
    "cut_steps",
    "cut_torn_line",
    "delete",
    "event_of",
    "events_of",
    "exists",
    "find",
    "freed",
    "holder_of",
    "is_alive",
    "is_over",
    "is_starting",
    "is_working",
    "joined_steps",
    "last_events",
    "launch_line",
    "list_runs",
    "read_events",
    "read_record",
    "read_remarks",
    "runs_folder",
    "size_of",
    "state_of",
    "summarise",
    "take_steps",
    "validation_course",
    "waiting_commands",
    "write_remarks",
]
