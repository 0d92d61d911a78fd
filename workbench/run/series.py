"""A run's figures by step: series of one number a step from step 0, in 8 bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from typing import Protocol

from workbench.protocol import Event, Steps

NOT_A_NUMBER = float("nan")


class Curves(Protocol):
    """What holds the series: mean loss and accuracy, base rate, gradient norm, and images per second."""

    loss: array[float]
    accuracy: array[float]
    lr: array[float]
    grad_norm: array[float]
    throughput: array[float]


def joined_steps(events: Iterable[Event]) -> Iterator[Event | list[Steps]]:
    """The events in order, but lines of steps that follow on each other as one list."""
    lines: list[Steps] = []
    following = 0
    for event in events:
        if not isinstance(event, Steps):
            if lines:
                yield lines
                lines = []
            yield event
            continue
        if lines and event.step != following:
            yield lines
            lines = []
        lines.append(event)
        following = event.step + len(event.loss)
    if lines:
        yield lines


def take_steps(curves: Curves, lines: Sequence[Steps]) -> None:
    """Write the figures of lines that follow on each other; later ones go, and not-a-number fills a hole before."""
    cut_steps(curves, lines[0].step)
    _put(curves.loss, lines[0].step, [line.loss for line in lines])
    _put(curves.accuracy, lines[0].step, [line.accuracy for line in lines])
    _put(curves.lr, lines[0].step, [line.lr for line in lines])
    _put(curves.grad_norm, lines[0].step, [line.grad_norm for line in lines])
    _put(curves.throughput, lines[0].step, [[line.images_per_second] * len(line.loss) for line in lines])


def cut_steps(curves: Curves, step: int) -> None:
    """Forget the figures from `step` on."""
    for series in (curves.loss, curves.accuracy, curves.lr, curves.grad_norm, curves.throughput):
        del series[step:]


def _put(series: array[float], step: int, parts: Iterable[Sequence[float]]) -> None:
    series.extend(array("d", [NOT_A_NUMBER]) * (step - len(series)))
    numbers: list[float] = []
    for part in parts:
        numbers += part
    # A third of the time that the array's own way takes, which a journal of a million steps feels.
    series.frombytes(pack(f"{len(numbers)}d", *numbers))
