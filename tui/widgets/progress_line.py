"""Where a run stands, in two lines: its progress, and the figures of the moment.

Says what comes next where the run has ended or waits. A turning sign moves while a worker starts, and while a long
journal is read.
"""

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.timer import Timer

from tui.state import RunView
from tui.widgets.bare_lines import BareLines
from workbench.actions import describe
from workbench.words import count, duration, percent, share

TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
BAR = 24
SIGNS = {"running": "▶", "paused": "‖", "finished": "✓", "stopped": "■", "failed": "✗", "crashed": "✗"}


class ProgressLine(BareLines):
    """Two lines about a run."""

    DEFAULT_CSS = """
    ProgressLine { height: 2; background: $panel; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id)
        self._view: RunView | None = None
        self._turn = 0
        self._reading = False
        self._timer: Timer | None = None

    def show(self, view: RunView | None, *, reading: bool = False) -> None:
        """Show the view as it is now; `reading` while more of the journal is still to be read."""
        self._view, self._reading = view, reading
        waiting = reading or (view is not None and view.state == "starting")
        if waiting and self._timer is None:
            self._timer = self.set_interval(0.2, self._move)
        elif not waiting and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()

    def _move(self) -> None:
        self._turn += 1
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of the lines, between a blank on either side."""
        width = self.size.width - 2
        line = self._line(y, width)
        line.truncate(width, overflow="ellipsis", pad=True)
        style = self.rich_style
        return Strip([Segment(" "), *line.render(self.app.console), Segment(" ")]).apply_style(style)

    def _line(self, y: int, width: int) -> Text:
        if self._view is None:
            return Text("" if y else "no run", style="dim")
        turning = TURNING[self._turn % len(TURNING)]
        if self._reading:
            return Text("" if y else f"{turning} reading what the run has told so far", style="bold")
        return figures(self._view, width) if y else progress(self._view, width, turning)


def progress(view: RunView, width: int, turning: str = "…") -> Text:
    """The first line: how far the run is, or how it ended."""
    match view.state:
        case "starting":
            return Text(f"{turning} {view.progress_message or 'starting the worker'}", style="bold")
        case "running" | "paused":
            return _moving(view, width)
        case "finished":
            return _ended(view, f"{SIGNS[view.state]} finished")
        case "stopped":
            return _ended(view, f"{SIGNS[view.state]} stopped at step {view.step:,} of {view.total_steps:,}")
    at = f" at step {view.step:,}" if view.step else ""
    return Text(f"{SIGNS[view.state]} {view.state}{at}", style="bold")


def _moving(view: RunView, width: int) -> Text:
    done = view.step / max(1, view.total_steps)
    left = view.seconds_left
    time_left = "" if left is None else f" · {duration(left)} left"
    state = "paused · p goes on · " if view.state == "paused" else ""
    start = f"{SIGNS[view.state]} {state}epoch {view.epoch}/{view.epochs} "
    end = f" {100 * done:.0f} % · step {view.step:,}/{view.total_steps:,}{time_left}"
    room = max(4, min(BAR, width - len(start) - len(end)))
    return Text.assemble((start, "bold"), *_bar(done, room), end)


def _bar(done: float, room: int) -> tuple[tuple[str, str], tuple[str, str]]:
    filled = round(done * room)
    return ("█" * filled, "bold"), ("░" * (room - filled), "dim")


def _ended(view: RunView, words: str) -> Text:
    line = Text(words, style="bold")
    if view.finished and view.finished.reason == "early-stopping":
        line.append(" early")
    if view.finished:
        line.append(f" after {duration(view.finished.seconds)}")
    best, test = view.best, view.last_evaluation("test")
    if best:
        line.append(f" · best val {percent(best.accuracy)} (epoch {best.epoch})")
    if test:
        line.append(f" · test {percent(test.accuracy)}", style="bold")
    return line


def figures(view: RunView, width: int) -> Text:
    """The second line: what was asked and is not in force yet, what to do next, or the figures of the moment."""
    if view.pending:
        asked = "; ".join(describe(command.action) for command in view.pending.values())
        return Text(f"… asked: {asked}")
    if view.progress_message and view.state == "running":
        return Text(view.progress_message)
    match view.state:
        case "finished":
            return Text("5 evaluate: confusion matrix and pictures · s starts another run · 6 runs")
        case "stopped" | "failed" | "crashed":
            again = "goes on from the last checkpoint" if view.step else "tries again"
            return Text(f"s {again} · 3 edits the session for a new run · 6 runs")
    return _fitting(_moments(view), width)


def _moments(view: RunView) -> list[str]:
    if view.started is None:
        return ["training starts when the worker is ready; you may leave, it goes on"]
    part = share(view.trainable_parameters, view.total_parameters)
    counts = f"{count(view.trainable_parameters)} of {count(view.total_parameters)}"
    found = [f"trainable {counts} ({part})"]
    if view.step:
        found += [f"lr {view.lr[-1]:.2e}", f"{view.images_per_second:,.0f} images/s"]
    found.append(f"{view.started.device} {view.started.precision}")
    if view.best:
        found.append(f"best val {percent(view.best.accuracy)}")
    if view.step:
        found.append(f"grad norm {view.grad_norm[-1]:.2f}")
    return found


def _fitting(parts: list[str], width: int) -> Text:
    """As many parts as fit, the first ones first."""
    line = parts[0]
    for part in parts[1:]:
        if len(line) + len(part) + 3 <= width:
            line += f" · {part}"
    return Text(line)
