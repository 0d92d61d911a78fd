"""Nothing is collected while PyTorch loads; afterwards collections are as usual, and look at what is new alone."""

import subprocess
import sys

LOADING = """
import gc
from workbench.garbage import loading_for_good

collections = []
gc.callbacks.append(lambda phase, _info: collections.append(phase))
with loading_for_good():
    import torch
assert not collections, len(collections)
assert gc.isenabled()
left_out = gc.get_freeze_count()
assert left_out > 100_000, left_out
class Circle: pass
one, gone = Circle(), []
one.itself = one
one.token = type("Token", (), {"__del__": lambda self: gone.append(1)})()
del one
with loading_for_good():
    gc.collect()
assert gone
assert gc.get_freeze_count() <= left_out
"""


def test_what_loads_is_not_collected_and_later_garbage_is() -> None:
    subprocess.run([sys.executable, "-c", LOADING], check=True)
