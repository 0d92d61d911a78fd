"""When the screens are told of what a run does by itself."""

from hypothesis import given
from hypothesis import strategies as st

from tui.pace import LONGEST_SECONDS, NEWS_SECONDS, REMEMBERED, SHARE, STEPS_SECONDS, Pace

LOOK_SECONDS = 0.1


class Watched:
    """A pace whose clock and computing are made: asked every tenth of a second, and told whenever it is due."""

    def __init__(self) -> None:
        self.now = self.spent = 0.0
        self.pace = Pace(lambda: self.now, lambda: self.spent)

    def seconds_to_next(self, cost: float, *, news: bool = False) -> float:
        """Seconds until the screens are told, where drawing what they were told before costs so much."""
        began = self.now
        self.spent += cost
        while True:
            self.now += LOOK_SECONDS / 10
            if self.pace.is_due(news=news):
                self.pace.told()
                return self.now - began


def test_what_is_drawn_quickly_is_shown_once_a_second() -> None:
    watched = Watched()
    watched.seconds_to_next(0.0)
    assert all(abs(watched.seconds_to_next(0.01) - STEPS_SECONDS) < 0.02 for _ in range(5))


def test_a_drawing_that_took_long_because_of_keys_slows_nothing() -> None:
    watched = Watched()
    for _ in range(3):
        watched.seconds_to_next(0.01)
    assert watched.seconds_to_next(0.5) < STEPS_SECONDS + 0.02
    assert watched.seconds_to_next(0.01) < STEPS_SECONDS + 0.02


def test_news_do_not_wait() -> None:
    watched = Watched()
    for _ in range(REMEMBERED + 1):
        watched.seconds_to_next(0.08)
    assert watched.seconds_to_next(0.08) > 1.5
    assert watched.seconds_to_next(0.08, news=True) < NEWS_SECONDS + 0.02


@given(st.floats(0.0, 1.0))
def test_drawing_takes_its_share_within_the_bounds(cost: float) -> None:
    watched = Watched()
    for _ in range(REMEMBERED + 1):
        watched.seconds_to_next(cost)
    seconds = watched.seconds_to_next(cost)
    assert seconds + 1e-6 >= STEPS_SECONDS
    assert seconds <= LONGEST_SECONDS + 0.02
    if seconds < LONGEST_SECONDS:
        assert cost <= seconds * SHARE + 1e-6
