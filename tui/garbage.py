"""Garbage collection out of the way of the keys.

A full collection looks at every object there is, most of them modules and screens that stay: a tenth of a second in
which no key is taken. What has been loaded to stay is therefore left out of all later ones, and those come seldom:
a screen that is drawn anew makes thousands of short-lived objects, nearly all of which go without being collected.
"""

import gc

THRESHOLDS = (20_000, 20, 50)
"""New objects before a young collection, young ones before a middle one, middle ones before a full one."""


def leave_out_what_is_loaded() -> None:
    """Let later collections look at newer objects only."""
    gc.collect(1)
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
