"""The verb report: a run as one HTML file to show and to keep.

What is in it is `workbench.core.report`'s part.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from workbench import run as runs
from workbench.cli_common import JsonOption, RunsOption, print_json, run_and_rest, say
from workbench.errors import BadInput, did_you_mean
from workbench.exports import check_writable
from workbench.garbage import loading_for_good
from workbench.reports import SUFFIXES, check_packages, default_path
from workbench.words import size


def register(app: typer.Typer) -> None:
    """Give the verb of this file to the command line."""
    app.command()(report)


def report(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN] [FILE]",
            help="The run [default: the latest], and the file to write [default: RUN.html here].",
        ),
    ] = None,
    split: Annotated[
        Literal["train", "val", "test"] | None,
        typer.Option(help="Whose evaluation is shown [default: test, or val where test was not evaluated]."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML file of a run: curves, confusion matrix, wrong pictures, session and live edits.

    It holds everything itself and is read without a network. Pictures are embedded small.

    \b
    thaw report RUN
    thaw report RUN bees.html --split val
    """
    run, rest = run_and_rest(words or [], folder)
    path = _target(rest, default_path(run), [one.name for one in runs.list_runs(runs.runs_folder(folder))])
    # Before torch is imported, which takes seconds.
    check_packages()
    check_writable(path, overwrite=force)
    with loading_for_good():
        from workbench.core.report import write_report

    made = write_report(run, path, split, overwrite=force)
    if as_json:
        print_json(made)
    else:
        shown = f"{made.split} evaluation, {made.pictures} wrong pictures" if made.split else "no evaluation"
        say(f"{path}: {size(made.bytes)}, {shown}")


def _target(words: list[str], usual: Path, names: list[str]) -> Path:
    """The file that is meant; BadInput where a word is neither a run nor an HTML file."""
    match words:
        case []:
            return usual
        case [word] if Path(word).suffix.lower() in SUFFIXES:
            return Path(word).expanduser()
        case [word]:
            near = did_you_mean(word, names)
            raise BadInput(
                f"{word}: neither a run nor a file that ends in {SUFFIXES[0]}",
                near or f"thaw report RUN {usual}",
            )
    raise BadInput(f"{words[0]}: no such run, or too many words", "thaw report RUN FILE")
