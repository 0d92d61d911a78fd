"""What frozen means, as properties over models, plans, optimizers and live edits."""

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.core.freezing import (
    norms_in_training,
    rate_scales,
    set_trainable,
    set_training_mode,
    trainable_in_fact,
    trainable_names,
)
from workbench.core.models import BuiltModel, build
from workbench.core.optim import NamedOptimizer
from workbench.errors import BadInput
from workbench.plan import FreezePlan, Rule, only
from workbench.session import Data, Model, Optimizer, Session

MODELS = ("shufflenet_v2_x0_5", "squeezenet1_1", "mobilenet_v3_small")


def built(name: str) -> BuiltModel:
    return build(Session(model=Model(name=name, weights="none", dropout=0.3), data=Data(image_size=48)), 3)


def step(model: torch.nn.Module, optimizer: NamedOptimizer, seed: int, weight_decay: float = 0.1) -> None:
    torch.manual_seed(seed)
    loss = torch.nn.functional.cross_entropy(model(torch.randn(4, 3, 48, 48)), torch.tensor([0, 1, 2, 0]))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step(0.05)
    optimizer.zero_grad()


def put_in_force(model: BuiltModel, plan: FreezePlan, optimizer: NamedOptimizer, batchnorm: str) -> set[str]:
    stage_of = model.stage_of
    names = trainable_names(plan, stage_of)
    set_trainable(model.module, names)
    set_training_mode(model.module, batchnorm)
    optimizer.regroup(trainable_in_fact(model.module), dict.fromkeys(stage_of, 1.0), 0.1)
    return names


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_frozen_parameters_and_statistics_stay_bit_identical(name: str, data: st.DataObject) -> None:
    model = built(name)
    module, stages = model.module, list(dict.fromkeys(model.stage_of.values()))
    section = Optimizer(name=data.draw(st.sampled_from(["adamw", "adam", "sgd", "rmsprop"])))
    optimizer = NamedOptimizer(section, module)
    for number in range(3):
        patterns = data.draw(st.lists(st.sampled_from(stages), min_size=1, max_size=3), label="trainable")
        batchnorm = data.draw(st.sampled_from(["frozen", "follow"]), label="batchnorm")
        names = put_in_force(model, only(patterns), optimizer, batchnorm)
        before = {key: value.clone() for key, value in module.state_dict().items()}
        moving = set(norms_in_training(module))
        for seed in range(2):
            step(module, optimizer, 10 * number + seed)
        for key, value in module.state_dict().items():
            owner = key.rpartition(".")[0]
            if key in names:
                continue
            if key in dict(module.named_parameters()) or owner not in moving:
                assert torch.equal(value, before[key]), key
        assert any(not torch.equal(module.state_dict()[key], before[key]) for key in names)
        assert not moving or batchnorm == "follow"


def test_freezing_between_backward_and_step_leaves_the_parameter() -> None:
    model = built("squeezenet1_1")
    optimizer = NamedOptimizer(Optimizer(name="sgd"), model.module)
    put_in_force(model, only(["*"]), optimizer, "frozen")
    step(model.module, optimizer, 1)
    model.module(torch.randn(2, 3, 48, 48)).sum().backward()
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    names = put_in_force(model, only(["head"]), optimizer, "frozen")
    assert {name for name, each in model.module.named_parameters() if each.grad is not None} == names
    optimizer.step(0.05)
    changed = {
        name for name, value in model.module.state_dict().items() if not torch.equal(value, before[name])
    }
    assert changed <= names


def test_freezing_keeps_the_optimizers_state_and_thawing_goes_on_with_it() -> None:
    model = built("squeezenet1_1")
    optimizer = NamedOptimizer(Optimizer(name="adamw"), model.module)
    put_in_force(model, only(["*"]), optimizer, "frozen")
    step(model.module, optimizer, 1)
    before = {key: value.clone() for key, value in optimizer.state().items()}
    put_in_force(model, only(["head"]), optimizer, "frozen")
    step(model.module, optimizer, 2)
    frozen = {key: value for key, value in optimizer.state().items() if not key.startswith("classifier.1.")}
    assert frozen
    assert all(torch.equal(value, before[key]) for key, value in frozen.items())
    put_in_force(model, only(["*"]), optimizer, "frozen")
    step(model.module, optimizer, 3)
    state = optimizer.state()
    assert state["features.0.weight/step"] == 2
    assert state["classifier.1.weight/step"] == 3


def test_thawing_another_stage_does_not_change_the_heads_trajectory_by_itself() -> None:
    """With a rate of zero below the head, thawing there leaves the head's path as it was, to the bit."""
    heads = []
    for thawed in (False, True):
        model = built("squeezenet1_1")
        optimizer = NamedOptimizer(Optimizer(name="adamw"), model.module)
        put_in_force(model, only(["head"]), optimizer, "frozen")
        if thawed:
            plan = FreezePlan(
                (
                    Rule("*", trainable=False),
                    Rule("features.12", trainable=True),
                    Rule("head", trainable=True),
                )
            )
            names = trainable_names(plan, model.stage_of)
            set_trainable(model.module, names)
            set_training_mode(model.module, "frozen")
            scales = {name: float(stage == "head") for name, stage in model.stage_of.items()}
            optimizer.regroup(trainable_in_fact(model.module), scales, 0.1)
        for seed in range(3):
            torch.manual_seed(seed)
            images = torch.randn(4, 3, 48, 48)
            torch.nn.functional.cross_entropy(model.module(images), torch.tensor([0, 1, 2, 0])).backward()
            optimizer.step(0.01)
            optimizer.zero_grad()
        heads.append(model.module.classifier[1].weight.detach().clone())
    assert torch.equal(*heads)


def test_dropout_is_off_in_frozen_subtrees_and_on_before_a_trainable_head() -> None:
    model = built("mobilenet_v3_small").module
    stage_of = built("mobilenet_v3_small").stage_of
    set_trainable(model, trainable_names(only(["head"]), stage_of))
    set_training_mode(model, "frozen")
    assert model.classifier[2].training
    assert not model.features.training
    assert norms_in_training(model) == ()


def test_a_plan_that_leaves_nothing_trainable_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing trainable"):
        trainable_names(FreezePlan(), {"fc.weight": "head"})


def test_rates_fall_with_the_distance_from_the_head() -> None:
    stage_of = {"conv1.weight": "stem", "layer1.weight": "layer1", "fc.weight": "head"}
    section = Session(optimizer=Optimizer(lr_scales={"layer1": 2.0}))
    scales = rate_scales(
        stage_of, section.settings(("stem", "layer1", "head")), backbone_lr_scale=0.1, layer_lr_decay=0.5
    )
    assert scales == pytest.approx({"conv1.weight": 0.05, "layer1.weight": 0.2, "fc.weight": 1.0})
