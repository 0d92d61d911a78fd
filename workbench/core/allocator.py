"""How the C library hands out memory while a worker trains on the CPU: what was freed is kept for the next tensor.

glibc maps large tensors anew for each use and gives them back at once, so that every step touches all of its pages for
the first time again (a fifth of resnet18's step on two cores). How much memory a step needs is not decided here.
"""

import ctypes
import sys
from contextlib import suppress

import torch

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""The parameters' numbers in glibc's malloc.h; see mallopt(3)."""
NEVER = -1
"""As a threshold: the largest number there is."""


def keep_freed_memory(device: torch.device) -> None:
    """Have this process keep what it frees, up to its own peak, where tensors lie in the C library's memory.

    Nothing changes on a GPU, whose memory torch keeps itself, nor where the C library is not glibc.
    """
    if device.type != "cpu" or not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, NEVER)
