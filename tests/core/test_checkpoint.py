from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from workbench.core import checkpoint
from workbench.core.checkpoint import CheckpointState
from workbench.errors import ThawError
from workbench.run import RunFolder


def save(run: RunFolder, value: float, step: int) -> None:
    model = torch.nn.Linear(2, 2)
    torch.nn.init.constant_(model.weight, value)
    checkpoint.save(run, "last", dict(model.state_dict()), CheckpointState(step, 0, ("a", "b")), {})


def test_a_checkpoint_comes_back_by_name(make_run: Callable[..., RunFolder]) -> None:
    run = make_run()
    save(run, 1.0, 5)
    tensors, state = checkpoint.load_model(run, "last")
    assert state == CheckpointState(5, 0, ("a", "b"))
    assert tensors["weight"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    save(run, 2.0, 6)
    assert checkpoint.load_model(run, "last")[1].step == 6
    assert [path.name for path in run.checkpoint("last").parent.iterdir()] == ["last"]


def test_a_full_disk_leaves_the_checkpoint_before(
    make_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    run = make_run()
    save(run, 1.0, 5)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        with pytest.raises(OSError, match=r"."):
            save(run, 2.0, 6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert checkpoint.load_model(run, "last")[1].step == 5
    assert [path.name for path in run.checkpoint("last").parent.iterdir()] == ["last"]


def test_a_kill_between_the_two_renames_loses_nothing(make_run: Callable[..., RunFolder]) -> None:
    run = make_run()
    save(run, 1.0, 5)
    place = run.checkpoint("last")
    place.rename(place.with_name(".last.old"))
    assert checkpoint.load_model(run, "last")[1].step == 5
    save(run, 2.0, 6)
    assert checkpoint.load_model(run, "last")[1].step == 6


def test_no_checkpoint_and_a_damaged_one_are_told(make_run: Callable[..., RunFolder]) -> None:
    run = make_run()
    with pytest.raises(ThawError, match="has no last checkpoint yet"):
        checkpoint.load_model(run, "last")
    save(run, 1.0, 5)
    path: Path = run.checkpoint("last") / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ThawError, match=r"model\.safetensors: damaged"):
        checkpoint.load_model(run, "last")
