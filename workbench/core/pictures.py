"""Decoded pictures: read by a pool of threads, kept in memory where they fit, handed out in batches ahead of use.

A picture that can't be read is left out of its batch, told once, and never tried again.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch

from workbench.core.preprocess import Preprocessing
from workbench.core.sources import Source, UnreadablePicture

KEPT_BYTES = 2 << 30
"""Pictures are kept in memory while all of them together take at most this many bytes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Indexes of the source's images that could be read, and their pictures as uint8 (N, 3, stored, stored)."""

    indexes: list[int]
    images: torch.Tensor


class Pictures:
    """The pictures of a source at one preprocessing; safe to call from one thread at a time."""

    def __init__(
        self, source: Source, preprocessing: Preprocessing, threads: int, on_unreadable: Callable[[str], None]
    ) -> None:
        self._source = source
        self._preprocessing = preprocessing
        self._pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="decode")
        self._on_unreadable = on_unreadable
        self._unreadable: set[int] = set()
        shape = (3, preprocessing.stored_size, preprocessing.stored_size)
        total = len(source.items) * shape[0] * shape[1] * shape[2]
        # Memory is taken up only where a picture is written.
        self._kept = (
            torch.empty((len(source.items), *shape), dtype=torch.uint8) if total <= KEPT_BYTES else None
        )
        self._filled = torch.zeros(len(source.items), dtype=torch.bool)

    def batch(self, indexes: Sequence[int]) -> Batch:
        """The readable ones among these images, in the order asked for."""
        wanted = [index for index in indexes if index not in self._unreadable]
        missing = [index for index in wanted if not self._filled[index]]
        fresh = dict(zip(missing, self._pool.map(self._read, missing), strict=True))
        readable = [index for index in wanted if fresh.get(index, self) is not None]
        self._unreadable.update(index for index in missing if fresh[index] is None)
        if self._kept is None:
            stored = self._preprocessing.stored_size
            images = [picture for index in readable if (picture := fresh[index]) is not None]
            return Batch(readable, torch.stack(images) if images else torch.empty(0, 3, stored, stored))
        for index, picture in fresh.items():
            if picture is not None:
                self._kept[index] = picture
                self._filled[index] = True
        return Batch(readable, self._kept[torch.tensor(readable, dtype=torch.long)])

    def ahead(self, batches: Sequence[Sequence[int]], depth: int = 2) -> Generator[Batch]:
        """The batches in order, each read while the ones before it are used."""
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as reader:
            waiting: list[Future[Batch]] = []
            try:
                for indexes in batches:
                    waiting.append(reader.submit(self.batch, indexes))
                    if len(waiting) > depth:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for future in waiting:
                    future.cancel()

    def _read(self, index: int) -> torch.Tensor | None:
        try:
            return self._preprocessing.picture_tensor(self._source.open(index))
        except UnreadablePicture as error:
            self._on_unreadable(str(error))
            return None
