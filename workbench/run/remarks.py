"""What a user remarks on a run: tags and a note, in ``remarks.json`` beside the journal.

Nothing about the run follows from it; a file that can't be read counts as none.
"""

import msgspec

from workbench.errors import UNDECODABLE, ThawError
from workbench.run.folder import RunFolder


class Remarks(msgspec.Struct, frozen=True):
    """Tags in the order in which they were given, and a note of one line."""

    tags: tuple[str, ...] = ()
    note: str = ""


def read_remarks(run: RunFolder) -> Remarks:
    """The remarks on a run; empty ones where there are none."""
    try:
        return msgspec.json.decode((run.path / "remarks.json").read_bytes(), type=Remarks)
    except (OSError, *UNDECODABLE):
        return Remarks()


def write_remarks(run: RunFolder, remarks: Remarks) -> None:
    """Put these remarks in place of the ones before; ThawError where they can't be written."""
    path = run.path / "remarks.json"
    beside = path.with_name(".remarks.new")
    try:
        beside.write_bytes(msgspec.json.encode(remarks))
        beside.replace(path)
    except OSError as error:
        raise ThawError(
            f"{path}: can't be written: {error.strerror}", "free space or correct its permissions"
        ) from None
