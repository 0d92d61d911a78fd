"""What the evaluate screen says above and below its views, as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from tui.evaluation import Beside, Evaluation, compared_words
from tui.words import percent, plural
from workbench.safe_text import inert

if TYPE_CHECKING:
    from tui.workspace import Attached
    from workbench.protocol import Prediction

VIEW_KEYS = {"matrix": "m", "mix-ups": "w", "classes": "c", "calibration": "b", "pictures": "i"}
"""The views in the order in which v goes through them, with the key of each."""


def head(found: Evaluation, view: str, others: Sequence[str], beside: Beside | None, room: int) -> Text:
    """The figures, and the views with their keys; what does not fit is left out from the end."""
    metrics = found.metrics
    wrong = round(metrics.images * (1 - metrics.accuracy))
    line = Text(f"{metrics.split} accuracy {percent(metrics.accuracy)}", style="bold")
    figures = [
        f"{wrong:,} of {plural(metrics.images, 'image')} wrong",
        f"loss {metrics.loss:.4f}",
        f"{metrics.checkpoint} weights",
        f"ECE {percent(found.calibration.expected_error)}",
        f"step {metrics.step:,}",
    ]
    if beside is not None:
        line, figures = Text(inert(compared_words(found, beside)), style="bold"), []
    tabs = Text(" ").join(
        Text(f" {key} {name} ", style="bold reverse" if name == view else "dim")
        for name, key in VIEW_KEYS.items()
    )
    hints = [f"d shows {' / '.join(others)}"] if others else []
    return Text("\n").join([_with(line, figures, room, ""), _with(tabs, hints, room, "dim")])


def _with(line: Text, parts: Sequence[str], room: int, style: str) -> Text:
    """The line with as many of the parts, from the first, as there is room for."""
    line = line.copy()
    for words in parts:
        if line.cell_len + len(words) + 3 > room:
            break
        line.append(f" · {words}", style=Style.parse(style) if style else Style(bold=False))
    return line


def picture_words(caption: str, one: Prediction | None, beside: Beside | None) -> str:
    """The caption of a picture, and what the other run said of it."""
    other = beside.of(one) if beside is not None and one is not None else None
    if other is None:
        return caption
    place, _, rest = caption.partition(": ")
    return inert(f"{place}: {beside.run if beside else ''} said {other.predicted} · {rest}")


def nothing(attached: Attached | None, *, reading: bool, lost: str | None) -> Text:
    """What to do where there is no evaluation to look at; `lost` is a split that was evaluated but has no files."""
    if attached is None:
        return _lines("No run is open.", "4 starts training · 6 lists the runs · ctrl+o opens one")
    if reading:
        return _lines("Reading the evaluation …", "")
    if lost is not None:
        again = (
            "e evaluates again" if attached.view.is_live else f"from a shell: thaw eval {attached.run.name}"
        )
        return _lines(f"The files of the {lost} evaluation are gone or can't be read.", again)
    if attached.view.is_live:
        return _lines(
            "Nothing is evaluated yet.", "e evaluates the validation split now; every epoch ends with one"
        )
    name = attached.run.name
    return _lines("Nothing was evaluated in this run.", f"from a shell: thaw eval {name} · 4 and s: train on")


def _lines(title: str, rest: str) -> Text:
    return Text.assemble((title, "bold"), "\n\n", rest)
