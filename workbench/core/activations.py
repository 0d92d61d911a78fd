"""What a prefix gives for pictures: computed once, kept in a store, and read from there ever after.

The store's folder is named by everything that the values depend on but the picture; a row's key holds the picture and
the view of it. Which part of a model is the prefix is decided in `workbench.core.split`.
"""

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256

import torch

from workbench.core import stores
from workbench.core.compute import Compute
from workbench.core.identities import Identity
from workbench.core.layout import Layout, as_rows, read_layout, write_layout
from workbench.core.resident import Resident
from workbench.core.row_store import KEY_BYTES, RowStore
from workbench.core.split import Split

Read = Callable[[list[int]], tuple[list[int], torch.Tensor]]
"""For indexes of the source: those that can be read, and the model's input for them."""

FEW_BATCHES = 20
"""Of so many batches, trying one in another size takes a twentieth of the time that they all take."""


@dataclass(frozen=True)
class Inputs:
    """What a network is given for a batch: the images it stands for, and its tensors (N, …), one row an image."""

    indexes: list[int]
    tensors: tuple[torch.Tensor, ...]


class _Kept:
    """Rows of one layout, on the disk and, where they fit, in the GPU's memory."""

    def __init__(
        self, layout: Layout, store: RowStore, resident: Resident | None, device: torch.device
    ) -> None:
        self.layout, self.store = layout, store
        self._resident, self._device = resident, device

    def has(self, keys: Sequence[bytes]) -> list[bool]:
        """Which of these keys have a row."""
        on_disk = self.store.has(keys)
        if self._resident is None or all(on_disk):
            return on_disk
        return [a or b for a, b in zip(on_disk, self._resident.has(keys), strict=True)]

    def rows(self, keys: Sequence[bytes]) -> torch.Tensor:
        """The rows of these keys, all of which are there, on the device."""
        if self._resident is not None and all(self._resident.has(keys)):
            return self._resident.rows(keys)
        rows = torch.from_numpy(self.store.rows(keys)).to(self._device, non_blocking=True)
        if self._resident is not None:
            self._resident.put(keys, rows)
        return rows

    def put(self, keys: Sequence[bytes], tensors: Sequence[torch.Tensor]) -> None:
        """Keep rows as far as there is room."""
        packed = self.layout.pack(tensors)
        if self._resident is not None:
            self._resident.put(keys, packed)
        self.store.put(keys, as_rows(packed))


class Activations:
    """The output of one prefix for pictures of one source; `rows` pictures and views of them are expected.

    `weights` is the digest of what the prefix reads.

    Kernels are chosen by shape, and some round a picture's numbers differently in a batch of another size or at another
    place in it (on CPUs: matrices of few rows, as in squeeze-and-excitation). `sizes` are those of the batches that
    will ask; which of them agree to the bit is tried once. A batch of another size is computed as it is, and kept only
    where pictures always come in the same batches (`ordered`). There it matters only once pictures are taken out: it is
    not tried where there are few batches, which are then soon computed anew.
    """

    def __init__(
        self,
        split: Split,
        weights: str,
        compute: Compute,
        identity: Identity,
        inputs: Mapping[str, object],
        rows: int,
        sizes: Collection[int],
        tell: Callable[[str], None],
        *,
        ordered: bool,
    ) -> None:
        self.split = split
        self._compute, self._identity, self._tell = compute, identity, tell
        self._rows, self._sizes, self._ordered = rows, sorted({_enough(size) for size in sizes}), ordered
        self._folder = stores.place(
            "activations", **_depends_on(split, weights, compute, inputs), sizes=self._sizes
        )
        layout = read_layout(self._folder)
        self._kept = self._open(layout) if layout is not None else None

    def missing(self, indexes: Sequence[int], view: int) -> list[int]:
        """Those of the images of a batch for which the prefix has to run in that view."""
        if self._kept is None:
            return list(indexes)
        kept = self._kept.has(self._keys(indexes, view))
        return [index for index, has in zip(indexes, kept, strict=True) if not has]

    def of(self, indexes: Sequence[int], view: int, read: Read) -> Inputs:
        """What the prefix gives for a batch in that view, without the images that can't be read."""
        missing = self.missing(indexes, view)
        if not missing and self._kept is not None:
            rows = self._kept.rows(self._keys(indexes, view))
            return Inputs(list(indexes), self._kept.layout.unpack(rows))
        readable, images = read(missing)
        if len(readable) < len(missing):
            unreadable = set(missing) - set(readable)
            usable = [index for index in indexes if index not in unreadable]
            return self.of(usable, view, read) if usable else Inputs([], ())
        if len(readable) < len(indexes) and not self._agrees(len(indexes)):
            # Where a picture's place in its batch matters, the whole batch is computed as it is.
            readable, images = read(list(indexes))
        fresh = self._computed(images, len(indexes))
        if self._kept is None:
            self._kept = self._create(fresh, images)
        if self._ordered or self._agrees(len(indexes)):
            keys = dict(zip(indexes, self._keys(indexes, view), strict=True))
            self._kept.put([keys[index] for index in readable], fresh)
        if readable == list(indexes):
            return Inputs(readable, fresh)
        return Inputs(list(indexes), self._joined(self._kept, indexes, view, readable, fresh))

    def sync(self) -> None:
        """Begin to put what is new on the disk, for later runs."""
        if self._kept is not None:
            self._tell_why(self._kept.store.begin_sync())

    def close(self) -> None:
        """Put what is new on the disk, and let go of the store."""
        if self._kept is not None:
            self._tell_why(self._kept.store.sync())
            self._kept.store.close()

    def _tell_why(self, failure: str) -> None:
        if failure:
            self._tell(f"what the prefix gives is kept no further: {failure}")

    def _agrees(self, size: int) -> bool:
        return self._kept is not None and _enough(size) in self._kept.layout.alike

    def _keys(self, indexes: Sequence[int], view: int) -> list[bytes]:
        """The keys of a batch's rows: by picture and view, and, where sizes don't agree, by size and place."""
        size = 0 if self._agrees(len(indexes)) else _enough(len(indexes))
        return [
            blake2b(
                self._identity(index) + struct.pack("<qqq", view, size, size and place), digest_size=KEY_BYTES
            ).digest()
            for place, index in enumerate(indexes)
        ]

    def _computed(self, images: torch.Tensor, size: int) -> tuple[torch.Tensor, ...]:
        """What the prefix gives for these images in a batch of that size, which others fill up."""
        lacking = _enough(size) - len(images)
        batch = torch.cat([images, images[:1].expand(lacking, -1, -1, -1)]) if lacking > 0 else images
        with torch.no_grad(), self._compute.autocast():
            given: tuple[torch.Tensor, ...] = self.split.prefix(batch)
        return tuple(each[: len(images)] for each in given)

    def _joined(
        self,
        kept: _Kept,
        indexes: Sequence[int],
        view: int,
        readable: Sequence[int],
        fresh: Sequence[torch.Tensor],
    ) -> tuple[torch.Tensor, ...]:
        """Rows that were there and fresh ones, in the order of a batch whose size agrees with the others'."""
        new = set(readable)
        keys = dict(zip(indexes, self._keys(indexes, view), strict=True))
        old = [index for index in indexes if index not in new]
        rows = torch.cat([kept.rows([keys[index] for index in old]), kept.layout.pack(fresh)])
        place = {index: number for number, index in enumerate([*old, *readable])}
        order = torch.tensor([place[index] for index in indexes], device=rows.device)
        return kept.layout.unpack(rows[order])

    def _create(self, fresh: Sequence[torch.Tensor], images: torch.Tensor) -> _Kept:
        few = self._rows < FEW_BATCHES * len(images)
        layout = Layout.of(fresh, [] if self._ordered and few else self._alike(fresh, images))
        try:
            write_layout(self._folder, layout)
        except OSError as error:
            self._tell(f"what the prefix gives can't be kept: {self._folder}: {error.strerror or error}")
        return self._open(layout)

    def _alike(self, fresh: Sequence[torch.Tensor], images: torch.Tensor) -> list[int]:
        """The sizes in which the prefix gives a picture the same bits as in this batch, at any place.

        Tried with the batch's last pictures first: a kernel that treats the end of a batch in another way shows there.
        """
        own = _enough(len(images))
        flipped = tuple(each.flip(0) for each in fresh)
        smaller = [size for size in self._sizes if size < own]
        alike = [size for size in smaller if _same(self._computed(images.flip(0)[:size], size), flipped)]
        if alike or _same(self._computed(images.flip(0), own), flipped):
            alike.append(own)
        return alike

    def _open(self, layout: Layout) -> _Kept:
        store = stores.open_store(self._folder, layout.row_bytes)
        device = self._compute.device
        resident = Resident.where_it_fits(device, layout.row_bytes, self._rows)
        return _Kept(layout, store, resident, device)


def _enough(size: int) -> int:
    """The size at which a batch is run: a lone picture is doubled (`workbench.core.network`)."""
    return max(2, size)


def _same(some: Sequence[torch.Tensor], all_of_them: Sequence[torch.Tensor]) -> bool:
    return all(torch.equal(each, whole[: len(each)]) for each, whole in zip(some, all_of_them, strict=True))


def _depends_on(
    split: Split, weights: str, compute: Compute, inputs: Mapping[str, object]
) -> dict[str, object]:
    return {
        "structure": sha256(split.structure.encode()).hexdigest(),
        "weights": weights,
        "inputs": inputs,
        "precision": compute.precision,
        "memory_format": str(compute.memory_format),
        "device": [compute.device.type, compute.device_name, compute.threads],
        "torch": torch.__version__,
    }
