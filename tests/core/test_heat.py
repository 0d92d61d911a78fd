"""Heat: what a run tells of its parameters' gradients and updates, against sums done by hand."""

from collections.abc import Callable
from math import isnan, sqrt
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.core.conftest import events_of
from workbench.core.gradients import GradientWatch
from workbench.core.heat import SECONDS, HeatProbe
from workbench.core.journal import Journal
from workbench.half_floats import unpacked
from workbench.protocol import Frozenness, Heat, Steps
from workbench.run import RunFolder


class Taken(Journal):
    """A journal that keeps what it was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.made: list[Heat] = []

    def later(self, make: Callable[[], object]) -> None:
        event = make()
        assert isinstance(event, Heat)
        self.made.append(event)


def figures(heat: Heat) -> list[list[float]]:
    return [list(unpacked(each)) for each in (heat.gradient, heat.update, heat.weight)]


def watched(model: nn.Module, path: Path) -> tuple[HeatProbe, Taken, list[float], Callable[[int], None]]:
    """A probe over a model that takes steps of plain descent at rate 0.1, with a clock that is set by hand."""
    watch, journal, now = GradientWatch(model), Taken(path / "events.jsonl"), [0.0]
    probe = HeatProbe(model, watch, journal, clock=lambda: now[0])
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1)

    def take(step: int) -> None:
        model(torch.ones(4, 3)).square().sum().backward()
        watch.norm()
        with probe.around(step):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return probe, journal, now, take


def test_every_name_that_trains_has_its_figures_and_they_add_up(train: Callable[..., RunFolder]) -> None:
    run = train()
    heat = events_of(run, Heat)[0]
    trainable = events_of(run, Frozenness)[0].trainable
    assert isinstance(heat, Heat)
    gradient, update, weight = figures(heat)
    assert len(gradient) == len(update) == len(weight) == len(trainable)
    assert sqrt(sum(value**2 for value in gradient)) == pytest.approx(
        events_of(run, Steps)[0].grad_norm[heat.step], rel=0.01
    )
    assert all(update)


def test_plain_descent_moves_by_rate_times_gradient(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2), nn.Linear(3, 1))
    model[2].requires_grad_(requires_grad=False)
    forward = nn.Sequential(model[0], model[1])
    _, journal, _, take = watched(forward, tmp_path)
    take(0)
    gradients, updates, _ = figures(journal.made[0])
    for gradient, update in zip(gradients, updates, strict=True):
        assert update == pytest.approx(0.1 * gradient, rel=0.02)


def test_a_sample_stands_for_large_weights_in_any_memory_format(tmp_path: Path) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 96, 3).to(memory_format=torch.channels_last)
    norm = float(conv.weight.detach().norm())
    model = nn.Sequential(nn.Unflatten(1, (1, 1, 3)), nn.Upsample(3), nn.Flatten(1, 2), _Widened(conv))
    _, journal, _, take = watched(model, tmp_path)
    take(0)
    gradient, update, weight = figures(journal.made[0])
    assert weight[0] == pytest.approx(norm, rel=0.1)
    assert update[0] == pytest.approx(0.1 * gradient[0], rel=0.2)


class _Widened(nn.Module):
    """A convolution over the picture repeated for each of its channels."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1)
        return self.conv(torch.randn(len(x), 64, 3, 3, generator=generator))


def test_it_looks_only_so_often_and_says_nothing_of_what_had_no_gradient(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 2))
    model.unused = nn.Parameter(torch.ones(2))
    unheard = _First(model)
    _, journal, now, take = watched(unheard, tmp_path)
    take(0)
    take(1)
    now[0] += SECONDS
    take(2)
    assert [event.step for event in journal.made] == [0, 2]
    names = [name for name, _ in unheard.named_parameters()]
    assert isnan(figures(journal.made[0])[0][names.index("inner.unused")])


class _First(nn.Module):
    def __init__(self, inner: nn.Sequential) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner[0](x)
