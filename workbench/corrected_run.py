"""Images dropped and relabelled while a run trains, as fields of its session: what a run's data has become.

Edits are folded into settings (`workbench.settings`), undo and redo resolved. When a correction comes into force
in a run is the worker's part; here it holds for the whole session.
"""

from collections.abc import Iterable

from workbench.actions import Control, Edit
from workbench.errors import BadInput
from workbench.replay import applied
from workbench.run import RunFolder
from workbench.session import Session
from workbench.settings import History


def after_edits(session: Session, stages: tuple[str, ...], edits: Iterable[Edit]) -> Session:
    """The session with the corrections that are left after these edits, among others, of a run of it."""
    history = History(session.settings(stages))
    for edit in edits:
        try:
            history = history.after(edit)
        except BadInput:
            continue  # an undo with nothing to undo: the worker rejected it too
    return session.corrected(history.now.corrections)


def of_run(run: RunFolder, session: Session) -> Session:
    """The run's session with the corrections that were made while it trained."""
    model = run.model()
    if model is None:
        return session
    edits = (event.action for event in applied(run) if not isinstance(event.action, Control))
    return after_edits(session, model.stages, edits)
