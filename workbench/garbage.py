"""Garbage collection out of the way of loading, and what was loaded out of the way of later collections.

A full collection looks at every object there is, nearly all of them parts of modules that stay. While PyTorch is loaded
six of them come by, a sixth of the time that it takes (torch 2.14, Python 3.11); later each would stop training for a
third of a second.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading_for_good() -> Iterator[None]:
    """Collect nothing meanwhile, and leave out for good what is there then; as always where PyTorch is there before."""
    if "torch" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
