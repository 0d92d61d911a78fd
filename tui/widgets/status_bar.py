"""The one line above every screen: which of the six it is, the session, the run's state and the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.widgets.text_line import TextLine

if TYPE_CHECKING:
    from tui.app import ThawApp


SCREENS = ("welcome", "data", "model", "train", "evaluate", "runs")

STATE_MARKS = {
    "new": "·",
    "starting": "…",
    "running": "▶",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "failed": "✗",
    "crashed": "✗",
}
"""A character per state, so that no state is told by colour alone."""

STATE_STYLES = {
    "running": "green",
    "paused": "yellow",
    "finished": "green",
    "failed": "red",
    "crashed": "red",
}


def state_text(state: str) -> Text:
    """A run's state as its mark and its word."""
    return Text(f"{STATE_MARKS.get(state, '?')} {state}", style=STATE_STYLES.get(state, ""))


class StatusBar(TextLine):
    """Screens by number on the left, what is open on the right; the right side yields where it is narrow."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $foreground; text-wrap: nowrap; padding: 0 1; }
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._right = Text()

    def show(self, app: ThawApp) -> None:
        """Read the right side from what the app holds."""
        right = _open_things(app)
        if right != self._right:
            self._right = right
            self.refresh()

    def render(self) -> Text:
        """The whole line at the width it has."""
        width = self.content_size.width
        left = self._tabs(names=True)
        if left.cell_len + self._right.cell_len + 2 > width:
            left = self._tabs(names=False)
        right = self._right.copy()
        right.truncate(max(0, width - left.cell_len - 2), overflow="ellipsis")
        return Text.assemble(left, " " * max(1, width - left.cell_len - right.cell_len), right)

    def _tabs(self, *, names: bool) -> Text:
        line = Text("thaw ", style="bold")
        for number, name in enumerate(SCREENS, start=1):
            if number == self._number:
                line.append(f"▌{number} {name}▐", style="bold reverse")
            else:
                line.append(f" {number} {name} " if names else f" {number} ", style="dim")
        return line


def _open_things(app: ThawApp) -> Text:
    parts: list[Text] = []
    if app.is_read_only:
        parts.append(Text("read-only", style="bold"))
    if app.draft is not None:
        parts.append(Text(app.draft.session.name + (" *" if app.draft.modified else "")))
    if app.attached is not None:
        view = app.attached.view
        parts.append(Text("folder gone", style="bold red") if app.attached.gone else state_text(view.state))
        if view.started is not None:
            parts.append(Text(view.started.device))
    return Text(" · ").join(parts)
