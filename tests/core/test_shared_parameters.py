"""A parameter that two modules share is one parameter, frozen or trainable once; equal values are not the same."""

import torch
from torch import nn

from workbench.core.describe import describe_built
from workbench.core.freezing import set_trainable, trainable_in_fact, trainable_names
from workbench.core.models import BuiltModel
from workbench.core.optim import NamedOptimizer
from workbench.core.preprocess import Preprocessing
from workbench.plan import only
from workbench.session import Optimizer


class Tied(nn.Module):
    """Two layers with the same weight, two with equal ones, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)
        self.other.load_state_dict(self.one.state_dict())
        self.fc = nn.Linear(4, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.conv(images).mean((2, 3))
        for layer in (self.first, self.second, self.one, self.other):
            features = features + layer(features).relu()
        return self.fc(features)


def built() -> BuiltModel:
    torch.manual_seed(0)
    return BuiltModel(Tied(), "fc", Preprocessing(8, 8), "none")


def test_the_tree_shows_a_shared_parameter_in_both_places_and_counts_it_once() -> None:
    model = built()
    total = sum(each.numel() for each in model.module.parameters())
    description = describe_built(model, "tied")
    rows = {row.path: row for row in description.modules}
    assert "first.weight" in rows["first"].own
    assert "first.weight" in rows["second"].own
    assert sum(description.counts.values()) == total


def test_it_trains_once_and_equal_values_stay_two_parameters() -> None:
    model = built()
    names = trainable_names(only(["first", "one"]), model.stage_of)
    set_trainable(model.module, names)
    assert (
        set(trainable_in_fact(model.module))
        == names
        == {"first.weight", "first.bias", "one.weight", "one.bias"}
    )
    optimizer = NamedOptimizer(Optimizer(name="sgd"), model.module)
    optimizer.regroup(trainable_in_fact(model.module), dict.fromkeys(model.stage_of, 1.0), 0.1)
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    model.module(torch.ones(2, 3, 8, 8)).square().sum().backward()
    optimizer.step(0.1)
    after = model.module.state_dict()
    assert torch.equal(after["first.weight"], after["second.weight"])
    assert not torch.equal(after["first.weight"], before["first.weight"])
    assert torch.equal(after["other.weight"], before["other.weight"])
    assert not torch.equal(after["one.weight"], after["other.weight"])
