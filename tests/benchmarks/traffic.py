"""Bytes a second to the terminal while nobody types, at rest and while a worker trains."""

from tests.benchmarks.key_latency import SIZE, at_rest, attached
from tests.benchmarks.places import folder, training
from tests.benchmarks.tables import heading, line
from tests.benchmarks.terminal import Terminal

SCREENS = {"2": "data", "3": "model", "4": "train"}


def table(seconds: int) -> None:
    """Print the bytes a second of three screens."""
    heading(
        f"Bytes a second to a terminal of {SIZE['columns']}×{SIZE['rows']}, over {seconds} s",
        *SCREENS.values(),
    )
    with folder() as place:
        with at_rest(place) as terminal:
            line("at rest", *rates(terminal, seconds))
        with training(place) as run, attached(place, run.name) as terminal:
            line("while training", *rates(terminal, seconds))


def rates(terminal: Terminal, seconds: int) -> list[str]:
    """The bytes a second of each screen."""
    found = []
    for key in SCREENS:
        terminal.type(key)
        terminal.rest(2.0)
        found.append(f"{terminal.rest(seconds) / seconds:,.0f}")
    return found
