"""Rows kept in a device's own memory: what fits there is read without crossing the bus.

Which rows there are, and what they mean, is the store's part (`workbench.core.row_store`).
"""

from collections.abc import Sequence

import torch

SHARE = 0.3
"""The share of a GPU's free memory that one table of rows may take."""


class Resident:
    """At most `capacity` rows of `row_bytes` bytes by key, on a device."""

    def __init__(self, device: torch.device, row_bytes: int, capacity: int) -> None:
        self._table = torch.empty((capacity, row_bytes), dtype=torch.uint8, device=device)
        self._places: dict[bytes, int] = {}

    @classmethod
    def where_it_fits(cls, device: torch.device, row_bytes: int, count: int) -> "Resident | None":
        """A table for `count` rows in the memory of a GPU that has the room; None elsewhere."""
        if device.type != "cuda" or count * row_bytes > torch.cuda.mem_get_info(device)[0] * SHARE:
            return None
        return cls(device, row_bytes, count)

    def has(self, keys: Sequence[bytes]) -> list[bool]:
        """Which of these keys have a row here."""
        return [key in self._places for key in keys]

    def rows(self, keys: Sequence[bytes]) -> torch.Tensor:
        """The rows of these keys, all of which must be here, as uint8 (N, row_bytes) on the device."""
        places = torch.tensor([self._places[key] for key in keys]).to(self._table.device, non_blocking=True)
        return self._table.index_select(0, places)

    def put(self, keys: Sequence[bytes], rows: torch.Tensor) -> None:
        """Keep rows (on any device) as far as there is room; keys that have one keep it."""
        room = len(self._table) - len(self._places)
        new = [number for number, key in enumerate(keys) if key not in self._places][:room]
        if not new:
            return
        first = len(self._places)
        self._table[first : first + len(new)] = rows[new].to(self._table.device)
        self._places.update((keys[number], first + offset) for offset, number in enumerate(new))
