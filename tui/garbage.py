"""Garbage collection out of the way of the keys.

A full collection looks at every object there is, most of them modules and screens that stay: a tenth of a second in
which no key is taken. What has been loaded to stay is therefore left out of all later ones, and those come seldom:
a screen that is drawn anew makes thousands of short-lived objects, nearly all of which go without being collected.
The others are looked through a moment after the paint, not in the midst of one.
"""

import gc

THRESHOLDS = (50_000, 10, 50)
"""New objects before a young collection by itself, young ones before a middle one, middle ones before a full one."""
WORTHWHILE = 2_000
"""New objects that are looked through in about a millisecond, in a moment in which nothing waits."""


def leave_out_what_is_loaded() -> None:
    """Let later collections look at newer objects only."""
    gc.collect(1)
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def collect_young() -> None:
    """Look through what is new, where there is enough of it; for a moment after a paint."""
    if gc.get_count()[0] >= WORTHWHILE:
        gc.collect(0)
