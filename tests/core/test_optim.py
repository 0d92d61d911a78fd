import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.optim import NamedOptimizer, decaying_names
from workbench.core.rates import rate_factor
from workbench.session import Optimizer

SCHEDULES = ["constant", "cosine", "linear", "step", "one-cycle"]


@given(st.sampled_from(SCHEDULES), st.integers(1, 500), st.integers(0, 50))
def test_the_rate_is_a_share_of_the_base_rate_at_every_step(schedule: str, total: int, warmup: int) -> None:
    factors = [rate_factor(schedule, step, total, warmup) for step in range(total)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors == [rate_factor(schedule, step, total, warmup) for step in range(total)]


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_falling_schedules_start_at_the_base_rate_and_end_near_zero(schedule: str) -> None:
    factors = [rate_factor(schedule, step, 100, 0) for step in range(100)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] < 0.02


def test_warm_up_rises_to_the_base_rate() -> None:
    assert [rate_factor("constant", step, 100, 4) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_decay_spares_norms_and_biases() -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
    assert decaying_names(model) == {"0.weight", "2.weight"}
    optimizer = NamedOptimizer(Optimizer(), model)
    optimizer.regroup(
        ["0.weight", "1.weight", "2.bias"], {"0.weight": 1.0, "1.weight": 1.0, "2.bias": 0.5}, 0.3
    )
    groups = [
        (group["scale"], group["weight_decay"], len(group["params"]))
        for group in optimizer.inner[0].param_groups
    ]
    assert groups == [(1.0, 0.3, 1), (1.0, 0.0, 1), (0.5, 0.0, 1)]


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd", "rmsprop"])
def test_state_by_name_goes_on_to_the_bit(name: str) -> None:
    def made() -> tuple[torch.nn.Module, NamedOptimizer]:
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 3)
        optimizer = NamedOptimizer(Optimizer(name=name), model)
        optimizer.regroup(["weight", "bias"], {"weight": 1.0, "bias": 1.0}, 0.1)
        return model, optimizer

    def steps(model: torch.nn.Module, optimizer: NamedOptimizer, seeds: range) -> None:
        for seed in seeds:
            model(torch.full((2, 4), float(seed + 1))).square().sum().backward()
            optimizer.step(0.01)
            optimizer.zero_grad()

    whole, optimizer = made()
    steps(whole, optimizer, range(6))
    first, first_optimizer = made()
    steps(first, first_optimizer, range(3))
    second, second_optimizer = made()
    second.load_state_dict(first.state_dict())
    second_optimizer.load_state(first_optimizer.state())
    steps(second, second_optimizer, range(3, 6))
    assert torch.equal(whole.weight, second.weight)
