"""The command palette: every binding that works on the present screen, and the actions that have no key.

The palette itself is Textual's; this only says what it offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from tui.app import ThawApp

Command = tuple[str, str, Callable[[], object]]


class ThawCommands(Provider):
    """Offers actions by their description, with the key that does the same."""

    def _commands(self) -> Iterator[Command]:
        app = cast("ThawApp", self.app)
        yield "Demo", "open the bundled digits and train them", app.open_demo
        yield "Start training", "train the open session in a new run folder", app.start_run
        yield "Save as", "save the session to another file", app.action_save_as
        yield (
            "Keep live edits",
            "save the attached run's session with its live edits as a schedule",
            app.action_keep,
        )
        yield "Export", "take the attached run elsewhere: weights, ONNX, .pt2 or code", app.action_export
        yield "Report", "write the attached run on one HTML page", app.action_report
        yield "Schedule", "what the session plans for later epochs and steps", app.action_schedule
        yield "Verify", "prove that what is frozen did not move", app.action_verify
        yield "Find a learning rate", "search one from the weights as they are", app.action_find_rate
        yield (
            "Re-estimate BatchNorm",
            "the statistics of thawed BatchNorms afresh, over the training images",
            app.action_reestimate,
        )
        yield "Mirror training images", "on or off, from the next step on", app.action_flip
        yield "Reload session", "read the session's file again", app.action_reload
        yield "Ask the engine again", "look at the model and the data once more", app.ask_again
        yield "Detach", "stop following the run; it goes on training", app.detach
        yield "Change theme", "choose the colours", app.action_change_theme
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.description and not binding.system and binding.action not in seen:
                seen.add(binding.action)
                run = partial(app.run_action, binding.action, active.node)
                yield binding.description, f"key {app.get_key_display(binding)}", run

    async def search(self, query: str) -> Hits:
        """The actions that match what was typed."""
        matcher = self.matcher(query)
        for title, description, run in self._commands():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=description)

    async def discover(self) -> Hits:
        """All actions, before anything is typed."""
        for title, description, run in self._commands():
            yield DiscoveryHit(title, run, help=description)
