"""A run as a file for elsewhere: its weights, its network, or its whole session as code."""

from pathlib import Path

from workbench.exports import Exported, check_target, kind_of
from workbench.run import RunFolder


def export(run: RunFolder, path: Path, checkpoint: str = "best", *, overwrite: bool = False) -> Exported:
    """Write a run to a file of the kind that its suffix names, and compare it with the run before it is in place.

    BadInput where the file can't be written or the run has no such checkpoint; ThawError where what was written
    does not do what the run does, and then there is no file.
    """
    check_target(path, overwrite=overwrite)
    kind = kind_of(path)
    if kind in (".py", ".ipynb"):
        from workbench.core.export.code import export_code

        return export_code(run, path, overwrite=overwrite)
    from workbench.core.export.network import export_network

    return export_network(run, path, checkpoint)


__all__ = ["export"]
