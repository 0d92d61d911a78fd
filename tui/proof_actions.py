"""What the workbench asks a run to prove or to find out: verify, a rate search, re-estimated statistics.

The worker answers in the journal; the dialogs show the answer when it is there.
"""

from __future__ import annotations

from tui.save_actions import SaveActions
from workbench.actions import FindRate, ReestimateBatchNorm, Verify


class ProofActions(SaveActions):
    """The actions that ask the worker something."""

    def action_verify(self) -> None:
        """Ask for the proof that what is frozen did not move, and show the answer."""
        from tui.screens.verified import VerifiedScreen

        attached = self.attached
        before = attached.view.proofs.verified if attached else None
        if attached is not None and attached.alive and self.may_tell("verify"):
            self.tell(Verify(), quietly=True)
            self.push_screen(VerifiedScreen(attached.view, before))
        elif attached is not None and before is not None:
            self.push_screen(VerifiedScreen(attached.view, None))
        elif attached is None or not attached.alive:
            self.say(f"No run is training that could answer. {_how(self)}", warning=True)

    def action_find_rate(self) -> None:
        """Ask for a rate search and show its curve; of a run that no longer trains, the last one's."""
        from tui.screens.rate_search import RateSearchScreen

        attached = self.attached
        before = attached.view.proofs.searched if attached else None
        if attached is not None and attached.alive and self.may_tell("find-lr"):
            self.tell(FindRate(), quietly=True)
            self.push_screen(RateSearchScreen(attached.view, before))
        elif attached is not None and before is not None:
            self.push_screen(RateSearchScreen(attached.view, None))
        elif attached is None or not attached.alive:
            self.say(f"No run is training that could search. {_how(self)}", warning=True)

    def action_reestimate(self) -> None:
        """Let the run estimate the statistics of its thawed BatchNorms afresh."""
        self.tell(ReestimateBatchNorm())


def _how(app: SaveActions) -> str:
    """How a run comes to train that can be asked."""
    attached = app.attached
    if attached is not None and attached.view.state in ("stopped", "failed", "crashed"):
        return "4, then s goes on with this one; ask then"
    return "4, then s starts one; ask while it trains"
