import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional

from workbench.core.weights import usual_preprocessing


def photo(width: int, height: int, seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8))


@pytest.mark.parametrize(
    "model", ["resnet18", "efficientnet_b0", "vit_b_16", "swin_t", "inception_v3", "regnet_y_400mf"]
)
@settings(max_examples=8, deadline=None)
@given(st.integers(40, 500), st.integers(40, 500), st.integers(0, 99))
def test_evaluation_input_is_what_the_weights_own_preset_gives(
    model: str, width: int, height: int, seed: int
) -> None:
    picture = photo(width, height, seed)
    ours = usual_preprocessing(model)
    preset = torchvision.models.get_model_weights(model).DEFAULT.transforms()
    stored = functional.pil_to_tensor(ours.stored(picture))[None]
    for memory_format in (torch.contiguous_format, torch.channels_last):
        images = ours.evaluation_input(stored.contiguous(memory_format=memory_format))
        assert torch.equal(images[0], preset(picture))


@given(st.integers(8, 600))
def test_another_image_size_keeps_the_share_that_is_cut_away(size: int) -> None:
    usual = usual_preprocessing("resnet18")
    changed = usual.at(size)
    assert changed.image_size == size
    assert abs(changed.resize_size / size - 256 / 224) <= 2.1 / size
    assert (changed.resize_size - size) % 4 == 0
