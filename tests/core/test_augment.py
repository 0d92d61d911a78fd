import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.augment import Augmentation
from workbench.core.draws import sample_keys
from workbench.core.preprocess import Preprocessing

PREPROCESSING = Preprocessing(40, 32)
KEYS = sample_keys([f"image-{number}" for number in range(6)])
IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (6, 3, 40, 40)).astype(np.uint8))


def changed(kind: str, epoch: int, places: list[int], *, flip: bool = True, seed: int = 1) -> torch.Tensor:
    augmentation = Augmentation(kind, flip, seed, PREPROCESSING)  # type: ignore[arg-type]
    return augmentation.training_input(IMAGES[places], KEYS[places], epoch - 1)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["none", "light", "strong"]), st.integers(1, 9), st.permutations(range(6)))
def test_an_image_is_changed_alike_wherever_it_stands_in_a_batch(
    kind: str, epoch: int, order: list[int]
) -> None:
    whole = changed(kind, epoch, list(range(6)))
    assert torch.equal(changed(kind, epoch, order[:3]), whole[order[:3]])


def test_without_augmentation_an_image_is_the_evaluation_input() -> None:
    expected = PREPROCESSING.evaluation_input(IMAGES)
    assert torch.equal(changed("none", 1, list(range(6)), flip=False), expected)
    mirrored = changed("none", 1, list(range(6)))
    straight = [bool(torch.equal(one, other)) for one, other in zip(mirrored, expected, strict=True)]
    turned = [bool(torch.equal(one, other.flip(-1))) for one, other in zip(mirrored, expected, strict=True)]
    assert all(one or other for one, other in zip(straight, turned, strict=True))


def test_epochs_and_seeds_give_other_changes() -> None:
    places = list(range(6))
    first = changed("light", 1, places)
    assert first.shape == (6, 3, 32, 32)
    assert not torch.equal(first, changed("light", 2, places))
    assert not torch.equal(first, changed("light", 1, places, seed=2))


def test_strong_erases_some_images() -> None:
    erased = changed("strong", 3, list(range(6)))
    assert (erased == 0).any()
