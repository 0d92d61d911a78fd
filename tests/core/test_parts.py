"""Out of memory: the batch goes on in smaller parts, with the same result, and says so."""

from collections.abc import Callable

import pytest
import torch

from tests.core.conftest import TINY, events_of, memory_for, stopping_at
from workbench.core.parts import Parts, is_out_of_memory
from workbench.core.worker import work
from workbench.errors import ThawError
from workbench.protocol import Failed, Notice, Steps
from workbench.run import RunFolder

Make = Callable[..., RunFolder]

PLAIN = TINY.replace("dropout = 0.2", "dropout = 0.0")


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def told(run: RunFolder) -> list[str]:
    return [event.message for event in events_of(run, Notice) if "out of memory" in event.message]


def test_parts_that_fit_give_the_losses_of_accumulation_and_are_told_once(make_run: Make) -> None:
    run, parts = (
        make_run(PLAIN, "short"),
        make_run(PLAIN.replace("[train]", "[train]\naccumulate = 4"), "parts"),
    )
    with memory_for(5):
        assert work(run) == 0
    assert work(parts) == 0
    assert told(run) == [
        "out of memory at 16 images: going on in parts of 8",
        "out of memory at 8 images: going on in parts of 4",
    ]
    assert losses(run) == losses(parts)


def test_a_resumed_run_goes_on_in_the_parts_that_were_found(make_run: Make) -> None:
    whole, stopped = make_run(PLAIN, "whole"), make_run(PLAIN, "stopped")
    with memory_for(8):
        assert work(whole) == 0
        with stopping_at(stopped, 4):
            assert work(stopped) == 0
    assert work(stopped) == 0
    assert len(told(stopped)) == 1
    assert losses(stopped) == losses(whole)


def test_norms_that_follow_the_data_are_named(make_run: Make) -> None:
    run = make_run(PLAIN.replace('batchnorm = "frozen"', 'batchnorm = "follow"'))
    with memory_for(8):
        assert work(run) == 0
    assert "normalised by itself" in told(run)[0]


def test_a_single_image_that_does_not_fit_ends_the_run_with_advice(make_run: Make) -> None:
    run = make_run(PLAIN)
    with memory_for(0):
        assert work(run) == 1
    failed = events_of(run, Failed)[0]
    assert failed.message.startswith("out of memory at a single image: CUDA out of memory")
    assert "data.image_size" in failed.hint


def test_other_errors_are_not_taken_for_a_want_of_memory() -> None:
    parts = Parts(1, lambda _text, _step: pytest.fail("told"))

    def wrong(_size: int) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        parts.fitted(4, 0, wrong, lambda: None)
    assert parts.count == 1


@pytest.mark.parametrize("images", [1, 7, 64])
@pytest.mark.parametrize("room", [1, 3, 64])
def test_the_parts_are_the_largest_halves_that_fit(images: int, room: int) -> None:
    said: list[str] = []
    parts = Parts(1, lambda text, _step: said.append(text))

    def attempt(size: int) -> int:
        if size > room:
            raise MemoryError
        return size

    size = parts.fitted(images, 0, attempt, lambda: None)
    assert min(images, room) // 2 < size <= room
    assert bool(said) == (images > room)


def test_nothing_fits() -> None:
    def attempt(_size: int) -> None:
        raise MemoryError

    with pytest.raises(ThawError, match="single image"):
        Parts(1, lambda _text, _step: None).fitted(3, 0, attempt, lambda: None)


def test_the_cpus_allocator_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
