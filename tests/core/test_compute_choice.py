"""Which arithmetic a run takes, that it is measured once, and that whoever goes on or repeats takes the same."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from tests.core.conftest import TINY, events_of, memory_for, stopping_at
from workbench import replay
from workbench.core.checkpoint import load_beside
from workbench.core.compute import choose
from workbench.core.compute_choice import Choice, candidates, chosen, fastest
from workbench.core.compute_measure import Arithmetic, Trial, step_times
from workbench.core.models import build
from workbench.core.saved_run import open_run
from workbench.core.worker import work
from workbench.protocol import Notice, Started, Steps, decode_event, encode
from workbench.run import RunFolder
from workbench.session import Train
from workbench.session_file import parse

Make = Callable[..., RunFolder]

FP32, LAST = Arithmetic("fp32", "contiguous"), Arithmetic("fp32", "channels_last")
BF16, BOTH = Arithmetic("bf16", "contiguous"), Arithmetic("bf16", "channels_last")


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        ({FP32: 1.0}, FP32),
        ({FP32: 1.0, LAST: 0.98}, FP32),
        ({FP32: 1.0, LAST: 0.8}, LAST),
        ({FP32: 1.0, LAST: 0.8, BOTH: 0.75}, LAST),
        ({FP32: 1.0, LAST: 0.8, BF16: 0.9, BOTH: 0.5}, BOTH),
        ({FP32: 1.0, BF16: 0.5, BOTH: 0.49}, BF16),
        ({FP32: 1.0, BF16: float("inf"), BOTH: float("inf")}, FP32),
        ({FP32: float("inf"), BF16: 1.0, BOTH: float("inf")}, FP32),
    ],
)
def test_fp32_and_contiguous_keep_their_place_where_others_hardly_gain(
    times: dict[Arithmetic, float], taken: Arithmetic
) -> None:
    assert fastest(times, FP32) == taken


@pytest.mark.parametrize(
    ("capability", "asked", "tried"),
    [
        ("AVX2", "auto", [FP32, LAST]),
        ("AVX512", "auto", [FP32, BOTH, LAST, BF16]),
        ("DEFAULT", "auto", [FP32, BOTH, LAST, BF16]),
        ("AVX512", "fp32", [FP32, LAST]),
    ],
)
def test_bf16_is_tried_where_the_cpu_may_have_kernels_for_it(
    capability: str, asked: str, tried: list[Arithmetic], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert candidates(asked, FP32, torch.device("cpu")) == tried


def trial(text: str = TINY) -> Trial:
    built = build(parse(text), 10)
    return Trial(built.module, choose(Train(device="cpu")), built.preprocessing.image_size)


def test_a_short_run_is_not_measured_and_a_long_one_leaves_the_model_alone() -> None:
    candidates = [FP32, BOTH, LAST, BF16]
    assert set(step_times(trial(), candidates, 16, lambda _seconds: 0.0)) == {FP32}
    built = build(parse(TINY), 10)
    before = {name: value.clone() for name, value in built.module.state_dict().items()}
    generator = torch.get_rng_state()
    times = step_times(Trial(built.module, choose(Train(device="cpu")), 32), candidates, 16, lambda _: 1.0)
    assert set(times) > {FP32}
    assert all(torch.equal(value, before[name]) for name, value in built.module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator)


def test_a_step_that_takes_too_long_is_given_up() -> None:
    assert trial().seconds(FP32, patience=0.0) == float("inf")


def test_a_backward_pass_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = trial()
    reached = []

    def loss_of(logits: torch.Tensor, _labels: object, _loss: object) -> tuple[torch.Tensor, torch.Tensor]:
        loss = logits.sum()
        loss.register_hook(lambda _gradient: time.sleep(0.3))
        return logits, loss

    monkeypatch.setattr("workbench.core.compute_measure.logits_and_loss", loss_of)
    first = next(slow._model.parameters())
    first.register_hook(reached.append)
    assert slow.seconds(FP32) < float("inf")
    assert len(reached) == 1
    assert slow.seconds(FP32, patience=0.25) == float("inf")
    assert len(reached) == 1


def test_where_a_large_step_does_not_fit_into_memory_a_small_one_is_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workbench.core.compute_measure.AIM", 60.0)
    with memory_for(5):
        times = step_times(trial(), [FP32, BOTH], 16, lambda _seconds: 1.0)
    assert times[FP32] < float("inf")
    assert BOTH in times


def test_what_was_chosen_once_is_chosen_again_without_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    session = parse(TINY.replace("epochs = 2", "epochs = 300"))

    def compute() -> tuple[str, str]:
        found = chosen(session, build(session, 10), choose(session.train), 40)
        return found.precision, found.memory_format_name

    first = compute()
    monkeypatch.setattr("workbench.core.compute_choice.step_times", lambda *_: pytest.fail("measured again"))
    assert compute() == first


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Let new runs choose that arithmetic."""

    def take(precision: str, memory_format: str) -> None:
        monkeypatch.setattr(
            "workbench.core.compute_choice._measured", lambda *_: Choice(precision, memory_format, 1.9)
        )
        monkeypatch.setattr("workbench.core.compute_choice.cache.recall", lambda *_: None)

    return take


def losses(run: RunFolder) -> list[float]:
    return [loss for event in events_of(run, Steps) for loss in event.loss]


def taken(run: RunFolder) -> set[tuple[str, str]]:
    return {(event.precision, event.memory_format) for event in events_of(run, Started)}


def test_a_choice_is_told_and_holds_for_a_resume_a_replay_and_predictions(
    make_run: Make, always: Callable[[str, str], None]
) -> None:
    always("bf16", "channels_last")
    whole, stopped, again = make_run(name="whole"), make_run(name="stopped"), make_run(name="again")
    assert work(whole) == 0
    told = [event.message for event in events_of(whole, Notice)]
    assert "bf16 and channels_last: 1.9 times as fast as fp32 here" in told
    with stopping_at(stopped, 4):
        assert work(stopped) == 0
    always("fp32", "contiguous")
    assert work(stopped) == 0
    replay.prepare(again, whole)
    assert work(again) == 0
    assert losses(whole) == losses(stopped) == losses(again)
    assert taken(whole) == taken(stopped) == taken(again) == {("bf16", "channels_last")}
    saved = open_run(whole, "best")
    assert (saved.compute.precision, saved.compute.memory_format_name) == ("bf16", "channels_last")


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_optimizer_state_goes_on_in_the_models_memory_format(
    make_run: Make, always: Callable[[str, str], None], name: str
) -> None:
    always("fp32", "channels_last")
    text = TINY.replace("[optimizer]", f'[optimizer]\nname = "{name}"')
    whole, stopped = make_run(text, "whole"), make_run(text, "stopped")
    assert work(whole) == 0
    with stopping_at(stopped, 2):
        assert work(stopped) == 0
    assert work(stopped) == 0
    assert losses(whole) == losses(stopped)
    mine, other = (load_beside(run, "last", "optimizer") for run in (whole, stopped))
    assert mine
    assert all(torch.equal(value, other[key]) for key, value in mine.items())


def test_a_journal_from_before_memory_formats_were_told_is_read(make_run: Make, tmp_path: Path) -> None:
    run = make_run(TINY.replace("epochs = 2", "epochs = 1"))
    assert work(run) == 0
    started = msgspec.json.decode(encode(events_of(run, Started)[0]))
    del started["memory_format"]
    old = decode_event(msgspec.json.encode(started))
    assert isinstance(old, Started)
    assert choose(Train(device="cpu"), old).memory_format_name == "contiguous"


def test_an_asked_precision_stays_and_a_foreign_device_is_no_example() -> None:
    example = Started(
        step=0, version="", device="cpu", device_name="", precision="bf16", memory_format="channels_last",
        threads=1, model="", classes=(), images={}, batch_size=1, steps_per_epoch=1, epochs=1,
        total_parameters=0, pid=0, host="",
    )  # fmt: skip
    followed = choose(Train(device="cpu", precision="fp32"), example)
    assert (followed.precision, followed.memory_format_name) == ("fp32", "channels_last")
    foreign = msgspec.structs.replace(example, device="cuda:0")
    assert choose(Train(device="cpu"), foreign).memory_format_name == "contiguous"
