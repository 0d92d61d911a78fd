"""Starting a run's worker, saying what its journal says, and what follows from how it ends.

A worker is always detached; following it is reading its journal. An interrupt of who started it asks the worker to
stop with a checkpoint.
"""

import subprocess

import typer

from workbench import launch
from workbench import run as runs
from workbench.actions import Stop
from workbench.cli_common import note, print_json, say
from workbench.errors import BadInput, ThawError
from workbench.plain import End, Say, final_report, follow
from workbench.protocol import Failed
from workbench.run import RunFolder

INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


def start_and_follow(found: RunFolder, *, detach: bool, as_json: bool) -> None:
    """Start the run's worker and, unless detached, say what its journal says until it ends."""
    told: Say = note if as_json else say
    offset = found.events.stat().st_size
    worker = launch.start(found)
    told(f"run      {found.path}")
    if detach:
        if as_json:
            print_json({"run": found.name, "path": str(found.path), "pid": worker.pid})
        else:
            say(
                f"trains detached: thaw attach {found.name}, thaw tell {found.name} …, thaw stop {found.name}"
            )
        return
    try:
        end = follow(found, told, lambda: worker.poll() is None, offset)
    except KeyboardInterrupt:
        interrupted(found, worker)
    conclude(found, end, worker.returncode, as_json=as_json)


def interrupted(found: RunFolder, worker: subprocess.Popen[bytes]) -> None:
    """Ask the worker to stop with a checkpoint and wait for it; a second Ctrl-C leaves at once."""
    found.tell(Stop())
    note(f"\n{found.name} is asked to stop with a checkpoint; Ctrl-C again leaves it to that")
    try:
        worker.wait()
        note(f"stopped; go on with thaw resume {found.name}")
    except KeyboardInterrupt:
        note(f"left; it stops by itself; go on with thaw resume {found.name}")
    raise typer.Exit(INTERRUPTED)


def conclude(found: RunFolder, end: End | None, code: int, *, as_json: bool) -> None:
    """Print the final report of a run that is over; ThawError where it failed or its worker died."""
    if isinstance(end, Failed):
        error = BadInput if code == BadInput.exit_code else ThawError
        raise error(f"{found.name}: {end.message}", end.hint or f"its worker printed {found.log}")
    if end is None:
        how = f"was killed (signal {-code})" if code < 0 else "ended without a word"
        raise ThawError(
            f"{found.name}: its worker {how}{last_words(found)}",
            f"go on from the last checkpoint with thaw resume {found.name}; all it printed is in {found.log}",
        )
    if as_json:
        metrics = found.metrics("test") or found.metrics("val")
        print_json({**summary_fields(runs.summarise(found)), "reason": end.reason, "metrics": metrics})
        return
    print("\n".join(final_report(found)))
    say(f"\nrun {found.path}: thaw eval {found.name}, thaw predict {found.name} IMAGE…")


def last_words(found: RunFolder) -> str:
    """The last line that the run's worker printed, as an aside, or nothing."""
    try:
        printed = found.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f": {printed[-1][:200]}" if printed and " launched at " not in printed[-1] else ""


def summary_fields(summary: runs.RunSummary) -> dict[str, object]:
    """A run's summary under the keys that ``--json`` prints."""
    return {
        "run": summary.run.name,
        "path": str(summary.run.path),
        "state": summary.state,
        "model": summary.model,
        "step": summary.step,
        "epoch": summary.epoch,
        "epochs": summary.epochs,
        "val_accuracy": summary.val_accuracy,
        "test_accuracy": summary.test_accuracy,
        "modified": summary.modified,
    }
