"""The keys that work here, in one line at the foot of a screen; a click presses one.

Does what Textual's Footer does as one widget instead of one a key: a footer that is composed anew costs more than
the rest of a change of screen. Which keys there are the bindings say; where not all fit, those that matter least
make room, and the help has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.events import Click
from textual.screen import Screen

from tui.widgets.text_line import TextLine

FIRST_TO_GO = (
    "app.open",
    "train.log-scale",
    "train.smoothing",
    "tree.rate-up",
    "model.schedule",
    "model.verify",
    "train.verify",
    "tree.head-only",
    "app.save",
    "tree.filter",
    "data.doctor",
)
"""Ids of bindings in the order in which their keys make room; after them go the last ones."""

ALWAYS = frozenset({"app.help", "app.leave"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One key as it is shown, the key that a click presses, and the id of its binding."""

    key: str
    id: str
    shown: str
    description: str
    enabled: bool

    @property
    def width(self) -> int:
        """Cells that it takes, with the space behind it."""
        return len(self.shown) + len(self.description) + 2


class KeyBar(TextLine):
    """The bindings of the focused widget, its screen and the app that are meant to be shown."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--description"}
    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $footer-background; text-wrap: nowrap; }
    KeyBar > .key-bar--key { color: $footer-key-foreground; text-style: bold; }
    KeyBar > .key-bar--description { color: $footer-description-foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self._looks = False

    def on_mount(self) -> None:
        """Hear of every change of the bindings: focus, state, another screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._look()

    def _bindings_changed(self, _: Screen[object]) -> None:
        if not self._looks:
            self._looks = True
            self.call_later(self._look)

    def _look(self) -> None:
        self._looks = False
        if not self.screen.is_current:
            return  # it changes for whoever sees it once the screen is back, and then the bindings are told anew
        entries = _entries(self.screen)
        if entries != self._entries:
            self._entries = entries
            self.refresh()

    def render(self) -> Text:
        """As many keys as fit."""
        key_style = self.get_component_rich_style("key-bar--key", partial=True)
        description_style = self.get_component_rich_style("key-bar--description", partial=True)
        line = Text(no_wrap=True, overflow="crop")
        for entry in fitting(self._entries, self.size.width):
            dim = "" if entry.enabled else "dim"
            line.append(
                Text.assemble(
                    (entry.shown, key_style), " ", (entry.description, description_style), style=dim
                )
            )
            line.append(" ")
        return line

    def on_click(self, event: Click) -> None:
        """Press the key that was clicked."""
        end = 0
        for entry in fitting(self._entries, self.size.width):
            end += entry.width
            if event.x < end:
                self.app.simulate_key(entry.key) if entry.enabled else self.app.bell()
                return


def fitting(entries: list[Entry], width: int) -> list[Entry]:
    """Those of the entries that fit into so many cells, in their order; `ALWAYS` are the last to go."""
    kept = list(entries)
    for place in sorted(range(len(entries)), key=lambda place: (_importance(entries[place]), -place)):
        if sum(entry.width for entry in kept) - 1 <= width:
            break
        kept.remove(entries[place])
    return kept


def _importance(entry: Entry) -> int:
    if entry.id in FIRST_TO_GO:
        return FIRST_TO_GO.index(entry.id)
    return len(FIRST_TO_GO) + (entry.id in ALWAYS)


def _entries(screen: Screen[object]) -> list[Entry]:
    """The keys that are meant to be shown, each action of a widget, a screen or the app once."""
    found: dict[tuple[int, str], Entry] = {}
    for active in screen.active_bindings.values():
        binding, key = active.binding, (id(active.node), active.binding.action)
        if binding.show and key not in found:
            shown = screen.app.get_key_display(binding)
            found[key] = Entry(binding.key, binding.id or "", shown, binding.description, active.enabled)
    return list(found.values())
