"""What verify and the gradient watch say when something is wrong, on a small model in this process."""

import torch
from torch import nn

from workbench.core.freezing import set_trainable
from workbench.core.gradients import GradientWatch
from workbench.core.verify import Verifier


class Model(nn.Module):
    """A frozen layer, one that is used, one whose output is thrown away, one that is never called, a BatchNorm."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.frozen, self.used, self.zeroed, self.unused = (nn.Linear(3, 3) for _ in range(4))
        self.norm = nn.BatchNorm1d(3)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        features = self.norm(self.frozen(values))
        return self.used(features) + 0 * self.zeroed(features)


TRAINABLE = {f"{layer}.{kind}" for layer in ("used", "zeroed", "unused") for kind in ("weight", "bias")}


def made() -> tuple[Model, Verifier]:
    model = Model()
    set_trainable(model, TRAINABLE)
    model.train()
    model.norm.eval()
    start = {name: value.clone() for name, value in model.state_dict().items()}
    verifier = Verifier(model, lambda: start, TRAINABLE)
    verifier.follow()
    return model, verifier


def test_a_frozen_parameter_that_moved_by_one_bit_is_named() -> None:
    model, verifier = made()
    assert verifier.verify(0).broken == ()
    with torch.no_grad():
        model.frozen.weight[0, 0] = torch.nextafter(model.frozen.weight[0, 0], torch.tensor(9.0))
    proof = verifier.verify(1)
    assert proof.broken == ("frozen.weight",)
    assert proof.expected != proof.found


def test_statistics_that_drift_in_a_frozen_norm_are_named() -> None:
    model, verifier = made()
    model.norm.train()
    model(torch.randn(8, 3))
    model.norm.eval()
    assert set(verifier.verify(1).broken) >= {"norm.running_mean", "norm.running_var"}


def test_what_was_frozen_later_is_held_to_what_it_was_then() -> None:
    model, verifier = made()
    with torch.no_grad():
        model.used.weight.add_(1.0)
    set_trainable(model, TRAINABLE - {"used.weight"})
    verifier.follow()
    assert verifier.verify(1).broken == ()
    with torch.no_grad():
        model.used.weight.add_(1.0)
    assert verifier.verify(2).broken == ("used.weight",)


def test_changes_are_told_since_the_last_time() -> None:
    model, verifier = made()
    with torch.no_grad():
        model.used.bias.add_(model.used.bias)
    first, second = verifier.verify(3), verifier.verify(5)
    assert first.changed["used.bias"] > 0.99
    assert second.changed["used.bias"] == 0
    assert (first.since, second.since) == (0, 3)


def test_an_epochs_gradients_contradict_the_plan() -> None:
    model, _ = made()
    watch = GradientWatch(model)
    watch.follow()
    watch.start_epoch()
    for _ in range(2):
        model(torch.randn(4, 3)).square().sum().backward()
        total = watch.norm()
        expected = torch.nn.utils.get_total_norm(
            [each.grad for each in model.parameters() if each.grad is not None]
        )
        assert torch.equal(total, expected)
        model.zero_grad()
    found = watch.contradictions({"used.weight": 0.0})
    assert found["used.weight"] == "trainable, but its rate is 0"
    assert found["zeroed.weight"] == "trainable, but its gradient was 0 all epoch"
    assert found["unused.bias"] == "trainable, but forward never used it this epoch"
    assert "used.bias" not in found
    assert "frozen.weight" not in found
    with torch.no_grad():
        model.frozen.weight.mul_(1.0)
    assert "something wrote to it" in watch.contradictions({})["frozen.weight"]


def test_what_was_thawed_within_an_epoch_is_not_judged_by_it() -> None:
    model, _ = made()
    set_trainable(model, TRAINABLE - {"unused.weight"})
    watch = GradientWatch(model)
    watch.follow()
    watch.start_epoch()
    set_trainable(model, TRAINABLE)
    watch.follow()
    model(torch.randn(4, 3)).sum().backward()
    watch.norm()
    assert "unused.weight" not in watch.contradictions({})
    assert "unused.bias" in watch.contradictions({})
