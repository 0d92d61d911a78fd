"""The run's log: what is painted for a line more, and that it stays where it was scrolled to."""

import pytest
from textual.app import App, ComposeResult
from textual.strip import Strip

from tests.tui.made_runs import life, view_of
from tui.log_lines import LogLine
from tui.state import RunView
from tui.widgets.run_log import RunLog


class LogApp(App[None]):
    def compose(self) -> ComposeResult:
        yield RunLog()


def say(view: RunView, text: str) -> None:
    view.log.append(LogLine(0.0, "info", text))
    view.log_count += 1


async def test_a_line_more_is_painted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app, view, painted = LogApp(), view_of(life()), []
    draw = RunLog.render_line

    def counted(self: RunLog, y: int) -> Strip:
        painted.append(y)
        return draw(self, y)

    async with app.run_test(size=(80, 10)) as pilot:
        log = app.query_one(RunLog)
        log.show(view)
        await pilot.pause()
        await pilot.pause()
        monkeypatch.setattr(RunLog, "render_line", counted)
        say(view, "one more")
        log.show(view)
        await pilot.pause()
        await pilot.pause()
        assert painted == list(range(10))
        assert "one more" in log.render_line(9).text


async def test_scrolled_up_it_stays_there() -> None:
    app, view = LogApp(), view_of(life())
    async with app.run_test(size=(80, 10)) as pilot:
        log = app.query_one(RunLog)
        log.show(view)
        await pilot.pause()
        log.focus()
        await pilot.press("g")
        await pilot.pause()
        first = log.render_line(0).text
        say(view, "one more")
        log.show(view)
        await pilot.pause()
        assert log.render_line(0).text == first
        await pilot.press("G")
        await pilot.pause()
        assert "one more" in log.render_line(9).text


async def test_the_start_can_be_asked_for_before_the_run_is_there() -> None:
    app, view = LogApp(), view_of(life())
    async with app.run_test(size=(80, 10)) as pilot:
        log = app.query_one(RunLog)
        log.focus()
        await pilot.press("g")
        log.show(view)
        await pilot.pause()
        assert log.scroll_y == 0
        log.show(None)
        log.show(view)
        await pilot.pause()
        assert log.scroll_y == log.max_scroll_y > 0


class EarlyKey(LogApp):
    """Asks for the start when the lines are there and the layout is not."""

    async def on_mount(self) -> None:
        log = self.query_one(RunLog)
        log.show(view_of(life()))
        await log.run_action("scroll_home")


async def test_the_start_can_be_asked_for_before_the_first_layout() -> None:
    app = EarlyKey()
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        log = app.query_one(RunLog)
        assert log.scroll_y == 0
        assert log.max_scroll_y > 0


async def test_lines_that_came_before_a_new_width_are_there_once() -> None:
    app, view = LogApp(), view_of(life())
    async with app.run_test(size=(80, 10)) as pilot:
        log = app.query_one(RunLog)
        log.show(view)
        await pilot.pause()
        say(view, "while another screen was shown")
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        log.show(view)
        assert log.copied().count("while another screen was shown") == 1
