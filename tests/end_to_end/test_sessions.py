"""Sessions go round: edited on the screen and saved, their comments and order stay; run again, they give the same."""

from pathlib import Path

from tests.end_to_end.screens import type_into_field, until, until_seen
from tests.end_to_end.whole import DIGITS, Shell, events, fingerprint, losses, train_on
from tests.end_to_end.whole import until as wait_until
from tui.app import ThawApp
from workbench import session_file
from workbench.actions import SetEpochs, Thaw
from workbench.protocol import Finished, Started
from workbench.run import RunFolder

COMMENTED = """\
# A first try with the digits.
strategy = "feature-extraction"   # the head alone
name = "mine"      # its runs are called so

[train]
epochs = 2         # enough for a first look
device = "cpu"

# Small pictures, few of them.
[data]
image_size = 32
train_per_class = 4
batch_size = 16    # three steps an epoch

[model]
weights = "none"   # from scratch
name = "shufflenet_v2_x0_5"
"""


async def test_what_is_edited_on_the_screen_is_saved_with_comments_and_order(here: Path, thaw: Shell) -> None:
    path = here / "mine.toml"
    path.write_text(COMMENTED)
    app = ThawApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_seen(pilot, "conv5", "trainable")
        await pilot.press("tab")
        await type_into_field(pilot, "train.epochs", "3")
        await type_into_field(pilot, "seed", "7")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "seed" in path.read_text(), "it is saved")
        await pilot.press("q")
        await pilot.pause()
    wanted = COMMENTED.replace("epochs = 2 ", "epochs = 3 ").splitlines()
    saved = path.read_text().splitlines()
    assert [line for line in saved if line != "seed = 7"] == wanted
    assert saved.index("seed = 7") < saved.index("[train]")
    thaw.done("run", path, "--out", "runs/one")
    thaw.done("run", path, "--out", "runs/two")
    one, two = RunFolder(here / "runs/one"), RunFolder(here / "runs/two")
    assert events(one, Started)[0].epochs == 3
    assert losses(one) == losses(two)
    assert len(losses(one)) == 9
    assert fingerprint(one) == fingerprint(two)


def test_what_was_done_by_hand_is_kept_and_does_the_same_unattended(here: Path, thaw: Shell) -> None:
    run = thaw.start(DIGITS)
    train_on(run, 2)
    for command in ("thaw conv5", "lr 0.001", "freeze conv5", "undo"):
        thaw.done("tell", run.path, command)
    train_on(run, 2)
    epoch = len(losses(run)) // events(run, Started)[0].steps_per_epoch + 1
    thaw.done("tell", run.path, f"epochs {epoch + 1}")
    wait_until(lambda: events(run, Finished), "the run ends", run)
    thaw.done("keep", run.path, "kept.toml")
    session = session_file.load(here / "kept.toml")
    edits = [edit for entry in session.schedule for edit in entry.edits()]
    assert edits[0] == Thaw(("conv5",))
    assert edits[-1] == SetEpochs(epoch + 1)
    assert "# by hand: thaw conv5" in (here / "kept.toml").read_text()
    thaw.done("run", "kept.toml", "--out", "runs/again")
    again = RunFolder(here / "runs/again")
    assert losses(again) == losses(run)
    assert fingerprint(again) == fingerprint(run)
