"""Small real pictures, sessions and runs for the tests of the core."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from workbench.actions import Stop
from workbench.core.worker import work
from workbench.protocol import Applied, Event, encode
from workbench.run import RunFolder, create, read_events

TINY = """
name = "tiny"
seed = 3
[data]
source = "digits"
train_per_class = 4
image_size = 32
batch_size = 16
[model]
name = "shufflenet_v2_x0_5"
weights = "none"
dropout = 0.2
[freeze]
thaw = ["head", "conv5"]
batchnorm = "frozen"
[optimizer]
lr = 3e-3
backbone_lr_scale = 1.0
[train]
epochs = 2
device = "cpu"
"""
"""Three steps an epoch of a small network: about two seconds of training."""


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., RunFolder]:
    """Create a run folder for a session text."""

    def make(text: str = TINY, name: str = "run") -> RunFolder:
        return create(text, "tiny", tmp_path, at=tmp_path / name)

    return make


@pytest.fixture
def train(make_run: Callable[..., RunFolder]) -> Callable[..., RunFolder]:
    """Train a session to its end in this process."""

    def run_it(text: str = TINY, name: str = "run") -> RunFolder:
        run = make_run(text, name)
        assert work(run) == 0, run.events.read_text()[-2000:]
        return run

    return run_it


@contextmanager
def stopping_at(run: RunFolder, step: int) -> Iterator[None]:
    """Inside, a worker of this run stops before that step, as a replay of a stopped run would."""
    run.replay.write_bytes(encode(Applied(id="stop", step=step, action=Stop())) + b"\n")
    yield
    run.replay.unlink()


@contextmanager
def memory_for(images: int) -> Iterator[None]:
    """Inside, a linear layer in training runs out of memory above that many images, as a GPU's allocator says it."""

    def look(module: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        trains = isinstance(module, nn.Linear) and module.training and torch.is_grad_enabled()
        if trains and len(inputs[0]) > images:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = nn.modules.module.register_module_forward_pre_hook(look)
    try:
        yield
    finally:
        hook.remove()


def events_of(run: RunFolder, kind: type) -> list[Event]:
    """The events of one kind in a run's journal."""
    return [event for event in read_events(run.events) if isinstance(event, kind)]


def picture(
    path: Path, colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (40, 30)
) -> Path:
    """A picture of one colour with some noise, written to the path."""
    noise = np.random.default_rng(abs(hash(path.name)) % 2**32).integers(0, 40, (size[1], size[0], 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((np.array(colour) // 2 + noise).clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two classes with twelve pictures each."""
    root = tmp_path / "photos"
    for number in range(12):
        picture(root / "red" / f"{number}.png", (200, 30, 30))
        picture(root / "blue" / f"{number}.jpg", (30, 30, 200))
    return root
