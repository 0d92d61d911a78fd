"""The evaluate screen: what the last evaluation of a split says, as matrix, mix-ups, classes, calibration, pictures.

Reads the worker's metrics and predictions when the journal says that there are new ones, and asks the engine for the
pictures in sight. How each view looks is its widget's part; correcting and comparing is `tui.evaluate_actions`'s.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tui import evaluate_words, graphics
from tui.corrections import notes
from tui.evaluation import ALONE, COMPARED, Evaluation, Kind, chosen, read_evaluation
from tui.screens.evaluate_actions import EvaluateActions
from tui.widgets.class_table import ClassTable
from tui.widgets.confusion import Confusion
from tui.widgets.fixed_text import FixedText
from tui.widgets.mistakes import Mistakes
from tui.widgets.mix_ups import MixUps
from tui.widgets.reliability import Reliability
from workbench.actions import Evaluate, Split
from workbench.errors import ThawError
from workbench.protocol import Evaluated, Thumbnail
from workbench.run import RunFolder

View = Literal["matrix", "mix-ups", "classes", "calibration", "pictures"]
VIEWS: dict[View, type[Widget]] = {
    "matrix": Confusion,
    "mix-ups": MixUps,
    "classes": ClassTable,
    "calibration": Reliability,
    "pictures": Mistakes,
}
SPLITS: tuple[Split, ...] = ("test", "val", "train")
"""The splits in the order in which they are of interest."""

Source = tuple[RunFolder, Evaluated]
"""What an evaluation is read for: the run and the event that told of it."""


def _pictured(source: Source) -> tuple[str, str]:
    """Whose pictures a source's are: the run's path, and the split."""
    run, event = source
    return str(run.path), event.split


class EvaluateScreen(EvaluateActions):
    """Look at what a run gets right and wrong."""

    NUMBER = 5
    LABEL = "evaluate"

    DEFAULT_CSS = """
    EvaluateScreen #evaluate-head { height: 2; padding: 0 1; background: $panel; text-wrap: nowrap; }
    EvaluateScreen #evaluate-views { height: 1fr; }
    EvaluateScreen #evaluate-caption { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; }
    EvaluateScreen #evaluate-empty { height: 1fr; padding: 1 2; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "view('matrix')", "Matrix", show=False, id="evaluate.matrix"),
        Binding("w", "view('mix-ups')", "Mix-ups", show=False, id="evaluate.mix-ups"),
        Binding("c", "view('classes')", "Classes", show=False, id="evaluate.classes"),
        Binding("b", "view('calibration')", "Calibration", show=False, id="evaluate.calibration"),
        Binding("i", "view('pictures')", "Pictures", show=False, id="evaluate.pictures"),
        Binding("v", "next_view", "View", tooltip="The next view", id="evaluate.next-view"),
        Binding("d", "split", "Split", id="evaluate.split"),
        Binding("a", "kind", "Which", tooltip="Wrong, all; fixed and broken beside a run", id="evaluate.all"),
        Binding(
            "C", "compare", "Compare", tooltip="Picture by picture with another run", id="evaluate.compare"
        ),
        Binding("E", "save", "Export", show=False, tooltip="Write it as .csv or .json", id="evaluate.save"),
        Binding(
            "R", "app.report", "Report", show=False, tooltip="The run on one HTML page", id="evaluate.report"
        ),
        Binding("e", "evaluate", "Evaluate", id="evaluate.now"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view: View = "matrix"
        self._wanted_split: Split | None = None
        self._source: Source | None = None
        self._reading = False
        self._kind: Kind = "wrong"
        self._pictured = self._complained = ("", "")
        self._fetching = False

    def body(self) -> ComposeResult:
        """The figures, one of the views once it is looked at, and a line about what the cursor is on."""
        yield FixedText(id="evaluate-head")
        with ContentSwitcher(initial="evaluate-empty", id="evaluate-views"):
            yield FixedText(id="evaluate-empty")
        yield FixedText(id="evaluate-caption")

    # ---- what is there ----

    def splits(self) -> list[Split]:
        """The splits that were evaluated, the most interesting first."""
        attached = self.thaw.attached
        if attached is None:
            return []
        return [split for split in SPLITS if attached.view.last_evaluation(split) is not None]

    @property
    def split(self) -> Split | None:
        """The split that is shown."""
        splits = self.splits()
        return self._wanted_split if self._wanted_split in splits else next(iter(splits), None)

    def run_changed(self) -> None:
        """Read the evaluation anew where the journal tells of a newer one."""
        attached, split = self.thaw.attached, self.split
        event = attached.view.last_evaluation(split) if attached and split else None
        if attached is None or event is None:
            self._source = self.found = None
            self._show()
            return
        source = (attached.run, event)
        if source != self._source:
            self._source = source
            self._read_last()
        self._show_head()

    def _read_last(self) -> None:
        """Read the last evaluation, unless one is being read: then that is shown, and the last one is read after it."""
        if self._source is not None and not self._reading:
            self._reading = True
            self._read(self._source)

    @work(thread=True, group="read-evaluation")
    def _read(self, source: Source) -> None:
        run, event = source
        self.hand_over(partial(self._take, source, read_evaluation(run, event.split)))

    def _take(self, source: Source, found: Evaluation | None) -> None:
        self._reading = False
        if source != self._source:
            self._read_last()
        pictured = _pictured(source)
        if self._source is None or pictured != _pictured(self._source):
            return
        self.found = found
        if pictured != self._pictured:
            self._pictured, self.cell = pictured, None
            self.compare_with(None)
            for pictures in self.query(Mistakes):
                pictures.forget()
        self._show()

    def draft_changed(self) -> None:
        """Show what the open session corrects."""
        for pictures in self.query(Mistakes):
            pictures.note(notes(self.corrected_session()), self.in_force())

    # ---- what is shown ----

    def _show(self) -> None:
        switcher = self.query_one(ContentSwitcher)
        there = self.found is not None
        if there and not switcher.query(f"#{self._view}"):
            self.call_next(self._make_view)
            return
        switcher.current = self._view if there else "evaluate-empty"
        self.query_one("#evaluate-caption").display = there
        self._show_head()
        self.refresh_bindings()
        if self.found is None:
            empty = evaluate_words.nothing(
                self.thaw.attached, reading=self._reading, lost=self.split if self._source else None
            )
            self.query_one("#evaluate-empty", FixedText).say(empty)
            return
        self._show_view(self.found)
        if not switcher.query_one(f"#{self._view}").has_focus:
            switcher.query_one(f"#{self._view}").focus()
        self.show_caption()

    async def _make_view(self) -> None:
        """Make the view in sight, which was not looked at before, and fill it."""
        views = self.query_one(ContentSwitcher)
        if not views.query(f"#{self._view}"):
            await views.add_content(VIEWS[self._view](id=self._view))
        self._show()

    def _show_view(self, found: Evaluation) -> None:
        """Fill the view in sight; the others wait until they are looked at."""
        match self._view:
            case "matrix":
                self.query_one(Confusion).show(found.metrics, found.by_confusion)
            case "mix-ups":
                self.query_one(MixUps).show(found.mix_ups, found.names)
            case "classes":
                self.query_one(ClassTable).show(found.metrics)
            case "calibration":
                self.query_one(Reliability).show(found.calibration)
            case "pictures":
                shown = chosen(found, self._kind, self.cell, self.beside)
                self.query_one(Mistakes).show(shown, (self._pictured, self._kind, self.cell))
                self.draft_changed()

    def _show_head(self) -> None:
        head = self.query_one("#evaluate-head", FixedText)
        found = self.found
        head.display = found is not None
        if found is not None:
            others = [split for split in self.splits() if split != found.metrics.split]
            room = self.size.width - 2
            head.say(evaluate_words.head(found, self._view, others, self.beside, room))

    def show_caption(self) -> None:
        """Say below the view what its cursor is on."""
        match self._view:
            case "matrix":
                text = self.query_one(Confusion).caption()
            case "mix-ups":
                text = self.query_one(MixUps).caption()
            case "classes":
                text = self.query_one(ClassTable).caption()
            case "calibration":
                text = self.query_one(Reliability).caption()
            case "pictures":
                text = self._pictures_caption()
        self.query_one("#evaluate-caption", FixedText).say(Text(text, no_wrap=True))

    def _pictures_caption(self) -> str:
        pictures = self.query_one(Mistakes)
        text = evaluate_words.picture_words(pictures.caption(), pictures.current, self.beside)
        if text:
            return text if self._kind in ("wrong", "all") or self.cell else f"{self._kind} {text}"
        what = "such pictures" if self.cell or self._kind == "all" else f"{self._kind} pictures"
        return f"no {what} · a shows {self._next_kind()}"

    def on_resize(self) -> None:
        """Another width has room for other words."""
        self._show_head()

    # ---- keys ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Grey out what there is nothing for."""
        if action == "split":
            return True if len(self.splits()) > 1 else None
        if action in ("view", "next_view", "kind", "compare", "save"):
            return True if self.found is not None else None
        return True

    def action_view(self, view: View) -> None:
        """Show one of the views."""
        if view != self._view:
            self._view = view
            if view == "pictures":
                self.cell = None
            self._show()

    def action_next_view(self) -> None:
        """Show the next view."""
        views = list(VIEWS)
        self.action_view(views[(views.index(self._view) + 1) % len(views)])

    def _next_kind(self) -> Kind:
        """What the key for another kind of pictures shows: of a cell's pictures it goes back to the wrong ones."""
        kinds = ALONE if self.beside is None else COMPARED
        if self.cell is not None or self._kind not in kinds:
            return kinds[0]
        return kinds[(kinds.index(self._kind) + 1) % len(kinds)]

    def action_kind(self) -> None:
        """Show the next kind of pictures."""
        self.show_pictures(self._next_kind())

    def show_pictures(self, kind: Kind, cell: tuple[str, str] | None = None) -> None:
        """Show the pictures of a kind, or of a cell of the matrix."""
        self._kind, self.cell, self._view = kind, cell, "pictures"
        self._show()

    def action_split(self) -> None:
        """Show the next evaluated split."""
        splits, now = self.splits(), self.split
        if now is not None:
            self._wanted_split = splits[(splits.index(now) + 1) % len(splits)]
            self.run_changed()

    def action_evaluate(self) -> None:
        """Evaluate now, where a worker lives; else say how."""
        attached = self.thaw.attached
        if attached is None:
            self.notify("open a run first: 6 lists them", title="Nothing to evaluate", markup=False)
        elif attached.view.is_live:
            self.thaw.tell(Evaluate(self.split or "val"))
            self.notify("at the next step boundary", title="Evaluating", markup=False)
        else:
            self.notify(f"from a shell: thaw eval {attached.run.name}", title="The run is over", markup=False)

    # ---- what the views tell ----

    def on_confusion_moved(self) -> None:
        """Say what the cell is."""
        self.show_caption()

    def on_mistakes_moved(self) -> None:
        """Say what the picture is."""
        self.show_caption()

    def on_class_table_ordered(self) -> None:
        """Say which order it is."""
        self.show_caption()

    def on_confusion_opened(self, event: Confusion.Opened) -> None:
        """Show the pictures of a cell."""
        if self.found is not None:
            names = self.found.names
            self.show_pictures(self._kind, (names[event.true], names[event.predicted]))

    def on_mix_ups_opened(self, event: MixUps.Opened) -> None:
        """Show the pictures of a pair."""
        if self.found is not None:
            names = self.found.names
            self.show_pictures(self._kind, (names[event.pair.true], names[event.pair.predicted]))

    def on_data_table_row_selected(self) -> None:
        """Show the mistakes of a class."""
        name = self.query_one(ClassTable).chosen
        if name is not None:
            self.show_pictures(self._kind, (name, ""))

    def on_mistakes_wanted(self) -> None:
        """Fetch what is missing, unless that goes on already."""
        if not self._fetching:
            self._fetching = True
            self._fetch_missing()

    @work(group="thumbnails")
    async def _fetch_missing(self) -> None:
        """Ask the engine for the pictures in sight, while they are looked at; what is asked for is waited for.

        A run with short epochs shows other mistakes before the pictures of the ones before have come.
        """
        pictures = self.query_one(Mistakes)
        while self._view == "pictures" and self.found is not None and (files := pictures.missing):
            of, size = self._pictured, pictures.picture_size
            found = await self._thumbnails(of, files, size)
            if of == self._pictured:
                pictures.put(size, files, found)
        self._fetching = False

    async def _thumbnails(self, of: tuple[str, str], files: tuple[str, ...], size: int) -> list[Thumbnail]:
        run, split = of
        pixels = graphics.pixels(size)
        try:
            return await self.thaw.engine.ask_for(
                list[Thumbnail], "thumbnails", run=run, split=split, files=list(files), size=pixels
            )
        except ThawError as error:
            if of != self._complained:
                self._complained = of
                self.thaw.problem(error)
            return []
