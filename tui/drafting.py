"""Drafts: reading them from files, from runs and from folders, asking the engine about them, and saving them.

Nothing here knows the screens; a problem is raised as ThawError, or kept in the draft where it is the engine's answer
about it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.workspace import Draft
from workbench.errors import BadInput, ThawError
from workbench.protocol import DataPreview, ModelDescription

if TYPE_CHECKING:
    from tui.client import Engine
    from workbench.run import RunFolder


def draft_of(text: str, source: str, path: Path | None = None) -> Draft:
    """A draft of a session text; SessionError holds every problem of it."""
    from workbench.session_file import parse

    session = parse(text, source)
    return Draft(text=text, original=session, session=session, path=path)


def draft_of_file(path: Path) -> Draft:
    """A draft of a session file; what is bundled is read-only, so saving it asks for a name."""
    from workbench.session_file import bundled_folder, read_text

    bundled = path.resolve().parent == bundled_folder().resolve()
    return draft_of(read_text(path), path.name, None if bundled else path)


def draft_of_run(run: RunFolder) -> Draft:
    """A draft of the session that a run was started with; saving it asks for a name."""
    from workbench.session_file import read_text

    return draft_of(read_text(run.session), f"{run.name}/session.toml")


def draft_of_live_run(run: RunFolder) -> Draft:
    """A draft of a run's session, in which what was corrected while it trained is an edit that is not saved."""
    from workbench.corrected_run import of_run

    draft = draft_of_run(run)
    draft.edit(of_run(run, draft.session))
    return draft


async def draft_of_folder(engine: Engine, folder: Path) -> Draft:
    """A draft of the session that the engine proposes for a folder of images."""
    answer = await engine.ask("propose", {"path": str(folder)})
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise ThawError("the engine proposed no session", "open one of the examples and set data.source")
    return draft_of(answer["text"], f"the proposal for {folder.name}")


def recall(draft: Draft) -> bool:
    """Give the draft the description of its model that was kept on this disk; False where there is none."""
    from workbench.cache import recall_description

    known = recall_description(draft.session)
    if known is None:
        return False
    draft.description = known
    return True


async def describe(engine: Engine, draft: Draft) -> None:
    """Ask for the model of a draft; the answer or the problem is kept in it."""
    try:
        draft.description = await engine.ask_for(ModelDescription, "describe", text=draft.toml())
        draft.model_problem = None
    except ThawError as error:
        draft.model_problem = error


async def look_at_data(engine: Engine, draft: Draft, *, samples: int, size: int) -> None:
    """Ask for the data of a draft with sample pictures of `size` pixels; answer or problem is kept in it."""
    try:
        draft.preview = await engine.ask_for(
            DataPreview, "preview", text=draft.toml(), samples=samples, size=size
        )
        draft.data_problem = None
    except ThawError as error:
        draft.data_problem, draft.preview = error, None


def save(draft: Draft, path: Path) -> None:
    """Write the draft to a file that it then belongs to; BadInput where it can't be written."""
    from workbench.session_file import read_text
    from workbench.session_file import save as write

    write(draft.session, path, base=draft.text)
    draft.saved(read_text(path), path)


def suggested_path(draft: Draft) -> Path:
    """Where saving a draft without a file would put it."""
    return Path("sessions") / f"{draft.session.name.replace(' ', '-')}.toml"


def reload(draft: Draft) -> Draft:
    """The draft as its file has it now, or as it was opened where it has none; the edits go."""
    return draft_of_file(draft.path) if draft.path is not None else draft_of(draft.text, draft.original.name)


def session_path(path: Path) -> Path:
    """The file that a typed name means; ``.toml`` is added where it is missing."""
    return path if path.suffix == ".toml" else path.with_name(f"{path.name}.toml")


def check_path(path: Path) -> None:
    """Raise BadInput where no session can be written; a missing folder is made when it is."""
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise BadInput(f"{path}: {folder} is a file, not a folder", "give another folder")
    if path.is_dir():
        raise BadInput(f"{path}: is a folder", "give a file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"{path}: {folder} can't be written", "correct its permissions, or choose another")


def exists(path: Path) -> bool:
    """Whether something lies there already."""
    return path.exists()
