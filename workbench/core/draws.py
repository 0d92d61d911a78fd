"""Random draws as a function of what they are for (DESIGN rule 1).

Every draw of a run follows from its seed, a purpose and counters alone, so that resuming, forking and replaying
meet the same draws and no generator state is ever saved.
"""

from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def draw(seed: int, purpose: str, *counters: int | str) -> int:
    """A number in [0, 2**63) that depends on all arguments and on nothing else."""
    words = "\0".join([str(seed), purpose, *map(str, counters)])
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "little") >> 1


def generator(seed: int, purpose: str, *counters: int | str) -> torch.Generator:
    """A CPU generator seeded with the draw of the same arguments."""
    return torch.Generator().manual_seed(draw(seed, purpose, *counters))


def sample_keys(names: list[str]) -> NDArray[np.uint64]:
    """One 64-bit key per sample, made from its name, so that its draws do not depend on its position."""
    return np.array([draw(0, "sample", name) for name in names], dtype=np.uint64)


def uniforms(
    seed: int, purpose: str, epoch: int, keys: NDArray[np.uint64], count: int
) -> NDArray[np.float64]:
    """Numbers in [0, 1), shape (samples, count), each a function of seed, purpose, epoch, sample key and column.

    The mixing function is that of SplitMix64 (Steele, Lea and Flood, 2014).
    """
    base = np.uint64(draw(seed, purpose, epoch))
    columns = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        mixed = (keys ^ base)[:, None] + columns[None, :] * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    numbers: NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return numbers
