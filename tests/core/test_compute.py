"""Where a run computes: what that asks of the process."""

import os

import pytest
import torch

from workbench.core.compute import NICENESS, Compute, give_way


def compute(device: str) -> Compute:
    return Compute(torch.device(device), "test", "fp32", 1, torch.contiguous_format)


def niceness_after(device: str) -> int:
    """How nice a process is after giving way; in a child, since there is no way back."""
    child = os.fork()
    if not child:
        give_way(compute(device))
        os._exit(os.getpriority(os.PRIO_PROCESS, 0))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="Linux tells and takes it there")  # noqa: PTH112
@pytest.mark.parametrize(("device", "expected"), [("cpu", NICENESS), ("cuda", 0)])
def test_only_training_on_the_cpu_gives_way(device: str, expected: int) -> None:
    assert niceness_after(device) == max(expected, os.getpriority(os.PRIO_PROCESS, 0))
