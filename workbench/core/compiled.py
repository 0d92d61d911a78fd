"""The compiled form of what trains: kernels that torch.compile makes for one network and one size of batch.

Decided here: how it is compiled, so that the same kernels come out in every process and draw what the usual ones draw.
Whether and when a run takes it is `workbench.core.compilation`'s part. Nothing of the compiler is loaded before it is
asked for.
"""

import os
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from workbench import cache
from workbench.core.split import RANDOM_MODULES

FEW_NODES = 64
"""Calls in a suffix up to which a GPU waits more for being told what to do than it computes."""


class CompiledNetwork:
    """A network that takes tensors of just `rows` rows; its kernels are made when it is called first.

    It shares the network's modules and parameters, and is right only as long as these train, draw and update statistics
    in the same way.
    """

    def __init__(
        self, network: nn.Module, rows: int, memory_format: torch.memory_format, *, graphs: bool
    ) -> None:
        self.rows = rows
        self._format, self._graphs = memory_format, graphs
        self._call: Callable[..., Any] = torch.compile(
            network, fullgraph=True, dynamic=False, options=_options(graphs=graphs)
        )

    def __call__(self, *tensors: torch.Tensor) -> object:
        """The network's output for these inputs."""
        ordered = [_in_order(each, self._format) for each in tensors]
        if not self._graphs:
            return self._call(*ordered)
        # The next replay of a CUDA graph writes where this one's output lies.
        torch.compiler.cudagraph_mark_step_begin()
        output = self._call(*ordered)
        if isinstance(output, torch.Tensor):
            return output.clone()
        return type(output)(*(each.clone() if each is not None else None for each in output))


def _options(*, graphs: bool) -> dict[str, Any]:
    """Inductor's settings for kernels that depend on the network alone."""
    # In the user's cache, kernels outlive a restart, and nobody else writes there.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache.folder().with_name("compiled")))
    from torch._inductor import config

    # Dropout draws what it draws in the usual steps (DESIGN rule 1).
    options: dict[str, Any] = {"fallback_random": True}
    if hasattr(config, "deterministic"):
        # Triton's kernels are else chosen by timing them, and a sum over other blocks rounds differently.
        options["deterministic"] = True
    if graphs:
        options["triton.cudagraphs"] = True  # what mode = "reduce-overhead" consists of
    return options


def _in_order(tensor: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
    """The tensor with the strides that its shape and the memory format give, whoever made it.

    Kernels are made for strides, and those of a dimension of size 1 are anybody's guess.
    """
    order = memory_format if tensor.dim() == 4 else torch.contiguous_format
    wanted = torch.empty(tensor.shape, device="meta", memory_format=order).stride()
    if tensor.stride() == wanted:
        return tensor
    return tensor.new_empty(0).new_empty_strided(tensor.shape, wanted).copy_(tensor)


def takes_graphs(network: nn.Module, device: torch.device) -> bool:
    """Whether CUDA graphs pay: a short suffix on a GPU, in which nothing draws at random.

    Launching its kernels takes longer than running them; a graph launches all of them at once. This branch follows
    PyTorch's notes on CUDA graph trees and has not been run on a GPU yet.
    """
    if device.type != "cuda" or not isinstance(network, fx.GraphModule):
        return False
    draws = any(each.training and isinstance(each, RANDOM_MODULES) for each in network.modules())
    return not draws and len(network.graph.nodes) <= FEW_NODES


def forget() -> None:
    """Let go of all that was compiled in this process; the files of the kernels stay."""
    torch.compiler.reset()
