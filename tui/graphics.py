"""Whether the terminal shows pictures of its own, by kitty's protocol or sixel; textual-image draws them then.

The terminal has to be asked before Textual takes its input over, and the answer can take a tenth of a second: only
terminals that are known to have it are asked, or any where ``THAW_GRAPHICS=on`` says so.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.protocol import Thumbnail

TERMS = ("kitty", "ghostty", "foot", "mlterm", "contour", "wezterm", "sixel")
"""Parts of ``TERM``, which also comes along over SSH, of terminals with graphics."""
PROGRAMS = ("WezTerm", "iTerm.app", "ghostty")
SIGNS = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION")

_widget: Any = None


def may_have_graphics(environment: Mapping[str, str]) -> bool:
    """Whether it is worth asking this terminal."""
    wanted = environment.get("THAW_GRAPHICS", "auto")
    if wanted in ("on", "off"):
        return wanted == "on"
    if "TMUX" in environment or environment.get("TERM", "").startswith(("tmux", "screen")):
        return False  # what lies between does not pass pictures on
    named = environment.get("TERM_PROGRAM") in PROGRAMS or any(sign in environment for sign in SIGNS)
    return named or any(part in environment.get("TERM", "") for part in TERMS)


def ask_terminal() -> None:
    """Find out what the terminal can, before Textual starts; without textual-image nothing is asked."""
    global _widget  # noqa: PLW0603  (the terminal can be asked but once)
    if not may_have_graphics(os.environ) or find_spec("textual_image") is None:
        return
    from textual_image.renderable import Image, SixelImage, TGPImage
    from textual_image.widget import Image as ImageWidget

    if Image in (SixelImage, TGPImage):
        _widget = ImageWidget


def has_graphics() -> bool:
    """Whether pictures can be drawn as such."""
    return _widget is not None


def image_widget(thumbnail: Thumbnail) -> Any:
    """A Textual widget that draws the picture by the terminal's own graphics; only where there are some."""
    from PIL import Image

    return _widget(Image.frombytes("RGB", (thumbnail.width, thumbnail.height), thumbnail.rgb))
