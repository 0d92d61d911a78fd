"""The evaluate screen: what the last evaluation of a split says, as a matrix, as a table of classes, as pictures.

Reads the worker's metrics and predictions when the journal says that there are new ones, and asks the engine for the
pictures in sight. How each view looks is its widget's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher, Static

from tui.screens.base import ThawScreen
from tui.widgets.class_table import ClassTable
from tui.widgets.confusion import Confusion
from tui.widgets.mistakes import Mistakes, ordered
from tui.words import percent, plural
from workbench.actions import Evaluate, Split
from workbench.errors import ThawError
from workbench.protocol import Evaluated, Metrics, Prediction, Thumbnail

if TYPE_CHECKING:
    from tui.workspace import Attached

View = Literal["matrix", "classes", "pictures"]
VIEWS: tuple[View, ...] = ("matrix", "classes", "pictures")
VIEW_KEYS: dict[View, str] = {"matrix": "m", "classes": "c", "pictures": "i"}
SPLITS: tuple[Split, ...] = ("test", "val", "train")
"""The splits in the order in which they are of interest."""

Source = tuple[str, Evaluated]
"""What an evaluation was read for: the run's path and the event that told of it."""


class EvaluateScreen(ThawScreen):
    """Look at what a run gets right and wrong."""

    NUMBER = 5
    LABEL = "evaluate"

    DEFAULT_CSS = """
    EvaluateScreen #evaluate-head { height: 2; padding: 0 1; background: $panel; text-wrap: nowrap; }
    EvaluateScreen #evaluate-views { height: 1fr; }
    EvaluateScreen #evaluate-caption { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; }
    EvaluateScreen #evaluate-empty { padding: 1 2; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "view('matrix')", "Matrix", show=False, id="evaluate.matrix"),
        Binding("c", "view('classes')", "Classes", show=False, id="evaluate.classes"),
        Binding("i", "view('pictures')", "Pictures", show=False, id="evaluate.pictures"),
        Binding("v", "next_view", "View", tooltip="Matrix, classes, pictures", id="evaluate.next-view"),
        Binding("d", "split", "Split", id="evaluate.split"),
        Binding("a", "all", "All/wrong", id="evaluate.all"),
        Binding("e", "evaluate", "Evaluate", id="evaluate.now"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view: View = "matrix"
        self._wanted_split: Split | None = None
        self._source: Source | None = None
        self._metrics: Metrics | None = None
        self._predictions: list[Prediction] = []
        self._only_mistakes = True
        self._cell: tuple[str, str] | None = None
        self._complained: Source | None = None
        self._pictured = ("", "")

    def body(self) -> ComposeResult:
        """The figures, one of the views, and a line about what the cursor is on."""
        yield Static(id="evaluate-head")
        with ContentSwitcher(initial="evaluate-empty", id="evaluate-views"):
            yield Static(id="evaluate-empty")
            yield Confusion(id="matrix")
            yield ClassTable(id="classes")
            yield Mistakes(id="pictures")
        yield Static(id="evaluate-caption")

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
            self._source, self._metrics, self._predictions = None, None, []
            self._show()
            return
        source = (str(attached.run.path), event)
        if source != self._source:
            self._source = source
            self._read(attached, event)
        self._show_head()

    @work(thread=True, exclusive=True, group="read-evaluation")
    def _read(self, attached: Attached, event: Evaluated) -> None:
        metrics = attached.run.metrics(event.split)
        predictions = ordered(attached.run.predictions(event.split))
        self.app.call_from_thread(self._take, (str(attached.run.path), event), metrics, predictions)

    def _take(self, source: Source, metrics: Metrics | None, predictions: list[Prediction]) -> None:
        if source != self._source:
            return
        self._metrics, self._predictions, self._cell = metrics, predictions, None
        pictured = (source[0], source[1].split)
        if pictured != self._pictured:
            self._pictured = pictured
            self.query_one(Mistakes).forget()
        self._show()

    # ---- what is shown ----

    def _show(self) -> None:
        switcher = self.query_one(ContentSwitcher)
        there = self._metrics is not None
        switcher.current = self._view if there else "evaluate-empty"
        self.query_one("#evaluate-caption").display = there
        self._show_head()
        self.refresh_bindings()
        if not there:
            self.query_one("#evaluate-empty", Static).update(self._nothing())
            return
        self.query_one(Confusion).show(self._metrics)
        self.query_one(ClassTable).show(self._metrics)
        self._show_pictures()
        if not switcher.query_one(f"#{self._view}").has_focus:
            switcher.query_one(f"#{self._view}").focus()
        self._show_caption()

    def _show_pictures(self) -> None:
        shown = [
            one
            for one in self._predictions
            if (self._cell is not None and (one.label, one.predicted) == self._cell)
            or (self._cell is None and (not self._only_mistakes or one.label != one.predicted))
        ]
        self.query_one(Mistakes).show(shown)

    def _show_head(self) -> None:
        head = self.query_one("#evaluate-head", Static)
        metrics = self._metrics
        head.display = metrics is not None
        if metrics is None:
            return
        wrong = round(metrics.images * (1 - metrics.accuracy))
        line = Text.assemble(
            (f"{metrics.split} ", "bold"),
            (f"accuracy {percent(metrics.accuracy)}", "bold"),
            f" · {wrong:,} of {plural(metrics.images, 'image')} wrong · loss {metrics.loss:.4f}",
        )
        tabs = Text(" ").join(
            Text(f" {VIEW_KEYS[view]} {view} ", style="bold reverse" if view == self._view else "dim")
            for view in VIEWS
        )
        tabs.append(f"  {metrics.checkpoint} weights, step {metrics.step:,}", style="dim")
        others = [split for split in self.splits() if split != metrics.split]
        if others:
            tabs.append(f" · d shows {' / '.join(others)}", style="dim")
        head.update(Text("\n").join([line, tabs]))

    def _show_caption(self) -> None:
        match self._view:
            case "matrix":
                text = self.query_one(Confusion).caption()
            case "classes":
                text = self.query_one(ClassTable).caption()
            case _:
                text = self._pictures_caption()
        self.query_one("#evaluate-caption", Static).update(Text(text, no_wrap=True))

    def _pictures_caption(self) -> str:
        text = self.query_one(Mistakes).caption()
        if text:
            return text
        return (
            "no such pictures"
            if self._cell or not self._only_mistakes
            else "no mistakes · a shows all pictures"
        )

    def _nothing(self) -> Text:
        attached = self.thaw.attached
        if attached is None:
            return _lines("No run is open.", "4 starts training · 6 lists the runs · ctrl+o opens one")
        if self._source is not None:
            return _lines("Reading the evaluation …", "")
        if attached.view.is_live:
            return _lines(
                "Nothing is evaluated yet.", "e evaluates the validation split now; every epoch ends with one"
            )
        name = attached.run.name
        return _lines(
            "Nothing was evaluated in this run.", f"from a shell: thaw eval {name} · 4 and s: train on"
        )

    # ---- keys ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Grey out what there is nothing for."""
        if action == "split":
            return True if len(self.splits()) > 1 else None
        if action in ("view", "next_view", "all"):
            return True if self._metrics is not None else None
        return True

    def action_view(self, view: View) -> None:
        """Show one of the views."""
        if view != self._view:
            self._view = view
            if view == "pictures":
                self._cell = None
            self._show()

    def action_next_view(self) -> None:
        """Show the next view."""
        self.action_view(VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)])

    def action_split(self) -> None:
        """Show the next evaluated split."""
        splits, now = self.splits(), self.split
        if now is not None:
            self._wanted_split = splits[(splits.index(now) + 1) % len(splits)]
            self.run_changed()

    def action_all(self) -> None:
        """Show all pictures, or only mistakes."""
        self._only_mistakes = not self._only_mistakes if self._cell is None else True
        self._cell = None
        self._view = "pictures"
        self._show()

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
        self._show_caption()

    def on_mistakes_moved(self) -> None:
        """Say what the picture is."""
        self._show_caption()

    def on_confusion_opened(self, event: Confusion.Opened) -> None:
        """Show the pictures of a cell."""
        if self._metrics is not None:
            names = [report.name for report in self._metrics.per_class]
            self._cell = (names[event.true], names[event.predicted])
            self._view = "pictures"
            self._show()

    def on_data_table_row_selected(self) -> None:
        """Stay: a row says all there is about a class."""

    def on_class_table_ordered(self) -> None:
        """Say which order it is."""
        self._show_caption()

    def on_mistakes_wanted(self, event: Mistakes.Wanted) -> None:
        """Ask the engine for pictures, only while they are looked at."""
        if self._view == "pictures" and self._source is not None:
            self._fetch(self._source, event.files, event.size)

    @work(exclusive=True, group="thumbnails")
    async def _fetch(self, source: Source, files: tuple[str, ...], size: int) -> None:
        path, event = source
        try:
            found = await self.thaw.engine.ask_for(
                list[Thumbnail], "thumbnails", run=path, split=event.split, files=list(files), size=size
            )
        except ThawError as error:
            found = []
            if source != self._complained:
                self._complained = source
                self.thaw.problem(error)
        if source == self._source:
            self.query_one(Mistakes).put(size, files, found)


def _lines(title: str, rest: str) -> Text:
    return Text.assemble((title, "bold"), "\n\n", rest)
