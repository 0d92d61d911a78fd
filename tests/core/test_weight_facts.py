"""Facts of a checkpoint's weights, from a file written here."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from workbench.core.verify import digest
from workbench.core.weight_facts import BINS, weight_facts
from workbench.errors import ThawError
from workbench.run import RunFolder


def test_form_digest_and_spread(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.checkpoint("last").mkdir(parents=True)
    spread = torch.linspace(-1, 1, 240).reshape(10, 24)
    broken = torch.tensor([1.0, float("nan"), float("inf"), 3.0], dtype=torch.bfloat16)
    tensors = {"a.weight": spread, "a.bias": torch.zeros(5), "b": broken}
    save_file(tensors, run.checkpoint("last") / "model.safetensors")
    weight, bias, bad = weight_facts(run, ["a.weight", "a.bias", "b", "of another model"])
    assert (weight.shape, weight.dtype, weight.sha256) == ((10, 24), "float32", digest(spread))
    assert (weight.low, weight.high, len(weight.histogram)) == (-1.0, 1.0, BINS)
    assert sum(weight.histogram) == 240
    assert (bias.histogram, bias.low) == ((), 0.0)
    assert (bad.dtype, bad.unfinite, bad.low, bad.high) == ("bfloat16", 2, 1.0, 3.0)


def test_before_the_first_checkpoint_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ThawError, match="no weights to look at"):
        weight_facts(RunFolder(tmp_path), ["a"])
