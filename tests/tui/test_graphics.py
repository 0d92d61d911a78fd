"""Which terminals are asked whether they show pictures."""

import pytest

from tui.graphics import may_have_graphics


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "default,1,0"}, False),
        ({"TERM": "xterm-256color", "THAW_GRAPHICS": "on"}, True),
        ({"TERM": "xterm-kitty", "THAW_GRAPHICS": "off"}, False),
    ],
)
def test_only_terminals_known_to_have_graphics_are_asked(environment: dict[str, str], asked: bool) -> None:
    assert may_have_graphics(environment) is asked
