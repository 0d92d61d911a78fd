"""The answer to a rate search, in a dialog: the smoothed loss over the rates, with the suggestion and its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.screens.answer import AnswerScreen
from tui.state import RunView
from tui.widgets.rate_chart import RateChart
from workbench.actions import describe
from workbench.proof_words import searched_line, suggested
from workbench.protocol import RateSearched

if TYPE_CHECKING:
    from tui.app import ThawApp


class RateSearchScreen(AnswerScreen[RateSearched]):
    """Waits for the worker's search, shows its curve, and applies what it suggests when asked to."""

    TITLE_WORDS = "Learning-rate search"
    WAITS = (
        "Asked. The worker takes up to 60 steps at rising rates and puts everything back.\n"
        "The log keeps the answer too."
    )

    DEFAULT_CSS = """
    RateSearchScreen #answer { width: 110; }
    RateSearchScreen RateChart { height: 60vh; max-height: 18; }
    RateSearchScreen Static { height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "apply", "Apply", tooltip="Apply the suggested rate to the run", id="rates.apply"),
    ]

    def found(self, view: RunView) -> RateSearched | None:
        """The last search."""
        return view.proofs.searched

    def shown(self, answer: RateSearched) -> list[Widget]:
        """The curve, and what it suggests."""
        box = self.query_one("#answer", Vertical)
        applies = f"a applies {describe(suggested(answer))} · " if self._can_apply else ""
        box.border_subtitle = f"{applies}esc closes"
        words = Static(Text(searched_line(answer)))
        return [RateChart(answer), words] if len(answer.rates) > 1 else [words]

    @property
    def _can_apply(self) -> bool:
        return self.answer is not None and self.answer.suggestion > 0 and self.view.is_live

    def action_apply(self) -> None:
        """Set the suggested rate from the next step on."""
        if self._can_apply and self.answer is not None:
            self.dismiss()
            cast("ThawApp", self.app).tell(suggested(self.answer))
