"""How hot a run's modules are: the latest figures of each parameter, and the way their gradients went.

Pure values folded from the journal's `Heat` events. How heat looks is `tui.widgets.heat_cells`'s part.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite, sqrt
from typing import NamedTuple

from workbench.half_floats import unpacked
from workbench.protocol import Heat

MOMENTS = 240
"""Moments kept of the past; when there are more, every other one goes."""


class Warmth(NamedTuple):
    """A parameter or module at one step: norms of its gradient, of the step's change to it, and of itself."""

    gradient: float
    update: float
    weight: float

    @property
    def ratio(self) -> float | None:
        """How far the step moved it, as a part of its own norm; None for weights that are all 0."""
        return self.update / self.weight if self.weight else None


def together(parts: Iterable[Warmth]) -> Warmth | None:
    """The norms over several parameters at once; None where there are none."""
    found = list(parts)
    if not found:
        return None
    return Warmth(*(sqrt(sum(value * value for value in values)) for values in zip(*found, strict=True)))


@dataclass(slots=True)
class HeatView:
    """What the heat events fed so far say; `latest` leaves out what had no gradient."""

    step: int = -1
    latest: Mapping[str, Warmth] = field(default_factory=dict)
    _past: list[tuple[int, tuple[str, ...], array[float]]] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    def feed(self, event: Heat, names: tuple[str, ...]) -> None:
        """Take in one event; `names` are those of the last `Frozenness.trainable`."""
        gradient, update, weight = map(unpacked, (event.gradient, event.update, event.weight))
        if not len(names) == len(gradient) == len(update) == len(weight):
            return
        self.step = event.step
        self.latest = {
            name: Warmth(*figures)
            for name, *figures in zip(names, gradient, update, weight, strict=True)
            if all(map(isfinite, figures))
        }
        if self._seen % self._every == 0:
            self._past.append((event.step, names, gradient))
            if len(self._past) > MOMENTS:
                self._past, self._every = self._past[::2], 2 * self._every
        self._seen += 1

    def drop_from(self, step: int) -> None:
        """Forget what a resume at `step` takes again."""
        self._past = [moment for moment in self._past if moment[0] < step]

    def gradients(self, wanted: frozenset[str]) -> list[float]:
        """The gradient norm over these parameters at each kept moment at which one of them trained."""
        found = []
        for _, names, norms in self._past:
            squares = [
                norm * norm
                for name, norm in zip(names, norms, strict=True)
                if name in wanted and isfinite(norm)
            ]
            if squares:
                found.append(sqrt(sum(squares)))
        return found
