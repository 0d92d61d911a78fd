"""The verb that examines a data set: doctor.

What it finds is `workbench.core.doctor`'s part, how that reads `workbench.findings`'s.
"""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli_common import JsonOption, note, print_json, say
from workbench.findings import report_lines
from workbench.garbage import loading_for_good


def register(app: typer.Typer) -> None:
    """Give the verb of this file to the command line."""
    app.command()(doctor)


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder of images, or a label file (.csv, .parquet).")
    ],
    labels: Annotated[
        bool, typer.Option(help="Also look for wrong labels, with a network's features; takes longer.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Examine a data set: what can't be read, is there twice, leaks between splits, or is labelled wrong.

    Findings are no failure: the exit code is 0, and 2 where there is no data set to examine.

    \b
    thaw doctor photos/
    thaw doctor photos/ --json > report.json
    thaw doctor labels.csv --no-labels
    """
    with loading_for_good():
        from workbench.core.doctor import examine
        from workbench.core.sources import open_source

    report = examine(open_source(str(folder)), labels=labels, say=lambda line: note(f"{line} …"))
    if as_json:
        print_json(report)
    else:
        say("\n".join(report_lines(report)))
