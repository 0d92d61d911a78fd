"""What the last checkpoint of a run holds of some parameters: form, digest, and how their values are spread.

Reads only the tensors that are asked for; the training is not disturbed. How it is shown is the screen's part.
"""

from collections.abc import Sequence

import torch
from safetensors import SafetensorError, safe_open

from workbench.core.verify import digest
from workbench.errors import ThawError
from workbench.protocol import WeightFacts
from workbench.run import RunFolder

BINS = 24


def weight_facts(run: RunFolder, names: Sequence[str]) -> list[WeightFacts]:
    """The facts of these parameters, those that the checkpoint has; ThawError where there is none yet."""
    path = run.checkpoint("last") / "model.safetensors"
    try:
        with safe_open(path, framework="pt") as file:
            held = set(file.keys())
            return [_facts(name, file.get_tensor(name)) for name in names if name in held]
    except (FileNotFoundError, SafetensorError) as error:
        raise ThawError(
            f"no weights to look at: {error}", "the first checkpoint comes soon; c asks for one"
        ) from None


def _facts(name: str, tensor: torch.Tensor) -> WeightFacts:
    values = tensor.flatten().float()
    values = values[values.isfinite()]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    # All values alike have no spread: torch would widen an empty range by itself.
    counts = torch.histc(values, BINS, low, high).int().tolist() if low < high else []
    return WeightFacts(
        name=name,
        shape=tuple(tensor.shape),
        dtype=str(tensor.dtype).removeprefix("torch."),
        sha256=digest(tensor),
        low=low,
        high=high,
        histogram=tuple(counts),
        unfinite=tensor.numel() - len(values),
    )
