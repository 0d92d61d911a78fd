"""Gradient accumulation, mixing, averages and the pull back to the start, through whole runs in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.core.conftest import TINY, events_of, stopping_at
from workbench.actions import FindRate, Freeze, ReestimateBatchNorm, Thaw, Verify
from workbench.core.worker import work
from workbench.protocol import (
    Applied,
    Contradicted,
    Evaluated,
    Failed,
    Finished,
    Frozenness,
    Notice,
    RateSearched,
    Steps,
    Verified,
)
from workbench.run import RunFolder

Train = Callable[..., RunFolder]


def weights(run: RunFolder, kind: str = "last", file: str = "model") -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint(kind) / f"{file}.safetensors")


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def furthest(one: RunFolder, other: RunFolder) -> float:
    second = weights(other)
    return max(
        float((value.double() - second[name].double()).abs().max()) for name, value in weights(one).items()
    )


def with_train(line: str) -> str:
    return TINY.replace("dropout = 0.2", "dropout = 0.0").replace("[train]", f"[train]\n{line}")


def test_accumulated_gradients_give_the_large_batchs_result_also_for_a_short_last_batch(train: Train) -> None:
    whole = train(with_train("accumulate = 1"), "whole")
    parts = train(with_train("accumulate = 3"), "parts")
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-4)
    assert furthest(whole, parts) < 2e-3


def test_accumulation_follows_class_weights(train: Train) -> None:
    text = (
        with_train("{}")
        .replace("train_per_class = 4", "train_per_class = 0")
        .replace("epochs = 2", "epochs = 1")
    )
    text = text.replace("batch_size = 16", "batch_size = 256") + '[loss]\nclass_weights = "balanced"\n'
    whole = train(text.replace("{}", "accumulate = 1"), "whole")
    parts = train(text.replace("{}", "accumulate = 3"), "parts")
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-4)


def test_mixing_repeats_to_the_bit(train: Train) -> None:
    text = TINY.replace(
        "batch_size = 16", 'batch_size = 16\nmixup = 0.4\ncutmix = 1.0\nsampling = "balanced"'
    )
    assert losses(train(text, "a")) == losses(train(text, "b")) != losses(train(name="plain"))


def test_averages_evaluate_and_never_touch_what_is_frozen(train: Train) -> None:
    run = train(TINY.replace("[train]", "[train]\nema = 0.5"))
    averages, raw = weights(run, file="ema"), weights(run)
    trainable = set(events_of(run, Frozenness)[-1].trainable)
    assert set(averages) == trainable
    assert any(not torch.equal(averages[name], raw[name]) for name in trainable)
    best = weights(run, "best")
    assert all(torch.equal(best[name], raw[name]) for name in raw if name not in trainable)
    if events_of(run, Evaluated)[1].best:
        assert all(torch.equal(best[name], averages[name]) for name in trainable)


def test_averages_go_on_after_a_stop_to_the_bit(train: Train, make_run: Train) -> None:
    text = TINY.replace("[train]", "[train]\nema = 0.9")
    whole, run = train(text, "whole"), make_run(text, "stopped")
    with stopping_at(run, 4):
        assert work(run) == 0
    assert work(run) == 0
    assert furthest(whole, run) == 0
    assert all(
        torch.equal(value, weights(run, file="ema")[name])
        for name, value in weights(whole, file="ema").items()
    )


def test_the_pull_back_keeps_weights_nearer_to_their_start(train: Train) -> None:
    from workbench.core.models import build
    from workbench.session_file import load

    free = train(name="free")
    pulled = train(TINY.replace("[optimizer]", "[optimizer]\nl2_sp = 50.0"), "pulled")
    start = build(load(free.session), 10).module.state_dict()

    def distance(run: RunFolder) -> float:
        return sum(
            float((value - start[name]).norm())
            for name, value in weights(run).items()
            if name.startswith("conv5.0")
        )

    assert 0 < distance(pulled) < distance(free)


def test_verify_proves_what_is_frozen_and_tells_what_moved(make_run: Train) -> None:
    run = make_run(TINY + '[[schedule]]\nepoch = 2\nfreeze = ["conv5"]\n')
    run.tell(Verify())
    assert work(run) == 0
    first = events_of(run, Verified)[0]
    assert first.expected == first.found
    assert first.broken == ()
    assert first.still > 100
    assert set(first.changed) == set(events_of(run, Frozenness)[0].trainable)
    assert set(first.changed.values()) == {0.0}


def test_verify_after_live_edits_and_a_resume(make_run: Train) -> None:
    run = make_run(TINY.replace("epochs = 2", "epochs = 1"))
    assert work(run) == 0
    from workbench.actions import SetEpochs

    for action in (SetEpochs(2), Freeze(("conv5",)), Thaw(("stage4.3",)), Verify()):
        run.tell(action)
    assert work(run) == 0
    proof = events_of(run, Verified)[0]
    assert proof.broken == ()
    assert proof.changed
    assert any(value > 0 for name, value in proof.changed.items() if name.startswith("fc."))
    assert not any(name.startswith("conv5.") for name in proof.changed)


def test_verify_knows_what_was_estimated_afresh_also_after_a_resume(make_run: Train) -> None:
    run = make_run(TINY.replace("epochs = 2", "epochs = 1"))
    for action in (ReestimateBatchNorm(), Verify()):
        run.tell(action)
    assert work(run) == 0
    from workbench.actions import SetEpochs

    for action in (SetEpochs(2), Verify()):
        run.tell(action)
    assert work(run) == 0
    assert [proof.broken for proof in events_of(run, Verified)] == [(), ()]


def test_a_rate_search_leaves_no_trace(train: Train, make_run: Train) -> None:
    text = TINY.replace('batchnorm = "frozen"', 'batchnorm = "follow"')
    undisturbed, run = train(text, "undisturbed"), make_run(text, "searched")
    run.tell(FindRate())
    assert work(run) == 0
    found = events_of(run, RateSearched)[0]
    assert len(found.rates) == len(found.losses) > 10
    assert found.rates == tuple(sorted(found.rates))
    assert losses(run) == losses(undisturbed)
    assert furthest(run, undisturbed) == 0
    assert not events_of(run, Contradicted)


def test_statistics_are_estimated_afresh_for_thawed_layers_only(make_run: Train) -> None:
    run = make_run()
    run.tell(ReestimateBatchNorm())
    assert work(run) == 0
    assert "statistics of 1 thawed BatchNorm" in " ".join(event.message for event in events_of(run, Notice))
    from workbench.core.models import build
    from workbench.session_file import load

    start = build(load(run.session), 10).module.state_dict()
    now = weights(run)
    changed = {name for name in now if "running" in name and not torch.equal(now[name], start[name])}
    assert changed == {"conv5.1.running_mean", "conv5.1.running_var"}


def test_contradictions_are_told(make_run: Train) -> None:
    run = make_run(TINY.replace("[optimizer]", '[optimizer]\nlr_scales = { "conv5" = 0.0 }'))
    assert work(run) == 0
    found = events_of(run, Contradicted)[0].found
    assert set(found.values()) == {"trainable, but its rate is 0"}
    assert all(name.startswith("conv5.") for name in found)


@pytest.mark.parametrize("name", ["nadam", "radam", "adagrad", "adafactor", "muon"])
def test_every_optimizer_trains_stops_and_goes_on_to_the_bit(
    train: Train, make_run: Train, name: str
) -> None:
    text = TINY.replace("[optimizer]", f'[optimizer]\nname = "{name}"').replace("epochs = 2", "epochs = 1")
    whole, run = train(text, "whole"), make_run(text, "stopped")
    assert len(set(losses(whole))) == 3
    with stopping_at(run, 2):
        assert work(run) == 0
    assert work(run) == 0
    assert furthest(whole, run) == 0


def test_options_are_checked_against_the_optimizers_signature(make_run: Train) -> None:
    run = make_run(TINY.replace("[optimizer]", "[optimizer]\noptions = { beta = 0.9 }"))
    assert work(run) == 2
    assert "AdamW takes no such argument" in events_of(run, Failed)[0].message
    run = make_run(TINY.replace("[optimizer]", "[optimizer]\noptions = { betas = [0.9, 7.0] }"), "second")
    assert work(run) == 2
    assert "beta" in events_of(run, Failed)[0].message


def test_stochastic_depth_is_refused_where_the_model_has_none(make_run: Train, tmp_path: Path) -> None:
    run = make_run(TINY.replace("dropout = 0.2", "stochastic_depth = 0.1"))
    assert work(run) == 2
    assert "leaves out no blocks" in events_of(run, Failed)[0].message


def test_the_plateau_schedule_follows_the_validations(train: Train) -> None:
    run = train(
        TINY.replace("lr = 3e-3", 'lr = 1e-9\nschedule = "plateau"').replace("epochs = 2", "epochs = 6")
    )
    rates = [rate for event in events_of(run, Steps) for rate in event.lr]
    assert rates[0] == 1e-9
    assert min(rates) <= 1e-9
    assert events_of(run, Finished)
    assert not events_of(run, Applied)
