"""What the workbench holds in its hands: the session being edited and the run it is attached to.

Plain values without Textual. A draft knows its text, its edits and how to undo them; asking the engine about it and
showing it is left to the app and the screens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.run import RunFolder, Tail

if TYPE_CHECKING:
    from tui.state import RunView
    from workbench.errors import ThawError
    from workbench.protocol import DataPreview, ModelDescription
    from workbench.session import Session


@dataclass(slots=True)
class Draft:
    """A session being edited over the text it came from.

    `text` is the TOML with its comments and `original` the session that it says; `session` is what the edits made
    of it. `path` is the file that saving writes to, or None where a new one has to be named. `description` and
    `preview` are the engine's last answers about the session, `model_problem` and `data_problem` what it complained
    of instead.
    """

    text: str
    original: Session
    session: Session
    path: Path | None = None
    before: list[Session] = field(default_factory=list)
    undone: list[Session] = field(default_factory=list)
    description: ModelDescription | None = None
    preview: DataPreview | None = None
    model_problem: ThawError | None = None
    data_problem: ThawError | None = None

    @property
    def modified(self) -> bool:
        """Whether edits stand that the text does not hold."""
        return self.session != self.original

    def edit(self, session: Session) -> None:
        """Take the edited session; the one before can be had back by `undo`."""
        if session != self.session:
            self.before.append(self.session)
            self.undone.clear()
            self.session = session

    def undo(self) -> bool:
        """Take the last edit back; False where there is none."""
        if not self.before:
            return False
        self.undone.append(self.session)
        self.session = self.before.pop()
        return True

    def redo(self) -> bool:
        """Make the edit again that was undone last; False where there is none."""
        if not self.undone:
            return False
        self.before.append(self.session)
        self.session = self.undone.pop()
        return True

    def toml(self) -> str:
        """The text with the edits written into it; comments and order stay."""
        from workbench.session_file import updated

        return updated(self.text, self.session)

    def saved(self, text: str, path: Path) -> None:
        """The session now stands in that file as that text."""
        self.text, self.path, self.original = text, path, self.session


@dataclass(slots=True)
class Attached:
    """A run that the workbench follows: its folder, the view that its journal gives, and the reader of it.

    `session` is what it was started with (None where its file can't be read), `description` its model as built,
    once the worker has written it. `read_only` says that this user may not write its commands, `caught_up`
    that the view knows all that the journal held when the run was attached, `gone` that its folder can't be read now.
    """

    run: RunFolder
    view: RunView
    tail: Tail
    session: Session | None = None
    description: ModelDescription | None = None
    read_only: bool = False
    caught_up: bool = False
    gone: bool = False

    def corrected(self) -> Session | None:
        """The session with what was corrected in its images while it trained."""
        from workbench.corrected_run import after_edits

        if self.session is None or self.description is None:
            return self.session
        return after_edits(self.session, self.description.stages, self.view.edits)

    def trains(self, session: Session) -> bool:
        """Whether the run is one of this session: as it was started, or as its corrections have made it."""
        return session == self.session or session == self.corrected()

    @property
    def alive(self) -> bool:
        """Whether the run may still take commands, as its journal tells."""
        return self.view.is_live
