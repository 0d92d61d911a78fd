"""Pictures with what they are and what they were taken for: the most confident mistakes first.

Lays the pictures out in a grid that scrolls and draws only what is visible; it posts which thumbnails it lacks for
that, and whoever holds the engine puts them in.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui import graphics
from tui.graphics import Drawn
from tui.widgets.drawn_pictures import DrawnPictures, with_pictures
from tui.widgets.picture import picture_rows
from tui.widgets.styled_lines import StyledLines
from tui.words import fitted
from workbench.protocol import Prediction, Thumbnail
from workbench.safe_text import inert

SIZES = (16, 24, 32, 48)
CAPTION = 2
GAP = 2
KEPT = 2000
"""So many thumbnails are kept, and all in sight; older ones are asked for again."""
KEPT_LARGE = 300
"""And so many where the terminal draws pixels, of which a thumbnail has a hundred times as many."""


class Mistakes(StyledLines, can_focus=True):
    """A grid of pictures with a cursor."""

    PART = "mistakes--"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mistakes--wrong",
        "mistakes--right",
        "mistakes--file",
        "mistakes--empty",
        "mistakes--note",
    }
    DEFAULT_CSS = """
    Mistakes { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    Mistakes > .mistakes--wrong { color: $text-error; text-style: bold; }
    Mistakes > .mistakes--right { color: $text-success; }
    Mistakes > .mistakes--file { color: $foreground 60%; }
    Mistakes > .mistakes--note { color: $text-warning; text-style: bold; }
    Mistakes > .mistakes--empty { color: $foreground 40%; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "left", show=False, id="pictures.left"),
        Binding("right,l", "move(1)", "right", show=False, id="pictures.right"),
        Binding("up,k", "move_rows(-1)", "up", show=False, id="pictures.up"),
        Binding("down,j", "move_rows(1)", "down", show=False, id="pictures.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="pictures.page-up"),
        Binding("pagedown,space", "page(1)", "page down", show=False, id="pictures.page-down"),
        Binding("home,g", "move(-10000000)", "first", show=False, id="pictures.first"),
        Binding("end,G", "move(10000000)", "last", show=False, id="pictures.last"),
        Binding("plus,equals_sign", "resize(1)", "Size", key_display="+ -", id="pictures.larger"),
        Binding("minus", "resize(-1)", "smaller", show=False, id="pictures.smaller"),
        Binding("enter", "open", "Large", tooltip="The picture by itself", id="pictures.open"),
        Binding("x,delete", "drop", "Drop", tooltip="Leave it out, or take it in again", id="pictures.drop"),
        Binding("r", "relabel", "Relabel", tooltip="Give it another class", id="pictures.relabel"),
        Binding("u", "app.undo_edit", "Undo", show=False, id="pictures.undo"),
        Binding("ctrl+r", "app.redo_edit", "Redo", show=False, id="pictures.redo"),
    ]

    cursor = reactive(0, repaint=False)
    picture_size = reactive(24)

    class Moved(Message):
        """The cursor stands on another picture."""

    class Asked(Message):
        """Something is to be done with a picture: shown large, dropped, or given another class."""

        def __init__(self, what: Literal["open", "drop", "relabel"], one: Prediction) -> None:
            super().__init__()
            self.what = what
            self.one = one

    class Wanted(Message):
        """Pictures are in sight whose thumbnails are missing."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._shown: Sequence[Prediction] = ()
        self._chosen_by: object = None
        self._thumbnails: dict[tuple[str, int], Thumbnail | None] = {}
        self._rows: dict[tuple[str, int], list[list[Segment]]] = {}
        self._drawn = DrawnPictures(self)
        self._notes: Mapping[str, str] = {}
        self._since = ""

    def note(self, notes: Mapping[str, str], since: str) -> None:
        """Write these words under the pictures of these files; `since` says from when on they are true."""
        if (notes, since) != (self._notes, self._since):
            self._notes, self._since = notes, since
            self.refresh()
            self.post_message(self.Moved())

    def show(self, predictions: Sequence[Prediction], chosen_by: object = None) -> None:
        """Show these pictures, in this order; those that could not be had are asked for again.

        A cursor that was moved stays on its picture while the pictures are chosen by the same: a run that trains
        evaluates again and again.
        """
        for key in [key for key, thumbnail in self._thumbnails.items() if thumbnail is None]:
            del self._thumbnails[key]
        if predictions == self._shown:
            self._want()
            return
        cursor = self._place_in(predictions) if chosen_by == self._chosen_by else 0
        self._shown, self._chosen_by = predictions, chosen_by
        self.set_reactive(Mistakes.cursor, self.validate_cursor(cursor))
        if not cursor:
            self.scroll_to(0, 0, animate=False, immediate=True)
        self._lay_out()
        self._keep_in_sight()
        self.post_message(self.Moved())

    def _place_in(self, predictions: Sequence[Prediction]) -> int:
        """Where the cursor's picture stands in others, or the cursor's place where it does not."""
        if not self.cursor:
            return 0
        file = self._shown[self.cursor].file
        return next((place for place, one in enumerate(predictions) if one.file == file), self.cursor)

    def put(self, size: int, files: Sequence[str], thumbnails: Sequence[Thumbnail]) -> None:
        """Take thumbnails in, in the order of the files; where there are none, the files have no picture."""
        for index, file in enumerate(files):
            self._thumbnails[file, size] = thumbnails[index] if index < len(thumbnails) else None
        wanted = {(file, self.picture_size) for file in self._in_sight}
        others = [key for key in self._thumbnails if key not in wanted]
        kept = (KEPT_LARGE if graphics.has_graphics() else KEPT) - len(wanted)
        for key in others[: max(0, len(others) - max(0, kept))]:
            del self._thumbnails[key]
            self._rows.pop(key, None)
        self.refresh()

    def forget(self) -> None:
        """Forget all thumbnails: they are another run's or split's."""
        self._thumbnails.clear()
        self._rows.clear()
        self._drawn.forget()

    @property
    def current(self) -> Prediction | None:
        """The picture under the cursor."""
        return self._shown[self.cursor] if self._shown else None

    def caption(self) -> str:
        """Everything about the picture under the cursor, in one line."""
        one = self.current
        if one is None:
            return ""
        place = f"{self.cursor + 1:,}/{len(self._shown):,}"
        verdict = "right" if one.label == one.predicted else "wrong"
        says = f"is {one.label}, predicted {one.predicted} at {100 * one.probability:.1f} %"
        note = f"{self._notes[one.file]} {self._since}, u undoes · " if one.file in self._notes else ""
        return inert(f"{place} {verdict}: {note}{says} · {one.file}")

    # ---- layout ----

    @property
    def _card(self) -> Size:
        return Size(self.picture_size + GAP, -(-self.picture_size // 2) + CAPTION + 1)

    @property
    def _columns(self) -> int:
        return max(1, self.scrollable_content_region.width // self._card.width)

    def _lay_out(self) -> None:
        rows = -(-len(self._shown) // self._columns)
        self.virtual_size = Size(self.size.width, rows * self._card.height)
        self.refresh()
        self._want()

    def on_resize(self) -> None:
        """Another width holds another number of columns."""
        self._lay_out()
        self._keep_in_sight()

    def watch_picture_size(self) -> None:
        """Other pictures are needed at another size."""
        self._lay_out()
        self._keep_in_sight()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for what came into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    @property
    def missing(self) -> tuple[str, ...]:
        """The files in sight, and of the next screenful, whose thumbnails are missing at this size."""
        return tuple(file for file in self._in_sight if (file, self.picture_size) not in self._thumbnails)

    @property
    def _in_sight(self) -> list[str]:
        """The files in sight and of the next screenful."""
        if not self.size.area:
            return []
        height, columns = self._card.height, self._columns
        first = int(self.scroll_offset.y) // height * columns
        last = first + (2 * self.size.height // height + 2) * columns
        return [one.file for one in self._shown[first:last]]

    def _want(self) -> None:
        if self.missing:
            self.post_message(self.Wanted())

    # ---- the cursor ----

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on the pictures."""
        return max(0, min(cursor, len(self._shown) - 1))

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def _keep_in_sight(self) -> None:
        height = self._card.height
        top = self.cursor // self._columns * height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + height - 1 > self.scroll_offset.y + self.size.height:
            below = top + height - 1 - self.size.height
            # Where a part of a picture can't be drawn, the uppermost row is a whole one.
            whole = -(-below // height) * height if graphics.draws_whole_pictures() else below
            self.scroll_to(y=min(whole, top), animate=False, immediate=True)

    def action_move(self, pictures: int) -> None:
        """Move the cursor."""
        self.cursor += pictures

    def action_move_rows(self, rows: int) -> None:
        """Move the cursor up or down."""
        wanted = self.cursor + rows * self._columns
        self.cursor = wanted if wanted >= 0 else self.cursor

    def action_page(self, pages: int) -> None:
        """Move the cursor by the rows in sight."""
        self.action_move(pages * self._columns * max(1, self.size.height // self._card.height))

    def action_resize(self, steps: int) -> None:
        """Larger or smaller pictures."""
        place = SIZES.index(self.picture_size) + steps
        self.picture_size = SIZES[max(0, min(place, len(SIZES) - 1))]

    def action_open(self) -> None:
        """Ask for the picture by itself."""
        self._ask("open")

    def action_drop(self) -> None:
        """Ask to drop the picture, or to take it back."""
        self._ask("drop")

    def action_relabel(self) -> None:
        """Ask for another class."""
        self._ask("relabel")

    def _ask(self, what: Literal["open", "drop", "relabel"]) -> None:
        if self.current is not None:
            self.post_message(self.Asked(what, self.current))

    # ---- drawing ----

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, with the pictures that the terminal draws over them."""
        return with_pictures(self, super().render_lines(crop), crop, self._ending)

    def _ending(self, y: int) -> Iterator[tuple[int, Drawn]]:
        card_row, line = divmod(y + int(self.scroll_offset.y), self._card.height)
        if line == self._card.height - CAPTION - 2:
            first = card_row * self._columns
            for column, one in enumerate(self._shown[first : first + self._columns]):
                drawn = self._drawn.made((one.file, self.picture_size))
                if drawn is not None:
                    yield column * self._card.width, drawn

    def render_line(self, y: int) -> Strip:
        """One line across the cards of a row."""
        card_row, line = divmod(y + int(self.scroll_offset.y), self._card.height)
        first = card_row * self._columns
        segments: list[Segment] = []
        for index in range(first, min(first + self._columns, len(self._shown))):
            segments += self._card_line(index, line)
            segments.append(Segment(" " * GAP, self.base))
        return Strip(segments).adjust_cell_length(self.line_width, self.base)

    def _card_line(self, index: int, line: int) -> list[Segment]:
        one, width = self._shown[index], self.picture_size
        height = -(-width // 2)
        if line < height:
            return self._picture_line(one.file, line)
        here = Style(reverse=True) if index == self.cursor and self.has_focus else Style()
        wrong = one.label != one.predicted
        if line == height:
            text = verdict(one, width)
            style = self.part("wrong" if wrong else "right")
        elif line == height + 1:
            name = one.file.replace("\\", "/").rsplit("/", 1)[-1]
            note = self._notes.get(one.file)
            text = inert(note or f"{100 * one.probability:.0f} % {name}")
            style = self.part("note" if note else "file")
        else:
            return [Segment(" " * width, self.base)]
        return [Segment(fitted(text, width), style + here)]

    def _picture_line(self, file: str, line: int) -> list[Segment]:
        width, key = self.picture_size, (file, self.picture_size)
        empty = self.part("empty")
        if key not in self._thumbnails:
            return [Segment(("loading …" if line == 0 else "").ljust(width), empty)]
        thumbnail = self._thumbnails[key]
        if thumbnail is None:
            return [Segment(("no picture" if line == 0 else "").ljust(width), empty)]
        if graphics.has_graphics() and thumbnail.width:
            drawn = self._drawn.of(key, thumbnail, width, -(-width // 2))
            return [Segment(" " * width, empty)] if drawn is None else drawn.rows[line]
        if key not in self._rows:
            self._rows[key] = picture_rows(thumbnail)
        rows = self._rows[key]
        above = (-(-width // 2) - len(rows)) // 2
        if not 0 <= line - above < len(rows):
            return [Segment(" " * width, empty)]
        left = max(0, width - thumbnail.width) // 2
        right = max(0, width - left - thumbnail.width)
        return [Segment(" " * left, empty), *rows[line - above][:width], Segment(" " * right, empty)]


def verdict(one: Prediction, width: int) -> str:
    """What it is and what it was taken for, with a sign, in at most `width` cells; each name gets its share."""
    if one.label == one.predicted:
        return fitted(f"✓ {one.label}", width).rstrip()
    room = width - len("✗  → ")
    true, predicted = inert(one.label), inert(one.predicted)
    share = max(room // 2, room - cell_len(predicted))
    true = fitted(true, min(cell_len(true), share))
    return f"✗ {true} → {fitted(predicted, min(cell_len(predicted), room - cell_len(true)))}"
