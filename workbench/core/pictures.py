"""Decoded pictures: read by a pool of threads, kept in a store on the disk, handed out in batches.

A picture that can't be read is left out of its batch, told once, and never tried again.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from numpy.typing import NDArray

from workbench.core import stores
from workbench.core.compute import Compute
from workbench.core.identities import Identity
from workbench.core.preprocess import Preprocessing
from workbench.core.row_store import KEY_BYTES, RowStore
from workbench.core.sources import Source, UnreadablePicture

Need = Callable[[Sequence[int]], Sequence[int]]
"""For the images of a batch: those whose pictures are needed."""
Pixels = NDArray[np.uint8]
"""Pictures (N, H, W, 3), or one of them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Indexes of images of the source, and the pictures of the `read` ones among them: uint8 (N, 3, stored, stored)."""

    indexes: list[int]
    read: list[int]
    images: torch.Tensor


class Pictures:
    """The pictures of a source at one preprocessing, read anew each time unless a store keeps them.

    Where `compute` is a GPU, batches are read in the background while the ones before them are used. Where the model
    runs on the same cores both would take longer than one after the other: its kernels wait for their slowest thread.
    """

    def __init__(
        self,
        source: Source,
        preprocessing: Preprocessing,
        compute: Compute,
        on_unreadable: Callable[[str], None],
        store: "PictureStore | None" = None,
    ) -> None:
        self._beside = compute.leaves_cores_free
        self._source, self._preprocessing = source, preprocessing
        self._pool = ThreadPoolExecutor(compute.threads, thread_name_prefix="decode")
        self._on_unreadable = on_unreadable
        self._unreadable: set[int] = set()
        self._store = store
        self._lock = threading.Lock()

    def batch(self, indexes: Sequence[int], need: Need = lambda indexes: indexes) -> Batch:
        """These images, without the needed ones that can't be read, in the order asked for."""
        read, images = self.read(need([index for index in indexes if index not in self._unreadable]))
        return Batch([index for index in indexes if index not in self._unreadable], read, images)

    def images(self, batch: Batch, wanted: Sequence[int]) -> tuple[list[int], torch.Tensor]:
        """The pictures of those images of a batch, read now where they were not; without what can't be read."""
        if list(wanted) == batch.read:
            return batch.read, batch.images
        if set(wanted) <= set(batch.read):
            return list(wanted), batch.images[[batch.read.index(index) for index in wanted]]
        return self.read(wanted)

    def read(self, indexes: Sequence[int]) -> tuple[list[int], torch.Tensor]:
        """Those of the images that can be read, in order, and their pictures."""
        with self._lock:
            wanted = [index for index in indexes if index not in self._unreadable]
            if self._store is not None:
                return self._through_store(self._store, wanted)
            found, pixels = self._decode(wanted)
            return found, _tensor(pixels)

    def ahead(
        self, batches: Sequence[Sequence[int]], need: Need = lambda indexes: indexes, depth: int = 2
    ) -> Generator[Batch]:
        """The batches in order; where nothing is read beside, the system alone fetches the next one's files."""
        return self._read_beside(batches, need, depth) if self._beside else self._read_in_turn(batches, need)

    def _read_beside(self, batches: Sequence[Sequence[int]], need: Need, depth: int) -> Generator[Batch]:
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as reader:
            waiting: list[Future[Batch]] = []
            try:
                for indexes in batches:
                    waiting.append(reader.submit(self.batch, indexes, need))
                    if len(waiting) > depth:
                        yield waiting.pop(0).result()
                while waiting:
                    yield waiting.pop(0).result()
            finally:
                for future in waiting:
                    future.cancel()

    def _read_in_turn(self, batches: Sequence[Sequence[int]], need: Need) -> Generator[Batch]:
        for number, indexes in enumerate(batches):
            if number + 1 < len(batches):
                self._fetch(need(batches[number + 1]))
            yield self.batch(indexes, need)

    def _fetch(self, indexes: Sequence[int]) -> None:
        """Have the system read the files of these images where they are not kept, without waiting for it."""
        if not hasattr(os, "posix_fadvise"):
            return
        for index in indexes:
            path = self._source.file(index)
            if path is None or (self._store is not None and self._store.has(index)):
                continue
            with contextlib.suppress(OSError), Path(path).open("rb", buffering=0) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def sync(self) -> str:
        """Begin to put what was decoded on the disk, for later runs; says once why no more of it is kept."""
        why = self._store.rows.begin_sync() if self._store is not None else ""
        return f"decoded pictures are kept no further: {why}" if why else ""

    def close(self) -> None:
        """Put what was decoded on the disk, and let go of it."""
        self._pool.shutdown()
        if self._store is not None:
            self._store.rows.close()

    def _through_store(self, store: "PictureStore", wanted: list[int]) -> tuple[list[int], torch.Tensor]:
        missing = [index for index in wanted if not store.has(index)]
        fresh, pixels = self._decode(missing)
        readable = [index for index in wanted if index not in self._unreadable]
        if fresh == readable:
            return readable, _tensor(pixels)
        if not fresh:
            return readable, _tensor(store.get(readable))
        new = set(fresh)
        old = [index for index in readable if index not in new]
        place = {index: number for number, index in enumerate([*fresh, *old])}
        both = np.concatenate([pixels, store.get(old)])
        return readable, _tensor(both[[place[index] for index in readable]])

    def _decode(self, indexes: Sequence[int]) -> tuple[list[int], Pixels]:
        """Those of the images that can be read, each once, and their pictures; the others are noted."""
        wanted = list(dict.fromkeys(indexes))
        side = self._preprocessing.stored_size
        pixels = np.empty((len(wanted), side, side, 3), np.uint8)
        unreadable = {
            index
            for index, could in zip(wanted, self._pool.map(self._read, wanted, pixels), strict=True)
            if not could
        }
        if unreadable:
            self._unreadable |= unreadable
            pixels = pixels[[index not in unreadable for index in wanted]]
        return [index for index in wanted if index not in unreadable], pixels

    def _read(self, index: int, into: Pixels) -> bool:
        """Decode a picture into its place in a batch, and keep it; whether it can be read."""
        try:
            into[:] = np.asarray(self._preprocessing.stored(self._source.open(index)))
        except UnreadablePicture as error:
            self._on_unreadable(str(error))
            return False
        if self._store is not None:
            self._store.put(index, into)
        return True


def _tensor(pixels: Pixels) -> torch.Tensor:
    """Pixels (N, H, W, 3) as a tensor (N, 3, H, W), which lies in memory in channels_last.

    NumPy has put them together: this runs in the thread that reads ahead, and torch's kernels would give that thread an
    OpenMP team of its own, beside which training waits at each kernel (3 times as long for a small model).
    """
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


class PictureStore:
    """Decoded pictures of a source on the disk, by what they are; shared by all runs that decode in the same way."""

    def __init__(self, identity: Identity, preprocessing: Preprocessing) -> None:
        self._side = preprocessing.stored_size
        decoded = {
            "resize": preprocessing.resize_size,
            "side": self._side,
            "by": str(preprocessing.interpolation),
            "order": "HWC",
        }
        versions = [PIL.__version__, torchvision.__version__]
        self._identity = identity
        self._folder = stores.place("pictures", decoded=decoded, versions=versions)
        self.rows: RowStore = stores.open_store(self._folder, 3 * self._side**2)

    def has(self, index: int) -> bool:
        """Whether the picture is kept."""
        return self.rows.has([self._key(index)])[0]

    def get(self, indexes: Sequence[int]) -> Pixels:
        """The pictures at these indexes, all of which are kept: (N, side, side, 3)."""
        rows = self.rows.rows([self._key(index) for index in indexes])
        return rows.reshape(len(indexes), self._side, self._side, 3)

    def put(self, index: int, pixels: Pixels) -> None:
        """Keep a picture (side, side, 3) if there is room."""
        self.rows.put([self._key(index)], pixels.reshape(1, -1))

    def _key(self, index: int) -> bytes:
        return blake2b(self._identity(index), digest_size=KEY_BYTES).digest()
