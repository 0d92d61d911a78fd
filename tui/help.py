"""The help: every key that works on the present screen, read from its bindings.

Nothing is written down twice: what a key is called here is what the footer and the palette call it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.words import short_path

KeyGroups = dict[str, list[tuple[str, str, str]]]
"""By title: the keys, what they do, and the id under which ``keys.toml`` gives them others."""

MODEL_WORDS = (
    ("●", "trainable"),
    ("○", "frozen"),
    ("◐", "some of it trainable"),
    ("…", "asked, not yet in force"),
    ("?", "would change with the thaw line that is shown; enter applies it"),
    ("▁ █", "heat: norm of the gradient (of the whole model's), and of a step's change (of the weights')"),
    ("!", "plan and fact differ, as the last epoch or verify found; enter tells why"),
    ("┃", "the thaw line: what is right of it trains"),
    ("↻", "a BatchNorm whose statistics follow the batches"),
)


THIS_SCREEN, EVERYWHERE = "this screen", "everywhere"


def key_groups(screen: Screen[Any]) -> KeyGroups:
    """The keys that work now, by what they belong to: the screen, the focused widget, everywhere.

    Only bindings with an id are listed, which are this program's own; Textual's scrolling keys explain themselves.
    """
    groups: dict[str, dict[tuple[str, str, str], list[str]]] = {}
    for active in screen.active_bindings.values():
        if active.binding.id and active.binding.description and not active.binding.system:
            keys = groups.setdefault(_group(active), {}).setdefault(
                (
                    active.binding.tooltip or active.binding.description,
                    active.binding.action,
                    active.binding.id,
                ),
                [],
            )
            keys.append(screen.app.get_key_display(active.binding))
    order = sorted(groups, key=lambda title: (title == EVERYWHERE, title != THIS_SCREEN))
    return {
        title: [
            ("  ".join(dict.fromkeys(keys)), words, name) for (words, _, name), keys in groups[title].items()
        ]
        for title in order
    }


def _group(active: ActiveBinding) -> str:
    if isinstance(active.node, App):
        return EVERYWHERE
    if isinstance(active.node, Screen):
        return THIS_SCREEN
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in type(active.node).__name__
    )
    return words.strip()


class HelpScreen(ModalScreen[None]):
    """Keys by group; closed by any of the keys that close things."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 92; max-width: 96%; height: auto; max-height: 92%; padding: 0 1;
        border: round $primary; background: $surface;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Close", id="help.close"),
        Binding("j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k", "scroll(-1)", "Up", show=False, id="help.up"),
    ]

    def __init__(self, groups: KeyGroups) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """One table of keys, then what the signs mean."""
        with VerticalScroll() as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes · ctrl+p has every action"
            yield Static(_table(self._groups))
            yield Static(_about_keys())

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _about_keys() -> Text:
    from tui.preferences import KEYS, folder

    return Text(
        f'Other keys: {short_path(folder() / KEYS)}, a line such as tree.toggle = "x" for a name on the right.'
    )


def _table(groups: KeyGroups) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold", no_wrap=True, max_width=24)
    table.add_column()
    table.add_column(style="dim", no_wrap=True)
    for title, rows in groups.items():
        _section(table, title, rows)
    _section(table, "signs", ((sign, words, "") for sign, words in MODEL_WORDS))
    return table


def _section(table: Table, title: str, rows: Iterable[tuple[str, str, str]]) -> None:
    table.add_row("", Text(title, style="bold underline"), "")
    for keys, description, name in rows:
        table.add_row(Text(keys), Text(description), Text(name))
    table.add_row("", "", "")
