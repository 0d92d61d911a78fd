"""Every classifier of torchvision: build, describe, replace the head, each strategy, two steps, what must hold after.

What is quick runs with real weights, the rest on the meta device, where names, shapes and gradients are real and
numbers are not; ``pytest -m slow tests/core/test_every_classifier.py`` runs it with real weights too. A table of all
is printed at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

import pytest
import torch
from torch import nn

from workbench.core.auxiliary import logits_and_loss
from workbench.core.describe import describe
from workbench.core.freezing import set_trainable, set_training_mode, trainable_in_fact, trainable_names
from workbench.core.models import BuiltModel, build, build_empty, model_names
from workbench.core.optim import NamedOptimizer
from workbench.plan import Strategy
from workbench.protocol import ModelDescription
from workbench.session import Data, Model, Optimizer, Session
from workbench.settings import Settings
from workbench.words import count

CLASSES = 3
QUICK = 6_000_000
"""Models of at most so many parameters run with real weights in the usual suite."""
ALSO_QUICK = {"convnext_tiny", "densenet121", "googlenet", "resnet18", "swin_t", "vit_b_32"}
SIZES = {"inception_v3": 80, "maxvit_t": 224, "vit_h_14": 56}
"""Pixels a side of those that can't take 64."""


@dataclass
class Table:
    """A line for each model that was tried."""

    lines: list[str] = field(default_factory=list)

    def add(self, name: str, description: ModelDescription, device: str, trained: list[int]) -> None:
        figures = "  ".join(f"{count(number):>7}" for number in trained)
        total = count(sum(description.counts.values()))
        self.lines.append(f"{name:<20}{total:>8}  {len(description.stages):>6}  {device:<5}  {figures}")


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    found = Table()
    yield found
    strategies = "  ".join(f"{name[:7]:>7}" for name in get_args(Strategy))
    header = f"{'model':<20}{'params':>8}  stages  on     {strategies}   (parameters that train)"
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", header, *found.lines, sep="\n")  # noqa: T201  (the table is what one runs this for)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Steps as small as these are quicker on one thread than shared out."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def session(name: str, strategy: Strategy = "feature-extraction") -> Session:
    return Session(
        strategy=strategy,
        model=Model(name=name, weights="none", dropout=0.2),
        data=Data(image_size=SIZES.get(name, 64)),
        optimizer=Optimizer(name="sgd", weight_decay=0.1),
    )


def parameters(name: str) -> int:
    return sum(each.numel() for each in build_empty(session(name), CLASSES).module.parameters())


def is_quick(name: str) -> bool:
    return name in ALSO_QUICK or parameters(name) <= QUICK


@pytest.mark.parametrize("name", model_names())
def test_a_classifier(name: str, table: Table) -> None:
    """With real weights where that is quick, else on the meta device."""
    try_out(name, table, real=is_quick(name))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", model_names())
def test_a_large_classifier_with_real_weights(name: str, table: Table) -> None:
    if is_quick(name):
        pytest.skip("runs with real weights in the usual suite")
    try_out(name, table, real=True)


def try_out(name: str, table: Table, *, real: bool) -> None:
    description = describe(session(name), CLASSES)
    built = build(session(name), CLASSES) if real else build_empty(session(name), CLASSES)
    module = built.module if real else built.module.to("meta")
    assert description.counts == {key: each.numel() for key, each in module.named_parameters()}
    assert description.stage_of == {key: built.stage_of[key] for key in description.stage_of}
    assert (description.stages[0], description.stages[-1]) == ("stem", "head")
    assert module.get_submodule(built.head).weight.shape[0] == CLASSES
    trained = [follow(built, session(name, strategy), real=real) for strategy in get_args(Strategy)]
    if real:
        with torch.no_grad():
            assert module.eval()(images(built, real=real)).shape == (2, CLASSES)
    table.add(name, description, "cpu" if real else "meta", trained)


def follow(built: BuiltModel, chosen: Session, *, real: bool) -> int:
    """Two steps of a strategy, its scheduled thaw before the second; how many parameters train in the second.

    On the meta device, where a step changes nothing, only one step of all is taken: with everything trainable.
    """
    stages = tuple(dict.fromkeys(built.stage_of.values()))
    settings, schedule = chosen.settings(stages), chosen.scheduled(stages, steps_per_epoch=1)
    optimizer = NamedOptimizer(chosen.optimizer, built.module)
    for number in range(2):
        for edit in schedule.get(number, ()):
            settings = settings.after(edit)
        names = put_in_force(built, settings, optimizer)
        if not real and (chosen.strategy != "full" or number == 0):
            continue
        before = {key: value.clone() for key, value in built.module.state_dict().items()} if real else {}
        take_step(built, optimizer, real=real)
        for key, parameter in built.module.named_parameters():
            assert (parameter.grad is not None) == (key in names), key
        optimizer.step(1e-3)
        optimizer.zero_grad()
        after = built.module.state_dict()
        assert {key for key in before if not torch.equal(after[key], before[key])} <= names
        assert not real or any(not torch.equal(after[key], before[key]) for key in names)
    return sum(each.numel() for each in built.module.parameters() if each.requires_grad)


def put_in_force(built: BuiltModel, settings: Settings, optimizer: NamedOptimizer) -> set[str]:
    names = trainable_names(settings.plan, built.stage_of)
    set_trainable(built.module, names)
    set_training_mode(built.module, "frozen")
    assert set(trainable_in_fact(built.module)) == names
    optimizer.regroup(trainable_in_fact(built.module), dict.fromkeys(names, 1.0), settings.weight_decay)
    return names


def images(built: BuiltModel, *, real: bool) -> torch.Tensor:
    size = built.preprocessing.image_size
    return torch.rand(2, 3, size, size) if real else torch.empty(2, 3, size, size, device="meta")


def take_step(built: BuiltModel, optimizer: NamedOptimizer, *, real: bool) -> None:
    pictures = images(built, real=real)
    labels = torch.tensor([0, 2], device=pictures.device)
    _, loss = logits_and_loss(built.module(pictures), labels, nn.functional.cross_entropy)
    loss.backward()
    held = [each for each in built.module.parameters() if each.grad is not None]
    torch.nn.utils.clip_grad_norm_(held, 1.0)
