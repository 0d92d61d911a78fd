"""How hot a run's modules are: the latest figures of each parameter, and the way their gradients went.

Pure values folded from the journal's `Heat` events. How heat looks is `tui.widgets.heat_cells`'s part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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


@dataclass(frozen=True)
class Moment:
    """The heat of one step as it was written, worked out only where it is looked at: a run has thousands."""

    names: tuple[str, ...]
    event: Heat
    _gradients: dict[frozenset[str], float | None] = field(default_factory=dict, compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether it has all figures of every name."""
        figures = (self.event.gradient, self.event.update, self.event.weight)
        return all(len(halves) == 2 * len(self.names) for halves in figures)

    @cached_property
    def warmth(self) -> Mapping[str, Warmth]:
        """The figures of each parameter that had a gradient."""
        figures = map(unpacked, (self.event.gradient, self.event.update, self.event.weight))
        return {
            name: Warmth(*norms)
            for name, *norms in zip(self.names, *figures, strict=True)
            if all(map(isfinite, norms))
        }

    def gradient(self, wanted: frozenset[str]) -> float | None:
        """The norm of the gradient over these parameters; None where none of them had one."""
        if wanted not in self._gradients:  # details that follow a run ask for all of its past again and again
            norms = zip(self.names, unpacked(self.event.gradient), strict=True)
            squares = [norm * norm for name, norm in norms if name in wanted and isfinite(norm)]
            self._gradients[wanted] = sqrt(sum(squares)) if squares else None
        return self._gradients[wanted]


@dataclass(slots=True)
class HeatView:
    """What the heat events fed so far say."""

    step: int = -1
    _last: Moment | None = None
    _past: list[Moment] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    @property
    def latest(self) -> Mapping[str, Warmth]:
        """The last figures of each parameter that had a gradient."""
        return self._last.warmth if self._last is not None else {}

    def feed(self, event: Heat, names: tuple[str, ...]) -> None:
        """Take in one event; `names` are those of the last `Frozenness.trainable`."""
        moment = Moment(names, event)
        if not moment.is_whole:
            return
        self.step, self._last = event.step, moment
        if self._seen % self._every == 0:
            self._past.append(moment)
            if len(self._past) > MOMENTS:
                self._past, self._every = self._past[::2], 2 * self._every
        self._seen += 1

    def drop_from(self, step: int) -> None:
        """Forget what a resume at `step` takes again."""
        self._past = [moment for moment in self._past if moment.event.step < step]

    def gradients(self, wanted: frozenset[str]) -> list[float]:
        """The gradient norm over these parameters at each kept moment at which one of them trained."""
        return [norm for moment in self._past if (norm := moment.gradient(wanted)) is not None]
