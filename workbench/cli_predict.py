"""The verb that says what pictures show: predict, as lines, JSON or CSV.

Which pictures a word means, and what the model says of them, is `workbench.core.predict`'s part.
"""

import csv
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli_common import JsonOption, RunsOption, print_json, run_and_rest
from workbench.cli_results import CheckpointOption
from workbench.errors import BadInput, ThawError
from workbench.garbage import loading_for_good
from workbench.safe_text import inert
from workbench.words import columns, percent

if TYPE_CHECKING:
    from workbench.core.predict import Result


def register(app: typer.Typer) -> None:
    """Give the verb of this file to the command line."""
    app.command()(predict)


def predict(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[RUN] IMAGE…", help="The run; then pictures, folders or quoted patterns."),
    ],
    checkpoint: CheckpointOption = "best",
    folder: RunsOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a CSV table on stdout.")] = False,
) -> None:
    """Say which class each picture shows, with its probability.

    \b
    thaw predict RUN bee.jpg ant.jpg
    thaw predict photos/ --csv > classes.csv      every picture below a folder, with the latest run
    thaw predict 'photos/**/*.jpg' --json
    """
    if as_json and as_csv:
        raise BadInput("--json and --csv: one or the other", "leave one of them out")
    found, files = run_and_rest(words, folder)
    if not files:
        raise BadInput("which pictures?", f"thaw predict {found.name} IMAGE…")
    # After what can be refused at once: torch takes seconds to import.
    with loading_for_good():
        from workbench.core.predict import predict as predicted

    results = predicted(found, files, checkpoint)
    if as_json:
        print_json(results)
    elif as_csv:
        _print_csv(results)
    else:
        print("\n".join(columns([_row(result) for result in results], "<<>")))
    if any(result.error for result in results):
        raise typer.Exit(ThawError.exit_code)


def _row(result: "Result") -> tuple[str, str, str]:
    return result.file, result.error or result.label, "" if result.error else percent(result.probability)


def _print_csv(results: "list[Result]") -> None:
    """A table for programs: names as they are, but inert where a terminal would show them."""
    shown = inert if sys.stdout.isatty() else str
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("file", "label", "probability", "error"))
    for result in results:
        probability = "" if result.error else f"{result.probability:.6f}"
        table.writerow((shown(result.file), shown(result.label), probability, shown(result.error)))
