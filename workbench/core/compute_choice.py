"""Which precision and memory format a new run takes: the fastest on this machine for this model, measured once.

What was chosen is remembered in the user's cache, so that the same session computes the same bits again; the run's own
journal holds it for whoever resumes or repeats the run. Only "auto" leaves the precision open, and fp16, which needs a
scaled loss, is never taken by itself.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import torch

from workbench import cache
from workbench.core.compute import MEMORY_FORMATS, Compute
from workbench.core.compute_measure import Arithmetic, Trial, step_times
from workbench.core.freezing import set_trainable, set_training_mode, trainable_in_fact, trainable_names
from workbench.core.models import BuiltModel
from workbench.core.remember import remember
from workbench.session import Session

GAIN = 1.1
"""A lower precision has to be this many times as fast: less is not worth its rounding."""
FORMAT_GAIN = 1.05
SHARE = 0.04
"""Measuring takes at most this share of the time that the run will take."""


class Choice(msgspec.Struct, frozen=True):
    """What was chosen, and how many times as fast as the usual arithmetic (1 where nothing was measured)."""

    precision: str
    memory_format: str
    times: float = 1.0


def chosen(session: Session, built: BuiltModel, compute: Compute, images: int) -> Compute:
    """The compute with the fastest arithmetic for training on that many images; a notice tells what it gains.

    The model is left as it will train at the first step.
    """
    settings = session.settings(tuple(dict.fromkeys(built.stage_of.values())))
    set_trainable(built.module, trainable_names(settings.plan, built.stage_of))
    set_training_mode(built.module, settings.batchnorm)
    place = _place(session, built, compute, settings.batchnorm, images * session.train.epochs)
    choice = cache.recall(place, Choice)
    if choice is None or choice.memory_format not in MEMORY_FORMATS:
        choice = _measured(session, built, compute, images * session.train.epochs)
        remember(place, choice)
    return replace(
        compute,
        precision=choice.precision,
        memory_format=MEMORY_FORMATS[choice.memory_format],
        notices=(*compute.notices, *_told(choice, compute)),
    )


def _measured(session: Session, built: BuiltModel, compute: Compute, images: int) -> Choice:
    """The choice from times of steps; the usual arithmetic where the run is over before measuring pays."""
    usual = Arithmetic(compute.precision, compute.memory_format_name)
    trial = Trial(built.module, compute, built.preprocessing.image_size)
    times = step_times(
        trial,
        candidates(session.train.precision, usual, compute.device),
        session.data.batch_size,
        lambda seconds: SHARE * seconds * images,
    )
    best = fastest(times, usual)
    gain = 1.0 if best == usual else times[usual] / times[best]
    return Choice(best.precision, best.memory_format, round(gain, 2))


def candidates(asked: str, usual: Arithmetic, device: torch.device) -> list[Arithmetic]:
    """The usual arithmetic first, then the others, the most promising first: there may be no time for all."""
    precisions = [usual.precision]
    if asked == "auto":
        precisions = ["bf16", "fp32"] if _has_kernels_for_bf16(device) else ["fp32"]
    others = [Arithmetic(each, name) for name in ("channels_last", "contiguous") for each in precisions]
    return [usual, *(each for each in others if each != usual)]


def _has_kernels_for_bf16(device: torch.device) -> bool:
    """Whether bf16 may be the faster one: on x86 torch and oneDNN have kernels for it from AVX-512 on.

    Without them a step takes ten times as long, and seconds would go by before the try is given up.
    """
    return device.type != "cpu" or torch.backends.cpu.get_cpu_capability() != "AVX2"


def fastest(times: dict[Arithmetic, float], usual: Arithmetic) -> Arithmetic:
    """The arithmetic to take: the usual memory format and fp32 keep their place where others hardly gain.

    The usual one where its own step could not be timed: there is nothing to compare others with.
    """
    if times[usual] == math.inf:
        return usual
    best = {
        precision: min(
            (each for each in times if each.precision == precision),
            key=lambda each: times[each] * (1 if each.memory_format == usual.memory_format else FORMAT_GAIN),
        )
        for precision in dict.fromkeys(each.precision for each in times)
    }
    if "fp32" in best and "bf16" in best:
        return best["bf16"] if times[best["bf16"]] * GAIN <= times[best["fp32"]] else best["fp32"]
    return next(iter(best.values()))


def _told(choice: Choice, usual: Compute) -> Sequence[str]:
    """The notice of a choice that is not the usual one."""
    taken = Arithmetic(choice.precision, choice.memory_format)
    before = Arithmetic(usual.precision, usual.memory_format_name)
    if taken == before:
        return ()
    return (f"{taken}: {choice.times:.1f} times as fast as {before} here",)


def _place(session: Session, built: BuiltModel, compute: Compute, batchnorm: str, images: int) -> Path:
    """Where the choice is remembered: by machine, model, sizes, what trains, and roughly how long the run is."""
    trains = hashlib.sha256("\n".join(trainable_in_fact(built.module)).encode()).hexdigest()
    return cache.place(
        "compute",
        compute.device_name,
        torch.backends.cpu.get_cpu_capability(),
        compute.threads,
        session.train.precision,
        session.model.model_dump(),
        built.preprocessing.image_size,
        session.data.batch_size.bit_length(),
        batchnorm,
        trains,
        images.bit_length() // 2,
    )
