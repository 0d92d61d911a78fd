"""What stands in place of the charts while there is nothing to draw: what would train, what starts, what failed.

Every case says which key goes on. The text is built from the draft and the run; nothing of it is markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from workbench.words import count

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tui.workspace import Attached, Draft

Rows = list[tuple[str, str]]

AGAIN: Rows = [("s", "try again"), ("3", "change the session; s then trains it in a new run"), ("6", "runs")]


class RunCard(Static):
    """A card about the run that is about to be, or that did not get far."""

    DEFAULT_CSS = """
    RunCard { height: auto; max-height: 100%; padding: 1 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None

    def show(self, attached: Attached | None, draft: Draft | None) -> None:
        """Say what there is to say of the run, or of the draft where there is no run."""
        wanted = (
            attached and (attached.run, attached.view, attached.view.version, attached.caught_up),
            draft and (draft.session, draft.description),
        )
        if self._shown != wanted:
            self._shown = wanted
            self.update(card(attached, draft))


def card(attached: Attached | None, draft: Draft | None) -> RenderableType:
    """The card's content."""
    if attached is not None:
        return _of_run(attached)
    if draft is not None:
        return _of_draft(draft)
    return _lines(
        "Nothing to train yet",
        [],
        [("1", "welcome: the demo, recent runs"), ("ctrl+o", "open a folder of images, a session or a run")],
    )


def _of_run(attached: Attached) -> RenderableType:
    view = attached.view
    if view.failed is not None:
        rows = [("what", view.failed.message), ("do", view.failed.hint), ("log", str(attached.run.log))]
        return _lines("The run failed", rows, AGAIN)
    if view.state == "crashed":
        rows = [
            ("what", "the worker ended without a word: killed, out of memory, or the machine went down"),
            ("log", str(attached.run.log)),
        ]
        return _lines("The run crashed", rows, AGAIN)
    title, doing = "Starting", view.progress_message or "starting the worker"
    if not attached.caught_up:
        title, doing = "Opening", "reading what it has told so far"
    return _lines(title, [("run", attached.run.name), ("now", doing)], [("q", "leave: training goes on")])


def _of_draft(draft: Draft) -> RenderableType:
    session = draft.session
    optimizer = session.optimizer
    rows = [
        ("data", f"{session.data.source} · batches of {session.data.batch_size}"),
        ("model", f"{session.model.name} · weights {session.model.weights}"),
        ("trains", _what_trains(draft)),
        ("epochs", f"{session.train.epochs} · device {session.train.device} · {session.train.precision}"),
        ("rate", f"{optimizer.name}, lr {optimizer.lr:g}, {optimizer.schedule}"),
    ]
    keys = [("s", "start training"), ("3", "change what trains and how"), ("2", "look at the data")]
    return _lines(f"Ready to train: {session.name}", rows, keys)


def _what_trains(draft: Draft) -> str:
    session = draft.session
    thawed = ", ".join(session.freeze.thaw or ()) or session.strategy
    if draft.description is None:
        return thawed
    settings = session.settings(draft.description.stages)
    counts, stage_of = draft.description.counts, draft.description.stage_of
    trainable = sum(counts[name] for name in settings.plan.trainable(stage_of))
    total = sum(counts.values())
    return f"{thawed} · {count(trainable)} of {count(total)} parameters"


def _lines(title: str, rows: Rows, keys: Rows) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", Text(title, style="bold"))
    table.add_row("", "")
    for name, text in rows:
        if text:
            table.add_row(Text(name, style="dim"), Text(text))
    if rows:
        table.add_row("", "")
    for key, text in keys:
        table.add_row(Text(key, style="bold"), Text(text))
    return table
