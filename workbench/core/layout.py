"""How the tensors that a prefix gives for a batch lie in the rows of a store, one row a picture, and back, bit by bit.

The order of a tensor's dimensions in memory (channels last or not) is kept with it: kernels may round differently on
another one.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch

from workbench.core.row_store import Rows
from workbench.errors import UNDECODABLE

ALIGNMENT = 16
"""Bytes: a multiple of every dtype's size."""


class Part(msgspec.Struct, frozen=True):
    """One tensor: its shape without the batch, its dtype as torch prints it, and whether channels lie last."""

    shape: tuple[int, ...]
    dtype: str
    channels_last: bool

    @property
    def size(self) -> int:
        """Its bytes in a row, padding included."""
        count = int(np.prod(self.shape, dtype=np.int64)) * self.torch_dtype.itemsize
        return -(-count // ALIGNMENT) * ALIGNMENT

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype itself."""
        found: torch.dtype = getattr(torch, self.dtype.removeprefix("torch."))
        return found


class Layout(msgspec.Struct, frozen=True):
    """The tensors of a row, in order, and the sizes of batches in which a picture's row has the same bits."""

    parts: tuple[Part, ...]
    alike: tuple[int, ...]

    @classmethod
    def of(cls, tensors: Sequence[torch.Tensor], alike: Sequence[int]) -> "Layout":
        """The layout of tensors (N, …)."""
        parts = tuple(Part(tuple(each.shape[1:]), str(each.dtype), _channels_last(each)) for each in tensors)
        return cls(parts, tuple(alike))

    @property
    def row_bytes(self) -> int:
        """The bytes of a whole row."""
        return sum(part.size for part in self.parts)

    def pack(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """The tensors as uint8 rows (N, row_bytes), on their device."""
        pieces = []
        for part, tensor in zip(self.parts, tensors, strict=True):
            ordered = tensor.permute(0, 2, 3, 1) if part.channels_last else tensor
            flat = ordered.contiguous().reshape(len(tensor), -1).view(torch.uint8)
            pieces.append(torch.nn.functional.pad(flat, (0, part.size - flat.shape[1])))
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces, 1)

    def unpack(self, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What `pack` was given, from its rows."""
        found, start = [], 0
        for part in self.parts:
            count = int(np.prod(part.shape, dtype=np.int64)) * part.torch_dtype.itemsize
            flat = rows[:, start : start + count].contiguous().view(part.torch_dtype)
            start += part.size
            if part.channels_last:
                channels, height, width = part.shape
                found.append(flat.view(-1, height, width, channels).permute(0, 3, 1, 2))
            else:
                found.append(flat.view(-1, *part.shape))
        return tuple(found)


def read_layout(folder: Path) -> Layout | None:
    """The layout of a store's rows, or None where there is none yet or it is damaged."""
    try:
        return msgspec.json.decode((folder / "layout.json").read_bytes(), type=Layout)
    except (OSError, *UNDECODABLE):
        return None


def write_layout(folder: Path, layout: Layout) -> None:
    """Note the layout in the store's folder; OSError where it can't be written."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".layout.{id(layout)}"
    beside.write_bytes(msgspec.json.encode(layout))
    beside.replace(folder / "layout.json")


def as_rows(packed: torch.Tensor) -> Rows:
    """Packed rows as an array on the CPU."""
    rows: Rows = packed.cpu().numpy()
    return rows


def _channels_last(tensor: torch.Tensor) -> bool:
    """Whether a picture-shaped tensor has its channels last in memory, and not also first."""
    return (
        tensor.dim() == 4
        and tensor.is_contiguous(memory_format=torch.channels_last)
        and not tensor.is_contiguous()
    )
