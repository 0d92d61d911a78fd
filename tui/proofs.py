"""What a run's proofs say of it now: the last verify, what contradicts the plan, the last rate search.

A part of `tui.state.RunView`, as pure as that: it is fed events and keeps what still holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench import protocol

BROKEN = "frozen, but verify found it changed"


@dataclass(slots=True)
class Proofs:
    """The latest of each kind.

    `contradicted` gives reasons by parameter name, as the last epoch had them, without those whose state was changed
    since.
    """

    verified: protocol.Verified | None = None
    searched: protocol.RateSearched | None = None
    contradicted: dict[str, str] = field(default_factory=dict)

    @property
    def contradictions(self) -> dict[str, str]:
        """Every tensor that is not as the plan says, with the reason."""
        broken = self.verified.broken if self.verified else ()
        return self.contradicted | dict.fromkeys(broken, BROKEN)

    def feed(self, event: protocol.Verified | protocol.Contradicted | protocol.RateSearched) -> None:
        """Take one event in."""
        match event:
            case protocol.Verified():
                self.verified = event
            case protocol.Contradicted():
                self.contradicted = event.found
            case protocol.RateSearched():
                self.searched = event

    def restart(self, step: int) -> None:
        """Forget what a worker that begins at `step` says anew, and what speaks of steps that are taken again."""
        self.contradicted = {}
        if self.verified and self.verified.step > step:
            self.verified = None
        if self.searched and self.searched.step > step:
            self.searched = None

    def follow(self, before: protocol.Frozenness | None, now: protocol.Frozenness) -> None:
        """Drop the contradictions of parameters whose state or rate is another now: the next epoch will tell."""
        if not self.contradicted or before is None:
            return
        trained, trains = set(before.trainable), set(now.trainable)
        self.contradicted = {
            name: reason
            for name, reason in self.contradicted.items()
            if (name in trained) == (name in trains)
            and before.rate_scales.get(name) == now.rate_scales.get(name)
        }
