"""Garbage collection out of the way of the keys.

A full collection looks at every object there is, most of them modules and screens that stay: a tenth of a second in
which no key is taken. What has been loaded to stay is therefore left out of all later ones.
"""

import gc


def leave_out_what_is_loaded() -> None:
    """Let later collections look at newer objects only."""
    gc.collect(1)
    gc.freeze()
