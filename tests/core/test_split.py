"""The cut into prefix and suffix: the same function, and nothing that varies before the cut."""

from pathlib import Path

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from workbench.core.freezing import set_trainable, set_training_mode
from workbench.core.heads import head_path
from workbench.core.split import Cutter, Split
from workbench.core.stages import stage_of_parameters

FAMILIES = {
    "resnet18": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "mobilenet_v3_small": 64,
    "shufflenet_v2_x0_5": 64,
    "regnet_y_400mf": 64,
    "convnext_tiny": 64,
    "swin_t": 64,
    "vit_b_16": 32,
    "squeezenet1_1": 64,
}
"""Ten families with the side of the images they are tried on."""


def thawed(model: nn.Module, stages: set[str]) -> set[str]:
    """Thaw just these stages; the parameters that train."""
    stage_of = stage_of_parameters(model, head_path(model))
    names = {name for name, stage in stage_of.items() if stage in stages}
    set_trainable(model, names)
    set_training_mode(model, "frozen")
    return names


def both_ways(model: nn.Module, cut: Split, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The model's output whole and by its parts, with the same draws."""
    torch.manual_seed(1)
    whole = model(images)
    torch.manual_seed(1)
    with torch.no_grad():
        given_on = cut.prefix(images)
    return whole, cut.suffix(*given_on)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_parts_give_what_the_whole_gives_wherever_the_thaw_line_is(name: str) -> None:
    torch.manual_seed(0)
    side = FAMILIES[name]
    options = {"image_size": side} if name.startswith("vit") else {}
    model = torchvision.models.get_model(name, weights=None, **options)
    stages = list(dict.fromkeys(stage_of_parameters(model, head_path(model)).values()))
    cutter, images = Cutter(model, side), torch.randn(3, 3, side, side)
    for count in (1, 2, len(stages) // 2, len(stages) - 1, 1):
        trains = thawed(model, set(stages[-count:]))
        cut = cutter.split(trains)
        assert cut is not None
        assert not trains & set(cut.names)
        whole, parts = both_ways(model, cut, images)
        assert torch.equal(whole, parts)


class Layers(nn.Module):
    """Layers by name, one after the other, with something random, something that mixes a batch, and a shape."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.5)
        self.second = nn.Conv2d(8, 8, 3)
        self.head = nn.Linear(8, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.first(images)).relu()
        x = self.second(self.drop(x))
        count = x.shape[0]
        return self.head(x.mean((2, 3)).reshape(count, -1))


@settings(max_examples=25, deadline=None)
@given(
    trains=st.sets(
        st.sampled_from(["first.weight", "norm.weight", "second.bias", "head.weight", "head.bias"]),
        min_size=1,
    ),
    training=st.booleans(),
    moving_statistics=st.booleans(),
)
def test_nothing_before_the_cut_varies(trains: set[str], training: bool, moving_statistics: bool) -> None:
    torch.manual_seed(2)
    model = Layers()
    set_trainable(model, trains)
    model.train(training)
    model.norm.train(training and moving_statistics)
    moving = trains | ({"norm.running_mean", "norm.running_var"} if model.norm.training else set())
    cut, images = Cutter(model, 12).split(moving), torch.randn(4, 3, 12, 12)
    if cut is None:
        assert {"first.weight", "first.bias"} & moving or training
        return
    before = cut.prefix(images)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in moving:
                parameter.add_(1.0)
    torch.manual_seed(3)
    after = cut.prefix(torch.cat([images, images.flip(0)]))
    assert all(torch.equal(a, b[:4]) for a, b in zip(before, after, strict=True))
    whole, parts = both_ways(model, cut, images)
    assert torch.equal(whole, parts)


def test_a_parameter_that_two_layers_share_trains_in_both() -> None:
    class Tied(Layers):
        def __init__(self) -> None:
            super().__init__()
            self.third = nn.Conv2d(8, 8, 3)
            self.third.weight = self.second.weight

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.head(self.second(self.third(self.first(images))).mean((2, 3)))

    model, images = Tied().eval(), torch.randn(4, 3, 12, 12)
    cut = Cutter(model, 12).split({"second.weight", "head.weight"})
    assert cut is not None
    before = cut.prefix(images)[0]
    with torch.no_grad():
        model.second.weight.add_(1.0)
    assert torch.equal(cut.prefix(images)[0], before)


def test_a_model_that_trains_from_its_first_layer_has_no_prefix() -> None:
    model = Layers()
    set_trainable(model, {name for name, _ in model.named_parameters()})
    assert Cutter(model, 12).split({name for name, _ in model.named_parameters()}) is None


def test_a_model_that_cannot_be_traced_has_no_prefix() -> None:
    class Branches(Layers):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(images if images.sum() > 0 else -images)

    assert Cutter(Branches(), 12).split({"head.weight"}) is None


def test_cutting_leaves_the_statistics_of_norms_that_follow_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = torchvision.models.shufflenet_v2_x0_5(weights=None, num_classes=10)
    moving = thawed(model, {"conv5", "head"})
    model.conv5.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert Cutter(model, 32).split(moving | {name for name in before if name.startswith("conv5")})
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
