"""The best loop written by hand, with the C library told to keep what was freed, as Thaw's worker tells it.

This is not what people write; it shows how much of Thaw's time against the plain loop comes from there.
"""

import torch

from tests.benchmarks.peers import hand_tuned
from tests.benchmarks.peers.task import Result, Task, contend
from workbench.core.allocator import keep_freed_memory


def train(task: Task) -> Result:
    """Train and validate in turn."""
    keep_freed_memory(torch.device("cpu"))
    return hand_tuned.train(task)


if __name__ == "__main__":
    contend(train)
