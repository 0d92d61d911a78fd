"""Which picture is which, across runs: what a store's rows are keyed by.

A file is the same picture while its path, size and times of change are; so a file that was changed, replaced or added
is another one, without reading any. Pictures that are no files bear their source's version and their name.
"""

import os
from collections.abc import Callable
from hashlib import blake2b

from workbench.core.sources import Source


class Identities:
    """The identities (bytes) of a source's pictures, each taken when first asked for, and then kept."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[int, bytes] = {}

    def __call__(self, index: int) -> bytes:
        """The identity of the picture at that index."""
        if index not in self._known:
            self._known[index] = _identity(self._source, index)
        return self._known[index]


def _identity(source: Source, index: int) -> bytes:
    file = source.file(index)
    words = [source.name, source.version, source.items[index].name]
    if file is not None:
        try:
            status = os.stat(file)  # noqa: PTH116
            # The time of change of the inode can't be set by a program, unlike that of the contents.
            words = [
                file,
                str(status.st_size),
                str(status.st_mtime_ns),
                str(status.st_ctime_ns),
            ]
        except OSError:
            words = [file, "missing"]
    return blake2b("\0".join(words).encode(errors="surrogateescape"), digest_size=16).digest()


Identity = Callable[[int], bytes]
