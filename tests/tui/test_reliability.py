"""Calibration and mix-ups in characters."""

from textual.app import App, ComposeResult

from tui.widgets.mix_ups import MixUps
from tui.widgets.reliability import CLAIM, Reliability
from workbench.calibration import calibration
from workbench.mistakes import MixUp
from workbench.protocol import Prediction


class Bench(App[None]):
    """One widget, alone."""

    def __init__(self, widget: Reliability | MixUps) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget

    def lines(self) -> list[str]:
        return [self.widget.render_line(y).text.rstrip() for y in range(self.widget.size.height)]


async def test_bars_say_how_often_it_is_right_and_a_sign_how_sure_it_is() -> None:
    predictions = [Prediction("", "a", "a" if n < 5 else "b", 0.95) for n in range(10)]
    shown = Reliability()
    app = Bench(shown)
    async with app.run_test(size=(80, 10)):
        shown.show(calibration(predictions))
        title, bin_, *_ = app.lines()
        assert title.split() == ["probability", "images", "says", "right", "0", "%", "50", "%", "100", "%"]
        assert bin_.split()[:4] == ["0.93–1.00", "10", "95.0", "50.0"]
        assert bin_.count("█") == 20
        assert bin_.index(CLAIM) > bin_.rindex("█")
        assert shown.caption().startswith("expected calibration error 45.0 % · overconfident by 45.0 %")
        shown.show(calibration([]))
        assert shown.caption() == "no predictions"


async def test_mix_ups_scroll_under_their_title() -> None:
    shown = MixUps()
    app = Bench(shown)
    async with app.run_test(size=(60, 8)) as pilot:
        shown.show([MixUp(0, 1, 90 - n, 0.5) for n in range(60)], ["[b]ant[/b]", "大熊猫"])
        shown.focus()
        assert app.lines()[1].split()[:3] == ["90", "50.0", "%"]
        assert "[b]ant[/b]" in app.lines()[1]
        await pilot.press("end")
        await pilot.pause()
        assert app.lines()[0].split()[0] == "images"
        assert app.lines()[-1].split()[0] == "31"
        assert shown.caption().startswith("3,630 mistakes in 60 pairs")
