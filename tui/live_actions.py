"""What is changed of a run that trains from any screen: back to the best epoch, augmentation.

The worker applies it at its next step boundary; the log and the charts then show it. What has a screen of its own
(the model tree, the evaluate screen) tells the run from there.
"""

from __future__ import annotations

from textual import work

from tui.proof_actions import ProofActions
from tui.state import RunView
from workbench.actions import RollBack, SetAugment, SetFlip
from workbench.words import percent

AUGMENT = (
    ("none", "the pictures as they are"),
    ("light", "random shifts, scales and turns"),
    ("strong", "larger ones, and colour and erasing"),
)
FLIP = (
    ("on", "mirror half of the pictures left to right"),
    ("off", "never"),
    ("default", "yes for photos, no for digits"),
)


class LiveActions(ProofActions):
    """The actions on the attached run while it trains."""

    @work(group="live", exclusive=True)
    async def action_roll_back(self) -> None:
        """Put the weights of the best epoch back, after asking."""
        view = self._live_view()
        if view is None:
            return
        if view.best is None:
            self.say("No epoch is the best one yet: wait for the first validation", warning=True)
            return
        question = f"Put the weights of epoch {view.best.epoch} back?"
        if await self.confirmed(question, "Roll back", detail=_what_it_means(view)):
            self.tell(RollBack())

    @work(group="live", exclusive=True)
    async def action_augment(self) -> None:
        """Choose how strongly training images are changed from the next step on."""
        match await self._chosen("Augment training images from the next step on", AUGMENT):
            case "none" | "light" | "strong" as kind:
                self.tell(SetAugment(kind))

    @work(group="live", exclusive=True)
    async def action_flip(self) -> None:
        """Choose whether training images are mirrored from the next step on."""
        match await self._chosen("Mirror training images from the next step on", FLIP):
            case "on" | "off" | "default" as mode:
                self.tell(SetFlip(mode))

    async def _chosen(self, title: str, choices: tuple[tuple[str, str], ...]) -> str | None:
        from tui.screens.choose import ChooseScreen

        if self._live_view() is None:
            return None
        found: str | None = await self.push_screen_wait(ChooseScreen(title, choices))
        return found

    def _live_view(self) -> RunView | None:
        """The view of the attached run while it may be told something; else says why not."""
        if self.attached is not None and self.attached.alive:
            return self.attached.view if self.may_tell("change") else None
        self.say("No run is training: 4, then s starts one", warning=True)
        return None


def _what_it_means(view: RunView) -> str:
    """What is gained and what is lost."""
    best, last = view.best, view.last_evaluation("val")
    if best is None or last is None:
        return ""
    then, now = (f"{each.loss:.4f} ({percent(each.accuracy)})" for each in (best, last))
    return (
        f"Validation loss {then} then, {now} at the last look. The steps since are lost unless a checkpoint "
        "is exported; the optimizer's state and the rate stay as they are."
    )
