"""Decoded pictures: read by a pool of threads, kept in a store on the disk, handed out in batches ahead of use.

A picture that can't be read is left out of its batch, told once, and never tried again.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import PIL
import torch
import torchvision

from workbench.core import stores
from workbench.core.identities import Identity
from workbench.core.preprocess import Preprocessing
from workbench.core.row_store import KEY_BYTES, RowStore
from workbench.core.sources import Source, UnreadablePicture

Need = Callable[[Sequence[int]], Sequence[int]]
"""For the images of a batch: those whose pictures are needed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Indexes of images of the source, and the pictures of the `read` ones among them: uint8 (N, 3, stored, stored)."""

    indexes: list[int]
    read: list[int]
    images: torch.Tensor


class Pictures:
    """The pictures of a source at one preprocessing, read anew each time unless a store keeps them."""

    def __init__(
        self,
        source: Source,
        preprocessing: Preprocessing,
        threads: int,
        on_unreadable: Callable[[str], None],
        store: "PictureStore | None" = None,
    ) -> None:
        self._source, self._preprocessing = source, preprocessing
        self._pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="decode")
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
            found = self._decode(wanted)
            return list(found), self._stacked(list(found.values()))

    def ahead(
        self, batches: Sequence[Sequence[int]], need: Need = lambda indexes: indexes, depth: int = 2
    ) -> Generator[Batch]:
        """The batches in order, each read while the ones before it are used."""
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

    def sync(self) -> None:
        """Put what was decoded on the disk, for later runs."""
        if self._store is not None:
            self._store.rows.sync()

    def _through_store(self, store: "PictureStore", wanted: list[int]) -> tuple[list[int], torch.Tensor]:
        missing = [index for index in wanted if not store.has(index)]
        fresh = self._decode(missing)
        store.put(fresh)
        readable = [index for index in wanted if index not in self._unreadable]
        kept = {index for index in readable if store.has(index)}
        if len(kept) == len(readable):
            return readable, store.get(readable, self._shape)
        old = [index for index in readable if index in kept]
        by_index = {**fresh, **dict(zip(old, store.get(old, self._shape), strict=True))}
        return readable, self._stacked([by_index[index] for index in readable])

    def _decode(self, indexes: Sequence[int]) -> dict[int, torch.Tensor]:
        """The pictures that can be read, by index; the others are noted."""
        found = dict(zip(indexes, self._pool.map(self._read, indexes), strict=True))
        self._unreadable.update(index for index, picture in found.items() if picture is None)
        return {index: picture for index, picture in found.items() if picture is not None}

    def _read(self, index: int) -> torch.Tensor | None:
        try:
            return self._preprocessing.picture_tensor(self._source.open(index))
        except UnreadablePicture as error:
            self._on_unreadable(str(error))
            return None

    @property
    def _shape(self) -> tuple[int, int, int]:
        return (3, self._preprocessing.stored_size, self._preprocessing.stored_size)

    def _stacked(self, pictures: Sequence[torch.Tensor]) -> torch.Tensor:
        # Put together by NumPy: this runs in the thread that reads ahead, and torch's kernels would give that thread
        # an OpenMP team of its own, beside which training waits at each kernel (3 times as long for a small model).
        if not pictures:
            return torch.empty((0, *self._shape), dtype=torch.uint8)
        return torch.from_numpy(np.stack([each.numpy() for each in pictures]))


class PictureStore:
    """Decoded pictures of a source on the disk, by what they are; shared by all runs that decode in the same way."""

    def __init__(
        self, identity: Identity, preprocessing: Preprocessing, count: int, tell: Callable[[str], None]
    ) -> None:
        side = preprocessing.stored_size
        decoded = {"resize": preprocessing.resize_size, "side": side, "by": str(preprocessing.interpolation)}
        versions = [PIL.__version__, torchvision.__version__]
        self._identity = identity
        self._folder = stores.place("pictures", decoded=decoded, versions=versions)
        self.rows: RowStore = stores.open_store(
            self._folder, 3 * side * side, count, tell, "the decoded pictures"
        )

    def has(self, index: int) -> bool:
        """Whether the picture is kept."""
        return self.rows.has([self._key(index)])[0]

    def get(self, indexes: Sequence[int], shape: tuple[int, int, int]) -> torch.Tensor:
        """The pictures at these indexes, all of which are kept, as uint8 (N, 3, side, side)."""
        return torch.from_numpy(self.rows.rows([self._key(index) for index in indexes])).view(-1, *shape)

    def put(self, pictures: dict[int, torch.Tensor]) -> None:
        """Keep these pictures by index, as far as there is room."""
        if pictures:
            keys = [self._key(index) for index in pictures]
            self.rows.put(keys, np.stack([each.numpy().reshape(-1) for each in pictures.values()]))

    def _key(self, index: int) -> bytes:
        return blake2b(self._identity(index), digest_size=KEY_BYTES).digest()
