"""Which precision and memory format a model trains fastest in on this machine, by trying all four.

In a process of its own: who writes a loop knows the answer, and its first steps load their kernels, as Thaw's do.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from tests.benchmarks.peers.model import keep_statistics, model_for
from tests.benchmarks.peers.task import Task

TRIES = 3
GLIMPSE = 8
"""One part in so many of a batch shows which ways are out of the question, as bf16 on a CPU without units for it."""
HOPELESS = 4
"""Times the shortest of these times from which on a way is not tried on whole batches."""


@dataclass(frozen=True, slots=True)
class Way:
    """A precision and a memory format."""

    bf16: bool
    memory_format: torch.memory_format

    def autocast(self) -> AbstractContextManager[object]:
        """The context for the forward pass and the loss."""
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.bf16 else nullcontext()

    def __str__(self) -> str:
        layout = "channels last" if self.memory_format == torch.channels_last else "contiguous"
        return f"{'bf16' if self.bf16 else 'fp32'}, {layout}"


def way_for(task: Task) -> Way:
    """The fastest way for this task."""
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        return other.submit(_fastest_way, task).result()


def _fastest_way(task: Task) -> Way:
    """The way whose fastest training step on random images of the task's shape is the shortest."""
    model, preprocessing = model_for(task)
    keep_statistics(model)
    images = (task.batch_size, 3, preprocessing.image_size, preprocessing.image_size)
    ways = [
        Way(bf16, form) for form in (torch.channels_last, torch.contiguous_format) for bf16 in (True, False)
    ]
    part = (max(images[0] // GLIMPSE, 2), *images[1:])
    glimpses = {way: _seconds(model, part, way, tries=1) for way in ways}
    hopeful = [way for way in ways if glimpses[way] < HOPELESS * min(glimpses.values())]
    return min(hopeful, key=lambda way: _seconds(model, images, way))


def _seconds(model: nn.Module, images: tuple[int, ...], way: Way, tries: int = TRIES) -> float:
    model.to(memory_format=way.memory_format)
    batch = torch.randn(images).to(memory_format=way.memory_format)
    labels = torch.zeros(images[0], dtype=torch.long)
    found = []
    for _ in range(1 + tries):  # the first one warms up
        began = time.perf_counter()
        with way.autocast():
            loss = cross_entropy(model(batch), labels)
        loss.backward()
        found.append(time.perf_counter() - began)
        model.zero_grad(set_to_none=True)
    return min(found[1:])
