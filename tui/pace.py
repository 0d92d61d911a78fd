"""How often the screens show what a run does by itself: drawing takes time that the training lacks.

News come at once, or nearly so. Steps alone come as often as a share of one core allows: where drawing takes long,
because the machine is slow or busy, they are shown less often, so that the training does not feel who watches it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

NEWS_SECONDS = 0.2
"""The screens are told of changes at most this often,"""
STEPS_SECONDS = 1.0
"""and of steps alone at most this often,"""
LONGEST_SECONDS = 2.0
"""but at least this often,"""
SHARE = 0.01
"""and between the two so that drawing them takes this part of a core."""
DRAWN_SECONDS = 0.1
"""So long after the screens were told, they have drawn it."""
REMEMBERED = 3


class Pace:
    """Decides when the screens are told; `clock` and `spent` give seconds: on the wall, and computed by this thread."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, spent: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._spent = clock, spent
        self._told_at = float("-inf")
        self._spent_before: float | None = None
        self._costs: deque[float] = deque(maxlen=REMEMBERED)

    def is_due(self, *, news: bool) -> bool:
        """Whether the screens are to be told now of what has changed; to be asked as often as there is a look."""
        passed = self._clock() - self._told_at
        if self._spent_before is not None and passed >= DRAWN_SECONDS:
            self._costs.append(self._spent() - self._spent_before)
            self._spent_before = None
        return passed >= (NEWS_SECONDS if news else self.seconds)

    def told(self) -> None:
        """Note that the screens are told now."""
        self._told_at, self._spent_before = self._clock(), self._spent()

    @property
    def seconds(self) -> float:
        """Between two times that steps alone are shown.

        By the cheapest of the last times: the others had keys to answer meanwhile.
        """
        cost = min(self._costs, default=0.0)
        return min(max(cost / SHARE, STEPS_SECONDS), LONGEST_SECONDS)
