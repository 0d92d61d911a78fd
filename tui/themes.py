"""The themes beside Textual's own: of high contrast, and safe for eyes that see red and green alike.

A theme gives the colours of surfaces and words; the sixteen colours of marks and heat come from a palette that
belongs to it. The safe ones are those of Okabe and Ito (jfly.uni-koeln.de/color, 2008).
"""

from __future__ import annotations

from rich.terminal_theme import TerminalTheme
from textual.theme import Theme

Colour = tuple[int, int, int]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def _palette(background: Colour, foreground: Colour, colours: list[Colour], grey: Colour) -> TerminalTheme:
    """`colours` are red, green, yellow, blue, magenta and cyan; bright ones are the same."""
    return TerminalTheme(background, foreground, [BLACK, *colours, WHITE, grey], [*colours, WHITE])


_CONTRAST_DARK = [
    (255, 96, 96),
    (80, 255, 80),
    (255, 255, 0),
    (120, 180, 255),
    (255, 140, 255),
    (0, 255, 255),
]
_CONTRAST_LIGHT = [(170, 0, 0), (0, 95, 0), (110, 80, 0), (0, 0, 190), (120, 0, 120), (0, 85, 95)]
_SAFE_DARK = [(213, 94, 0), (86, 180, 233), (240, 228, 66), (0, 114, 178), (204, 121, 167), (0, 158, 115)]
_SAFE_LIGHT = [(178, 72, 0), (0, 114, 178), (150, 105, 0), (0, 80, 130), (150, 60, 110), (0, 110, 80)]

PALETTES = {
    "thaw-contrast": _palette(BLACK, WHITE, _CONTRAST_DARK, (190, 190, 190)),
    "thaw-contrast-light": _palette(WHITE, BLACK, _CONTRAST_LIGHT, (70, 70, 70)),
    "thaw-safe": _palette((18, 18, 18), (230, 230, 230), _SAFE_DARK, (140, 140, 140)),
    "thaw-safe-light": _palette((250, 250, 250), (20, 20, 20), _SAFE_LIGHT, (95, 95, 95)),
}
"""The sixteen colours that go with a theme; the others keep Textual's."""

WITHOUT_COLOURS = (
    _palette(BLACK, WHITE, [(225, 225, 225)] * 6, (150, 150, 150)),
    _palette(WHITE, BLACK, [(25, 25, 25)] * 6, (100, 100, 100)),
)
"""Dark and light for NO_COLOR: as greys, red would be the faintest of all where it has to be seen most."""

THEMES = (
    Theme(
        "thaw-contrast",
        primary="#ffff00", secondary="#00ffff", accent="#00ffff", warning="#ffff00", error="#ff6060", success="#50ff50",
        foreground="#ffffff", background="#000000", surface="#000000", panel="#202020", dark=True, text_alpha=1.0,
    ),
    Theme(
        "thaw-contrast-light",
        primary="#0000be", secondary="#00555f", accent="#780078", warning="#6e5000", error="#aa0000", success="#005f00",
        foreground="#000000", background="#ffffff", surface="#ffffff", panel="#e0e0e0", dark=False, text_alpha=1.0,
    ),
    Theme(
        "thaw-safe",
        primary="#56b4e9", secondary="#0072b2", accent="#e69f00", warning="#f0e442", error="#d55e00", success="#009e73",
        foreground="#e6e6e6", background="#121212", surface="#1e1e1e", panel="#262b30", dark=True,
    ),
    Theme(
        "thaw-safe-light",
        primary="#0072b2", secondary="#005082", accent="#966900", warning="#966900", error="#b24800", success="#006e50",
        foreground="#141414", background="#fafafa", surface="#efefef", panel="#dfe4e8", dark=False,
    ),
)  # fmt: skip
