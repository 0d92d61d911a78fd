"""Compiled steps: the same training up to rounding, never a stale graph, and switches that a run repeats to the bit."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.core.conftest import TINY, events_of, stopping_at
from workbench import replay
from workbench.core import compile_choice
from workbench.core.compile_choice import Experience, expected_seconds, is_worth_trying, pays
from workbench.core.export import export
from workbench.core.worker import work
from workbench.protocol import Compiled, Notice, Steps
from workbench.run import RunFolder

Make = Callable[..., RunFolder]

compiler = pytest.mark.skipif(
    not any(shutil.which(name) for name in ("g++", "clang++", "c++")), reason="needs a C++ compiler"
)

PLAIN = TINY.replace("epochs = 2", 'epochs = 3\nprecision = "fp32"').replace(
    'source = "digits"', 'source = "digits"\naugment = "none"'
)
"""What trains is a short suffix, which is compiled in some seconds; the last of an epoch's three batches is smaller."""
ON = PLAIN.replace("[train]", '[train]\ncompile = "on"')
TOGGLES = '[[schedule]]\nstep = 4\nfreeze = ["conv5"]\n[[schedule]]\nstep = 6\nlr = 1e-3\n'


def losses(run: RunFolder) -> list[float]:
    """The loss of every step; where steps were taken again, the later one counts."""
    found: dict[int, float] = {}
    for event in events_of(run, Steps):
        found.update(enumerate(event.loss, start=event.step))
    return [found[step] for step in sorted(found)]


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint("last") / "model.safetensors")


def switches(run: RunFolder) -> list[tuple[int, int]]:
    return [(event.step, event.rows) for event in events_of(run, Compiled)]


def notices(run: RunFolder) -> str:
    return "\n".join(event.message for event in events_of(run, Notice))


def assert_same_bits(one: RunFolder, other: RunFolder) -> None:
    assert losses(one) == losses(other)
    found = weights(other)
    assert all(torch.equal(value, found[name]) for name, value in weights(one).items())


@compiler
def test_a_toggle_while_compiled_trains_what_the_usual_steps_train(make_run: Make, tmp_path: Path) -> None:
    usual, compiled = make_run(PLAIN + TOGGLES, "usual"), make_run(ON + TOGGLES, "compiled")
    with stopping_at(compiled, 4):
        assert work(compiled) == 0, compiled.events.read_text()[-2000:]
    before = weights(compiled)
    assert work(compiled) == 0, compiled.events.read_text()[-2000:]
    assert work(usual) == 0
    # A change of the rate alone, at step 6, keeps what was compiled.
    assert switches(compiled) == [(0, 16), (4, 16)]
    assert switches(usual) == []
    assert losses(compiled) == pytest.approx(losses(usual), rel=1e-4)
    expected, found = weights(usual), weights(compiled)
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)
    moved = {name for name in found if not torch.equal(found[name], before[name])}
    assert {name.partition(".")[0] for name in moved} == {"fc"}
    assert any(not torch.equal(value, expected[name]) for name, value in found.items())
    export(compiled, tmp_path / "again.py")
    assert "through compiled kernels" in (tmp_path / "again.py").read_text()


@compiler
def test_a_run_that_is_stopped_resumed_and_repeated_switches_at_the_same_steps(make_run: Make) -> None:
    whole, parts = make_run(ON + TOGGLES, "whole"), make_run(ON + TOGGLES, "parts")
    assert work(whole) == 0
    for step in (1, 4, 5):
        with stopping_at(parts, step):
            assert work(parts) == 0
    assert work(parts) == 0
    assert_same_bits(whole, parts)
    again = make_run(PLAIN + TOGGLES, "again")
    replay.prepare(again, parts)
    assert work(again) == 0
    assert_same_bits(whole, again)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered of other runs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@compiler
@pytest.mark.usefixtures("fresh_cache")
def test_auto_switches_where_it_pays_and_a_replay_and_the_next_run_do_at_the_same_step(
    make_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_choice, "RATIO", 0)
    monkeypatch.setattr(compile_choice, "GAIN", 0)
    text = PLAIN.replace("epochs = 3", "epochs = 9")
    run, next_one = make_run(text), make_run(text, "next")
    assert work(run) == 0, run.events.read_text()[-2000:]
    [(step, rows)] = switches(run)
    assert rows == 16
    assert step > compile_choice.STEADY
    assert "compiled: steps are" in notices(run)
    assert work(next_one) == 0
    assert "trying" not in notices(next_one)
    assert_same_bits(run, next_one)
    again = make_run(text, "again")
    replay.prepare(again, run)
    monkeypatch.setattr(compile_choice, "STEADY", 2)
    assert work(again) == 0
    assert switches(again) == switches(run)
    assert_same_bits(run, again)


@compiler
@pytest.mark.usefixtures("fresh_cache")
def test_auto_goes_back_where_nothing_is_gained_and_remembers_it(
    make_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_choice, "RATIO", 0)
    monkeypatch.setattr(compile_choice, "GAIN", 1e9)
    text = PLAIN.replace("epochs = 3", "epochs = 9")
    usual = make_run(text.replace("[train]", '[train]\ncompile = "off"'), "usual")
    first, second = make_run(text, "first"), make_run(text, "second")
    for run in (usual, first, second):
        assert work(run) == 0, run.events.read_text()[-2000:]
    assert "compiled steps are no faster here: back to usual" in notices(first)
    assert "compiled" not in notices(second)
    assert switches(first) == switches(second) == []
    assert_same_bits(usual, first)


@compiler
def test_norms_that_follow_and_a_batch_in_parts_are_compiled_too(make_run: Make) -> None:
    text = PLAIN.replace('batchnorm = "frozen"', 'batchnorm = "follow"')
    text = text.replace("[train]", "[train]\naccumulate = 2\nema = 0.9")
    usual = make_run(text, "usual")
    compiled = make_run(text.replace("[train]", '[train]\ncompile = "on"'), "compiled")
    assert work(usual) == 0
    assert work(compiled) == 0
    assert switches(compiled) == [(0, 8)]
    assert losses(compiled) == pytest.approx(losses(usual), rel=1e-3)
    expected = weights(usual)
    for name, value in weights(compiled).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-2, atol=1e-3)


def test_where_nothing_can_be_compiled_it_is_told_and_training_goes_on(
    make_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "cxx", ("no-such-compiler",))
    monkeypatch.setattr(config, "force_disable_caches", True)
    usual, compiled = make_run(PLAIN, "usual"), make_run(ON, "compiled")
    assert work(usual) == 0
    assert work(compiled) == 0, compiled.events.read_text()[-2000:]
    [told] = [event for event in events_of(compiled, Notice) if "can't be compiled" in event.message]
    assert told.level == "warning"
    assert switches(compiled) == []
    assert_same_bits(usual, compiled)


@pytest.mark.parametrize(
    ("seen", "left", "tries", "taken"),
    [
        (Experience(0.1), 1000, False, False),
        (Experience(0.1), 20_000, True, False),
        (Experience(0.1, 0.08, 0.05, 30), 20_000, True, True),
        (Experience(0.1, 0.08, 0.08, 30), 20_000, True, False),
        (Experience(0.1, 0.08, 0.09, 30), 20_000, True, False),
        (Experience(0.1, 0.08, 0.05, 30), 1100, False, True),
        (Experience(0.1, 0.08, 0.05, 30), 900, False, False),
        (Experience(1.0, 0.08, 0.05, 30), 20_000, True, False),
    ],
)
def test_the_forecast(seen: Experience, left: int, tries: bool, taken: bool) -> None:
    expected = expected_seconds(100, torch.device("cpu"))
    assert is_worth_trying(seen, left, expected) == tries
    assert pays(seen, left, expected) == taken
