"""The verbs that train: demo, run and resume."""

from pathlib import Path
from typing import Annotated

import typer

from workbench import replay, session_file
from workbench import run as runs
from workbench.cli_common import (
    JsonOption,
    OutOption,
    PlainOption,
    RunArgument,
    RunsOption,
    SetOption,
    find_run,
    note,
)
from workbench.cli_follow import start_and_follow
from workbench.errors import BadInput

DetachOption = Annotated[
    bool, typer.Option("--detach", help="Start the run and return; it goes on by itself.")
]


def register(app: typer.Typer) -> None:
    """Give the verbs of this file to the command line."""
    for verb in (demo, run, resume):
        app.command()(verb)


def demo(
    overrides: SetOption = None,
    out: OutOption = None,
    folder: RunsOption = None,
    plain: PlainOption = False,  # noqa: ARG001  (read by the entry point, which comes here only for plain lines)
    as_json: JsonOption = False,
) -> None:
    """Train the embedded example: 1,797 handwritten digits and the bundled pretrained model.

    \b
    thaw demo                      in a terminal: live in the workbench; else plain lines
    thaw demo --set train.epochs=3
    """
    train("digits", overrides or [], out=out, folder=folder, as_json=as_json)


def run(
    session: Annotated[
        str | None,
        typer.Argument(metavar="SESSION", help="A session file, or the name of a bundled one (digits)."),
    ] = None,
    overrides: SetOption = None,
    out: OutOption = None,
    detach: DetachOption = False,
    replayed: Annotated[
        str | None,
        typer.Option("--replay", metavar="RUN", help="Apply what was done to that run, at the same steps."),
    ] = None,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a session and follow it; Ctrl-C stops it with a checkpoint.

    \b
    thaw run digits
    thaw run my.toml --set train.epochs=10 --set optimizer.lr=3e-4
    thaw run digits --detach --out runs/first
    thaw run --replay first        the same session, the same edits: the same weights
    """
    train(session, overrides or [], out=out, detach=detach, replayed=replayed, folder=folder, as_json=as_json)


def resume(
    name: RunArgument = None,
    detach: DetachOption = False,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a run that was stopped, failed or was killed, from its last checkpoint.

    \b
    thaw resume                    the latest run
    thaw resume 20260301-101500-digits --detach
    """
    found = find_run(name, folder)
    if runs.summarise(found).state == "finished" and not runs.waiting_commands(found):
        raise BadInput(
            f"{found.name}: finished, there is nothing left to train",
            f"to train longer: thaw tell {found.name} 'epochs N', then thaw resume {found.name}",
        )
    start_and_follow(found, detach=detach, as_json=as_json)


def train(
    session: str | None,
    overrides: list[str],
    *,
    out: Path | None = None,
    detach: bool = False,
    replayed: str | None = None,
    folder: Path | None = None,
    as_json: bool = False,
) -> None:
    """Make a run of a session and train it."""
    other = find_run(replayed, folder) if replayed is not None else None
    if session is None and other is None:
        raise BadInput("which session?", "give a file or a bundled name: thaw run digits (or --replay RUN)")
    path = other.session if other is not None and session is None else session_file.find(session or "")
    text = session_file.read_text(path)
    wanted = session_file.parse(text, str(path), overrides)
    if overrides:
        text = session_file.updated(text, wanted)
    named = "name" in wanted.model_fields_set or other is not None
    made = runs.create(text, wanted.name if named else path.stem, runs.runs_folder(folder), out)
    if other is not None:
        number = replay.prepare(made, other)
        note(f"replays what was done to {other.name}: {number} edits")
    start_and_follow(made, detach=detach, as_json=as_json)
