"""Where and in which arithmetic a run computes: device, precision, memory format, threads, repeatability.

What a session or an earlier life of the run says is decided here; what is left to measuring, which of the arithmetics
is the fastest for this model on this machine, in `workbench.core.compute_choice`.
"""

import os
import platform
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from workbench.errors import BadInput
from workbench.protocol import Started
from workbench.session import Train

NICENESS = 5
"""What training on the CPU adds to its niceness: about a third of the share of what a user types into."""

MEMORY_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
"""PyTorch's memory formats of images and kernels by their names in the journal."""


@dataclass(frozen=True, slots=True)
class Compute:
    """The chosen device and precision; `notices` says aloud what was not as asked or might surprise."""

    device: torch.device
    device_name: str
    precision: str
    threads: int
    memory_format: torch.memory_format
    notices: tuple[str, ...] = ()

    @property
    def memory_format_name(self) -> str:
        """The memory format's name in the journal."""
        return next(name for name, each in MEMORY_FORMATS.items() if each == self.memory_format)

    @property
    def leaves_cores_free(self) -> bool:
        """Whether the CPU has time for something else while the model runs."""
        return self.device.type != "cpu"

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


def choose(train: Train, started: Started | None = None) -> Compute:
    """The compute of a session; BadInput where the asked device is not there.

    `started` is how the run itself, or the one that it repeats, began: on a device of the same kind its memory format
    is taken, and its precision where the session leaves that open, so that the same bits come out.
    """
    device = _device(train.device)
    notices: list[str] = []
    if device.type == "cpu" and train.device == "auto":
        notices.append("no GPU found: training on the CPU")
    precision, memory_format = _precision(train.precision, device, notices), _usual_memory_format(device.type)
    if started is not None and torch.device(started.device).type == device.type:
        memory_format = memory_format_of(started)
        precision = started.precision if train.precision == "auto" else precision
    return Compute(
        device=device,
        device_name=_device_name(device),
        precision=precision,
        threads=available_cores(),
        memory_format=MEMORY_FORMATS[memory_format],
        notices=tuple(notices),
    )


def memory_format_of(started: Started) -> str:
    """The name of the memory format that a run has; journals from before it was told follow the device."""
    return started.memory_format or _usual_memory_format(torch.device(started.device).type)


def _usual_memory_format(device_type: str) -> str:
    return "channels_last" if device_type == "cuda" else "contiguous"


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


def wait(device: torch.device) -> None:
    """Return when the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


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
    # Writing NaN into every new tensor finds reads of memory that was never written: of use to torch's own tests.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
