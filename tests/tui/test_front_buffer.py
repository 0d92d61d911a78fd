"""What is sent to the terminal: after any paints it shows what Textual meant, and what it shows already is not sent."""

import re
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.front_buffer import FrontBuffer

WIDTH = 24
CONSOLE = Console(file=StringIO(), force_terminal=True, color_system="truecolor")
STYLES = [Style(color="red"), Style(color="red", bold=True), Style(bgcolor="#102030", underline=True), None]
SEQUENCE = re.compile(r"\x1b\[([\d;]*)([Hm])|(.)", re.DOTALL)
MOVE = re.compile(r"\x1b\[\d+;\d+H")

Screen = dict[tuple[int, int], tuple[str, str]]


def write(screen: Screen, written: str) -> None:
    """Do to a screen, cells by line and column, what a terminal does with these sequences and narrow characters."""
    y = x = 0
    style = ""
    for numbers, kind, character in SEQUENCE.findall(written):
        if kind == "H":
            y, x = (int(number) - 1 for number in numbers.split(";"))
        elif kind == "m":
            style = "" if numbers == "0" else f"{style};{numbers}"
        elif character != "\n":
            screen[y, x] = character, style
            x += 1


def strip(parts: list[tuple[str, Style | None]]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(WIDTH, STYLES[2])


def partial(line: Strip, start: int = 0, end: int = WIDTH, y: int = 0) -> ChopsUpdate:
    """A paint of some columns of line `y`, as Textual's compositor makes it."""
    return ChopsUpdate([{0: Strip([])}] * y + [{0: line}], [(y, start, end)], [[WIDTH]] * (y + 1))


def in_parts(line: Strip, cut: int, y: int = 0) -> ChopsUpdate:
    """A paint of a whole line in two parts that meet at a column, as where two widgets stand side by side."""
    left, right = line.divide([cut, WIDTH])
    return ChopsUpdate([{}] * y + [{0: left, cut: right}], [(y, 0, WIDTH)], [[]] * y + [[cut, WIDTH]])


def sent(front: FrontBuffer, update: CompositorUpdate) -> str:
    following = front.following(update)
    assert isinstance(following, CompositorUpdate)
    return following.render_segments(CONSOLE)


PARTS = st.lists(
    st.tuples(st.text("ab ●⠤", min_size=1, max_size=9), st.sampled_from(STYLES)), min_size=1, max_size=4
)
PAINTS = st.lists(st.tuples(PARTS, st.integers(0, 10), st.integers(11, WIDTH), st.integers(0, 1)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(PAINTS)
def test_the_terminal_shows_what_was_meant(
    paints: list[tuple[list[tuple[str, Style | None]], int, int, int]],
) -> None:
    front, shown, meant = FrontBuffer(), Screen(), Screen()
    for parts, start, end, y in paints:
        update = partial(strip(parts), start, end, y)
        write(meant, update.render_segments(CONSOLE))
        write(shown, sent(front, update))
        assert shown == meant
        assert sent(front, update) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PARTS, st.integers(1, WIDTH - 1), st.booleans()), max_size=6))
def test_the_terminal_shows_what_was_meant_wherever_widgets_meet(
    paints: list[tuple[list[tuple[str, Style | None]], int, bool]],
) -> None:
    front, shown, meant = FrontBuffer(), Screen(), Screen()
    for parts, cut, whole in paints:
        line = strip(parts)
        update = (
            LayoutUpdate([line.divide([cut, WIDTH])], Region(0, 0, WIDTH, 1))
            if whole
            else in_parts(line, cut)
        )
        write(meant, update.render_segments(CONSOLE))
        write(shown, sent(front, update))
        assert shown == meant
        assert sent(front, in_parts(line, cut)) == ""
        write(shown, sent(front, partial(line)))
        assert shown == meant
        assert sent(front, partial(line)) == ""


def test_only_what_changes_is_sent() -> None:
    front = FrontBuffer()
    sent(front, partial(strip([("loss ", STYLES[1]), ("2.2140 at step 100", STYLES[0])])))
    changed = sent(front, partial(strip([("loss ", STYLES[1]), ("2.2139 at step 100", STYLES[0])])))
    assert MOVE.findall(changed) == ["\x1b[1;10H"]
    assert SEQUENCE.sub(r"\3", changed) == "39"


def test_a_full_paint_is_sent_whole_and_known_from_then_on() -> None:
    front, line = FrontBuffer(), strip([("model", STYLES[0])])
    whole = LayoutUpdate([[line]], Region(0, 0, WIDTH, 1))
    assert sent(front, whole) == sent(front, whole) == whole.render_segments(CONSOLE)
    assert sent(front, partial(line)) == ""


def test_what_takes_two_cells_or_none_is_sent_as_it_is() -> None:
    front = FrontBuffer()
    for text in ("日本", "e\u0301te\u0301", "👩\u200d🚀"):
        update = partial(strip([(text, STYLES[0])]))
        assert sent(front, update) == sent(front, update) != ""
        assert text in sent(front, update)
    narrow = partial(strip([("ants", STYLES[0])]))
    assert "ants" in sent(front, narrow)
    assert sent(front, narrow) == ""


def test_after_something_else_wrote_everything_is_sent() -> None:
    front, update = FrontBuffer(), partial(strip([("ants", STYLES[0])]))
    first = sent(front, update)
    front.forget()
    assert sent(front, update) == first
