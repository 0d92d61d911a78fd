"""The first screen: what can be opened from here, and what the thing under the cursor is.

The list is put together in a thread after the first paint; until then the demo and the open dialog are there.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import ScreenResume
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.screens.base import ThawScreen
from tui.widgets.status_bar import state_text
from tui.words import ago, percent
from workbench.safe_text import inert, inert_lines

if TYPE_CHECKING:
    from tui.opening import Offer

HEADINGS = {
    "here": "In this folder",
    "runs": "Recent runs",
    "sessions": "Your sessions",
    "examples": "Examples",
}

TITLE = 14
"""Cells of a title, behind which stands what it is."""

HELLO = "fine-tune vision models, freeze and thaw layers live"

OPEN_HINT = (
    "A folder of images (one sub-folder a class, or train/, val/ and test/ above them), a session file, or a "
    "run folder."
)

DEMO = (
    "A small network that was pretrained on letters learns handwritten digits from ten pictures of each: its head "
    "first, then all of it. Nothing is downloaded."
)

FIRST_HINT = (
    "New here? Press d: a small pretrained network learns handwritten digits, live, in about a minute. "
    "On the train screen, move in the model tree and press space to freeze or thaw what is under the cursor."
)


class WelcomeScreen(ThawScreen):
    """Demo, open, runs, sessions and examples in one list, with a look at the chosen one where there is room."""

    NUMBER = 1
    LABEL = "welcome"

    DEFAULT_CSS = """
    WelcomeScreen #hello { height: auto; padding: 1 2 0 2; }
    WelcomeScreen #offers {
        width: 1fr; height: 1fr; border: none; background: $background; padding: 0 1; scrollbar-size-vertical: 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    WelcomeScreen #offers:focus { border: none; background-tint: $foreground 0%; }
    WelcomeScreen #offers > .option-list--option { padding: 0 2; }
    WelcomeScreen #offers > .option-list--option-disabled { padding: 0 1; color: $foreground; }
    WelcomeScreen #about-box { display: none; width: 2fr; padding: 0 2; border-left: solid $panel; }
    WelcomeScreen #hint { height: auto; padding: 0 2 1 2; color: $text-muted; }
    WelcomeScreen.-wide #offers { width: 3fr; }
    WelcomeScreen.-wide #about-box { display: block; }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  (Textual declares it so)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "demo", "Demo", id="welcome.demo"),
        Binding("o", "app.open", "Open", show=False, id="welcome.open"),
        Binding("l,enter", "choose", "Choose", key_display="⏎", id="welcome.choose"),
        Binding("j", "move(1)", "Down", show=False, id="welcome.down"),
        Binding("k", "move(-1)", "Up", show=False, id="welcome.up"),
    ]

    def body(self) -> ComposeResult:
        """A greeting, the list beside the look at the chosen thing, and a hint for the first time."""
        yield Static(Text.assemble(("❄ Thaw", "bold cyan"), " · ", HELLO), id="hello")
        with Horizontal():
            yield OptionList(*_fixed_options(), id="offers")
            with VerticalScroll(id="about-box", can_focus=False):
                yield Static(id="about")
        yield Static(FIRST_HINT, id="hint")

    def __init__(self) -> None:
        super().__init__()
        self._offers: dict[str, Offer] = {}
        self._is_first = True

    def show_hint(self) -> None:
        """The hint of this screen is longer than a line; who has runs or has tried the demo needs it no more."""
        hints = self.thaw.hints
        self.query_one("#hint").display = self._is_first and (
            hints is None or hints.of(self.LABEL) is not None
        )

    def on_mount(self) -> None:
        """The list has the keyboard."""
        self.query_one(OptionList).focus()

    def on_screen_resume(self, _: ScreenResume) -> None:
        """Runs may have come, gone or ended since it was shown last."""
        self.call_after_refresh(self._collect)

    @work(thread=True, exclusive=True, group="offers")
    def _collect(self) -> None:
        from tui.opening import offers

        self.hand_over(partial(self._show, offers(Path.cwd())))

    def _show(self, found: list[Offer]) -> None:
        listed = self.query_one(OptionList)
        kept = listed.highlighted_option.id if listed.highlighted_option else None
        self._offers = {f"{offer.group}:{offer.path}": offer for offer in found}
        listed.clear_options()
        listed.add_options([*_fixed_options(), *_options(self._offers, airy=self.size.height >= 30)])
        self._is_first = not any(offer.group == "runs" for offer in found)
        self.show_hint()
        ids = [option.id for option in listed.options]
        first = next((index for index, its in enumerate(ids) if its and its.startswith("here:")), 1)
        listed.highlighted = ids.index(kept) if kept in ids and kept != "demo" else first

    # ---- the look at the chosen thing ----

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show what stands under the cursor."""
        key = event.option.id or ""
        self.query_one("#about", Static).update(_about(key, self._offers.get(key)))

    # ---- choosing ----

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        key = event.option.id or ""
        if key == "demo":
            self.action_demo()
        elif key == "open":
            self.thaw.action_open()
        elif key in self._offers:
            self.thaw.open_path(self._offers[key].path)

    def action_choose(self) -> None:
        """Open what stands under the cursor."""
        self.query_one(OptionList).action_select()

    def action_demo(self) -> None:
        """Train the bundled digits."""
        self.thaw.open_demo()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        listed = self.query_one(OptionList)
        listed.action_cursor_down() if rows > 0 else listed.action_cursor_up()


def _fixed_options() -> list[Option]:
    return [
        _heading("Start"),
        _option("demo", "the demo", "handwritten digits, trained live (d)"),
        _option("open", "open …", "a folder, a session or a run (ctrl+o)"),
    ]


def _options(offers: dict[str, Offer], *, airy: bool) -> list[Option]:
    found: list[Option] = []
    group = ""
    for key, offer in offers.items():
        if offer.group != group:
            group = offer.group
            if airy:
                found.append(_heading(""))
            found.append(_heading(HEADINGS[group]))
        if offer.summary is not None and group == "runs":
            found.append(Option(_run_line(offer), id=key))
        else:
            found.append(_option(key, offer.title, offer.detail))
    return found


def _heading(text: str) -> Option:
    return Option(Text(text, style="bold"), disabled=True)


def _option(key: str, title: str, detail: str) -> Option:
    title = inert(title)
    line = Text(title + " " * max(0, TITLE - cell_len(title)))
    return Option(line.append(f" {inert(detail)}" if detail else "", style="dim"), id=key)


def _run_line(offer: Offer) -> Text:
    summary = offer.summary
    if summary is None:
        return Text(inert(offer.title))
    line = state_text(summary.state)
    line.append(f"  {inert(offer.title)}  ")
    if summary.epochs:
        figures = f"epoch {summary.epoch}/{summary.epochs}  val {percent(summary.val_accuracy)}"
        line.append(figures, style="dim")
    return line


def _about(key: str, offer: Offer | None) -> Text:
    if key == "demo":
        return Text(DEMO)
    if offer is None:
        return Text(OPEN_HINT)
    if offer.summary is None:
        about = f"{inert(offer.detail)}\n\n{inert(str(offer.path))}"
        return Text(about) if offer.path.is_dir() else _file_text(offer.path)
    summary = offer.summary
    text = Text(f"{inert(summary.run.name)}\n\n", style="bold")
    text.append_text(state_text(summary.state)).append(f" · {ago(summary.modified)}\n", style="not bold")
    lines = (
        ("model", summary.model or "–"),
        ("epoch", f"{summary.epoch} of {summary.epochs}" if summary.epochs else "–"),
        ("steps", f"{summary.step:,}"),
        ("validation", percent(summary.val_accuracy)),
        ("test", percent(summary.test_accuracy)),
    )
    for word, value in lines:
        text.append(f"\n{word:<12}{value}", style="not bold")
    return text


def _file_text(path: Path) -> Text:
    try:
        return Text(inert_lines(path.read_text(encoding="utf-8", errors="replace").expandtabs()))
    except OSError as error:
        return Text(f"{inert(str(path))}: can't be read: {error.strerror}")
