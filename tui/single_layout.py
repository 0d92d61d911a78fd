"""One layout and one paint for a change of size, where Textual (8.2) makes two.

While it lays a screen out, Textual gives every widget whose size changes its new `virtual_size`, a reactive that asks
for another layout and another paint of the widget. Neither shows anything new: what depends on the virtual size are
scrollbars, and a widget that scrolls asks for a layout by itself when one of them comes or goes.
"""

from textual.geometry import Size
from textual.widget import Widget

_size_updated = Widget._size_updated  # noqa: SLF001


def lay_out_once() -> None:
    """Let no widget ask for a layout because one gave it a size; for the whole process, and once is enough."""
    Widget._size_updated = _size_updated_once  # type: ignore[method-assign]  # noqa: SLF001


def _size_updated_once(
    self: Widget,
    size: Size,
    virtual_size: Size,
    container_size: Size,
    layout: bool = True,  # noqa: ARG001  (Textual's signature)
) -> bool:
    return _size_updated(self, size, virtual_size, container_size, layout=False)
