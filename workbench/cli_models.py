"""The verb that lists what can be loaded: ``thaw models``."""

import shutil
from typing import Annotated

import msgspec
import typer

from workbench.catalogue import catalogue_lines, is_on_disk, models
from workbench.cli_common import JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Give the verb to the command line."""
    app.command("models")(list_models)


def list_models(
    pattern: Annotated[
        str, typer.Argument(metavar="[FILTER]", help="A part of a name, or a glob; timm:… for timm's.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List the models that can be loaded, with their weights and whether those are on this disk.

    \b
    thaw models                    every classifier of torchvision
    thaw models resnet             those with resnet in their name
    thaw models 'vit_*' --json
    thaw models timm:convnext      timm's, where the extra thaw[timm] is installed
    """
    found = models(pattern)
    if not as_json:
        print("\n".join(catalogue_lines(found, shutil.get_terminal_size().columns)))
        return
    print_json(
        [
            {
                "name": entry.name,
                "parameters": entry.parameters,
                "weights": [
                    {**msgspec.structs.asdict(weights), "on_disk": is_on_disk(weights)}
                    for weights in entry.weights
                ],
            }
            for entry in found
        ]
    )
