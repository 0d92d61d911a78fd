"""The verbs that use what was trained: eval and keep.

Torch is imported when a verb needs it, so that the others start at once.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from workbench import evaluation_files
from workbench import keep as keeping
from workbench import run as runs
from workbench.cli_common import JsonOption, RunArgument, RunsOption, find_run, note, print_json, say
from workbench.garbage import loading_for_good
from workbench.plain_tables import metrics_lines
from workbench.protocol import Started
from workbench.run import RunFolder

CheckpointOption = Annotated[Literal["best", "last"], typer.Option(help="Whose weights: best or last.")]


def register(app: typer.Typer) -> None:
    """Give the verbs of this file to the command line."""
    app.command("eval")(evaluate)
    app.command()(keep)


def evaluate(
    name: RunArgument = None,
    split: Annotated[
        Literal["train", "val", "test"] | None,
        typer.Option(help="Which images [default: test, or val where there is no test split]."),
    ] = None,
    checkpoint: CheckpointOption = "best",
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write all of it, each prediction too: .json, or .csv with tables beside it.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --save.")] = False,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate a run's checkpoint: loss, accuracy, per-class report and confusion matrix.

    \b
    thaw eval                      the latest run, test split, best checkpoint
    thaw eval RUN --split val --checkpoint last --json
    thaw eval RUN --save bees.csv  predictions; bees-classes.csv, bees-confusion.csv, bees-calibration.csv
    """
    found = find_run(name, folder)
    if save is not None:
        evaluation_files.check_path(save, overwrite=force)
    # After what can be refused at once: torch takes seconds to import.
    with loading_for_good():
        from workbench.core.evaluate_run import evaluate_run

    metrics = evaluate_run(found, split or default_split(found), checkpoint)
    if save is not None:
        predictions = found.predictions(metrics.split)
        for path in evaluation_files.save(found.name, metrics, predictions, save, overwrite=force):
            note(f"wrote {path}")
    if as_json:
        print_json({"run": found.name, **msgspec.structs.asdict(metrics)})
    else:
        print("\n".join(metrics_lines(metrics)))


def default_split(found: RunFolder) -> str:
    """The test split where the run has one, else validation."""
    started = next((event for event in runs.read_events(found.events) if isinstance(event, Started)), None)
    return "test" if started is None or started.images.get("test") else "val"


def keep(
    name: Annotated[str, typer.Argument(metavar="RUN", help="A run folder or its name.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The session file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    folder: RunsOption = None,
) -> None:
    """Save what you did to a run by hand as a session that does the same unattended.

    \b
    thaw keep RUN sessions/mine.toml
    thaw run mine
    """
    found = find_run(name, folder)
    number = keeping.keep(found, file, overwrite=force)
    say(f"{file}: {number} live edits as schedule entries; train it with thaw run {file}")
