"""Into how many parts a batch goes through the network, and what happens when a part does not fit into memory.

The session's `train.accumulate` is where it begins. When memory runs out the parts are halved, the same step is tried
again, and the number stays for the rest of the run. How the gradients of parts add up is `workbench.core.steps`'s part.
"""

from collections.abc import Callable
from typing import TypeVar

import torch

from workbench.errors import ThawError

T = TypeVar("T")

_WORDS = ("out of memory", "can't allocate memory", "bad_alloc", "could not create a primitive")
"""How the allocators of GPUs, of the CPU, of the C++ library and of oneDNN complain."""


class Parts:
    """The number of parts of every batch of one run; `tell` takes a sentence and the step at which it is true.

    Parts give the gradient of the whole batch up to rounding, with two exceptions: dropout draws anew for each part,
    and BatchNorms that follow the data see each part by itself (and the pass that did not fit a second time).
    """

    def __init__(self, count: int, tell: Callable[[str, int], None]) -> None:
        self.count = count
        self._tell = tell

    def size(self, images: int) -> int:
        """The images in a part of a batch of that many; the last part may be smaller."""
        return -(-images // self.count)

    def fitted(
        self,
        images: int,
        step: int,
        attempt: Callable[[int], T],
        undo: Callable[[], None],
        note: Callable[[], str] = str,
    ) -> T:
        """What `attempt` gives for a size of part that fits; `undo` drops what an attempt that did not fit has left.

        What `note` gives is said beside the number of parts. ThawError where not even single images fit.
        """
        while True:
            size = self.size(images)
            try:
                return attempt(size)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).partition("\n")[0] or type(error).__name__
            # Outside of the handler nothing holds the frames of the attempt, and with them its tensors.
            undo()
            _empty_caches()
            self._halve(images, size, step, note(), reason)

    def _halve(self, images: int, size: int, step: int, note: str, reason: str) -> None:
        if size == 1:
            raise ThawError(
                f"out of memory at a single image: {reason}",
                "lower data.image_size, freeze more, set train.gradient_checkpointing = true or choose a smaller "
                "model; then thaw resume",
            )
        self.count = -(-images // (size // 2))
        self._tell(f"out of memory at {size} images: going on in parts of {self.size(images)}{note}", step)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _WORDS)


def _empty_caches() -> None:
    """Give back what torch keeps for itself of freed memory; the CPU's allocator keeps nothing."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
