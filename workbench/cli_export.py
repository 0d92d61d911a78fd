"""The verb export: a run as a file for elsewhere.

The file's suffix says what it becomes; making and comparing it is `workbench.core.export`'s part.
"""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli_common import JsonOption, RunsOption, print_json, run_and_rest
from workbench.cli_results import CheckpointOption
from workbench.errors import BadInput
from workbench.exports import KINDS, Exported, check_target
from workbench.garbage import loading_for_good
from workbench.words import percent


def register(app: typer.Typer) -> None:
    """Give the verb of this file to the command line."""
    app.command()(export)


def export(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[RUN] FILE", help="The run [default: the latest], and the file to write."),
    ],
    checkpoint: CheckpointOption = "best",
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a run to a file of another kind, and compare it with the run before it is done.

    \b
    thaw export RUN bees.safetensors    weights, classes, preprocessing; for weights = "bees.safetensors"
    thaw export RUN bees.onnx           the network for ONNX Runtime (pip install 'thaw[onnx]')
    thaw export RUN bees.pt2            the network for torch.export.load
    thaw export RUN bees.py             the whole session as plain PyTorch, live edits included
    thaw export RUN bees.ipynb          the same as a notebook
    """
    run, rest = run_and_rest(words, folder)
    if len(rest) != 1:
        raise BadInput("which file?", f"thaw export {run.name} FILE, with one of {', '.join(KINDS)}")
    path = Path(rest[0]).expanduser()
    # Before torch is imported, which takes seconds.
    check_target(path, overwrite=force)
    with loading_for_good():
        from workbench.core.export import export as exported

    result = exported(run, path, checkpoint, overwrite=force)
    if as_json:
        print_json(result)
    else:
        print("\n".join(lines(result)))


def lines(result: Exported) -> list[str]:
    """What was written and how it compares, for a person."""
    first, *others = result.files
    found = [f"{first}: {KINDS[result.kind]}"]
    if result.split:
        found.append(
            f"loaded again and compared with the {result.checkpoint} checkpoint on {result.images} {result.split} "
            f"images: logits differ by at most {result.max_difference:.1e}, {percent(result.agreement)} of the "
            "labels are the same"
        )
    found += [f"{other}: read by it, keep it beside" for other in others]
    if result.checks:
        found.append(f"compared with the run: {', '.join(result.checks)}")
    return found
