"""Shows a grid of pictures in the terminal that it is started in, as the workbench would, for the tests of graphics.

The first argument is which grid: ``samples`` of the data screen, or ``mistakes`` of the evaluate screen. It begins with
what was found out about the terminal. ``o`` puts a dialog over it, ``q`` ends it; other keys are the grid's.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.text import Text
from textual.app import App, ComposeResult

from tui import graphics
from tui.screens.path_dialog import PathDialog
from tui.widgets.mistakes import Mistakes
from tui.widgets.picture_grid import PictureGrid
from workbench.protocol import Prediction, Thumbnail

COLOURS = ((250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0))


def picture(index: int) -> Thumbnail:
    side = graphics.pixels(16)
    return Thumbnail(f"{index}.png", side, side, bytes(COLOURS[index % 4]) * side**2, f"class {index}")


class Shown(App[None]):
    BINDINGS = [("o", "ask", "Ask"), ("q", "quit", "Quit")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield Mistakes() if sys.argv[1] == "mistakes" else PictureGrid()

    def on_mount(self) -> None:
        if sys.argv[1] == "mistakes":
            shown = self.query_one(Mistakes)
            shown.picture_size = 16
            shown.show([Prediction(f"{index}.png", "ant", "bee", 0.9) for index in range(40)])
            shown.focus()
        else:
            shown = self.query_one(PictureGrid)
            shown.show([(picture(index), Text(f"class {index}")) for index in range(40)])
            shown.focus()

    def on_mistakes_wanted(self) -> None:
        shown = self.query_one(Mistakes)
        files = shown.missing
        shown.put(shown.picture_size, files, [picture(int(file.removesuffix(".png"))) for file in files])

    def action_ask(self) -> None:
        self.push_screen(PathDialog("Open"))


if __name__ == "__main__":
    graphics.ask_terminal()
    sys.stdout.write(f"graphics={graphics.has_graphics()} whole={graphics.draws_whole_pictures()}\n")
    sys.stdout.flush()
    Shown().run()
