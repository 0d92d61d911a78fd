"""Where and in which arithmetic a run computes: device, precision, threads, and what makes it repeatable."""

import os
import platform
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from workbench.errors import BadInput
from workbench.session import Train

NICENESS = 5
"""What training on the CPU adds to its niceness: about a third of the share of what a user types into."""


@dataclass(frozen=True, slots=True)
class Compute:
    """The chosen device and precision; `notices` says aloud what was not as asked or might surprise."""

    device: torch.device
    device_name: str
    precision: str
    threads: int
    memory_format: torch.memory_format
    notices: tuple[str, ...] = ()

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which the forward pass and the loss run."""
        if self.precision == "fp32":
            return nullcontext()
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float16
        return torch.autocast(self.device.type, dtype=dtype)

    def place_model(self, model: nn.Module) -> nn.Module:
        """The model itself, moved to the device and its memory format."""
        return model.to(self.device).to(memory_format=self.memory_format)

    def place(self, images: torch.Tensor) -> torch.Tensor:
        """Images (N, 3, H, W) on the device, in its memory format."""
        return images.to(self.device, non_blocking=True).contiguous(memory_format=self.memory_format)


def choose(train: Train) -> Compute:
    """The compute of a session; BadInput where the asked device is not there."""
    device = _device(train.device)
    notices: list[str] = []
    if device.type == "cpu" and train.device == "auto":
        notices.append("no GPU found: training on the CPU")
    return Compute(
        device=device,
        device_name=_device_name(device),
        precision=_precision(train.precision, device, notices),
        threads=available_cores(),
        memory_format=torch.channels_last if device.type == "cuda" else torch.contiguous_format,
        notices=tuple(notices),
    )


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        found = f"{torch.cuda.device_count()} CUDA device(s) found"
        raise BadInput(f"train.device: {wanted} is not there ({found})", "use device = 'auto' or 'cpu'")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BadInput("train.device: mps is not there", "use device = 'auto' or 'cpu'")
    return device


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _precision(wanted: str, device: torch.device, notices: list[str]) -> str:
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    if wanted == "auto":
        return "bf16" if has_bf16 else "fp32"
    if wanted == "bf16" and device.type == "cuda" and not has_bf16:
        notices.append("this GPU has no bf16: training in fp32")
        return "fp32"
    if wanted == "fp16" and device.type == "cpu":
        notices.append("fp16 is for GPUs: training in fp32 on the CPU")
        return "fp32"
    return wanted


def available_cores() -> int:
    """The cores that this process may use: its affinity, cut to the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores


def give_way(compute: Compute) -> None:
    """Put this process behind interactive ones where training takes all cores, so that no key waits for a step.

    Training on a GPU keeps its place: there a core that comes late is a GPU that waits. Elsewhere than on Linux
    nothing changes.
    """
    if compute.device.type != "cpu":
        return
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)
        # Where Linux groups processes by session, it weighs the groups against each other first.
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def make_repeatable(compute: Compute) -> None:
    """Set threads and choose kernels whose result is the same every time on this machine.

    See PyTorch's notes on reproducibility; cuBLAS needs its workspace fixed before the first use.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(compute.threads)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
