"""The verbs that look before anything trains: open, check and tree.

Those that need torch import the core when they run, so that the others start at once.
"""

from pathlib import Path
from typing import Annotated

import typer

from workbench import run as runs
from workbench import session_file
from workbench.cache import recall_description
from workbench.cli_common import JsonOption, PlainOption, RunsOption, find_run, note, print_json, say
from workbench.cli_live import attach
from workbench.data_files import is_label_file
from workbench.errors import BadInput, ThawError
from workbench.garbage import loading_for_good
from workbench.plain_tables import parameters_inside, state_of, tree_lines
from workbench.plan import check_patterns
from workbench.protocol import Frozenness, ModelDescription
from workbench.run import RunFolder
from workbench.session import Model, Session
from workbench.session_file import Problem, SessionError

CLASSES_UNKNOWN = 10
"""Stands for the number of classes where only names and shapes before the head matter."""
IMAGENET_CLASSES = 1000


def register(app: typer.Typer) -> None:
    """Give the verbs of this file to the command line."""
    app.command("open", hidden=True)(open_path)  # `thaw PATH` becomes it
    app.command()(check)
    app.command()(tree)


def open_path(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A folder of images, a session file or a run.")],
    folder: RunsOption = None,
    plain: PlainOption = False,  # noqa: ARG001  (read by the entry point, which comes here only for plain lines)
) -> None:
    """Look at what lies at a path.

    \b
    thaw photos/                   a folder of images: prints a session that suits it
    thaw photos/ > photos.toml
    thaw labels.csv                a table of pictures and classes: the same
    thaw photos.toml               a session: checks it
    thaw runs/20260301-101500-digits
    """
    place = Path(path)
    if runs.exists(path, runs.runs_folder(folder)):
        attach(path, folder)
    elif place.is_dir() or (place.is_file() and is_label_file(place)):
        with loading_for_good():
            from workbench.core.propose import propose

        print(propose(place), end="")
        note(f"\nsave it, then train: thaw {path} > sessions/mine.toml; thaw run mine")
    elif place.is_file() and place.suffix == ".toml":
        check(path)
        say(f"train it with thaw run {path}")
    else:
        wrong = (
            "neither a session (.toml) nor a folder" if place.exists() else "no such folder, session or run"
        )
        raise BadInput(f"{path}: {wrong}", "thaw --help lists what can be done")


def check(
    session: Annotated[
        str | None, typer.Argument(metavar="SESSION", help="A session file or a bundled name.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of sessions.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Validate a session without training: every problem at once, each with its line.

    \b
    thaw check my.toml
    thaw check --schema > session.schema.json
    """
    if schema:
        print_json(session_file.json_schema())
        return
    if session is None:
        raise BadInput("which session?", "thaw check SESSION, or thaw check --schema")
    path = session_file.find(session)
    try:
        checked(path)
    except SessionError as error:
        if not as_json:
            raise
        fields = [
            {"line": found.line, "key": found.key, "message": found.message} for found in error.problems
        ]
        print_json({"valid": False, "problems": fields})
        raise typer.Exit(BadInput.exit_code) from None
    if as_json:
        print_json({"valid": True, "problems": []})
    else:
        say(f"{path}: a valid session")


def checked(path: Path) -> Session:
    """The session in a file once its model's name, its weights' name and all its patterns are known to be right."""
    text = session_file.read_text(path)
    session = session_file.parse(text, str(path))
    problems = model_problems(session)
    if problems:
        raise SessionError(str(path), [session_file.located(problem, text) for problem in problems])
    return session


def model_problems(session: Session) -> list[Problem]:
    """What is wrong with the session's model, or with the patterns that name its modules."""
    try:
        model = _describe(session, CLASSES_UNKNOWN)
    except BadInput as error:
        key, colon, message = error.message.partition(": ")
        where = key if colon and key.startswith(("model.", "data.")) else "model"
        told = message if where == key else error.message
        return [Problem(None, where, "; ".join(filter(None, (told, error.hint))))]
    return pattern_problems(session, model)


def pattern_problems(session: Session, model: ModelDescription) -> list[Problem]:
    """A problem for every pattern of the session that matches nothing of its model."""
    patterns = [("freeze.thaw", session.freeze.thaw or ()), ("freeze.freeze", session.freeze.freeze)]
    patterns.append(("optimizer.lr_scales", tuple(session.optimizer.lr_scales)))
    for place, entry in enumerate(session.schedule):
        patterns += [(f"schedule.{place}.{key}", getattr(entry, key)) for key in ("only", "thaw", "freeze")]
        patterns.append((f"schedule.{place}.lr_scales", tuple(entry.lr_scales)))
    problems: list[Problem] = []
    for key, pattern in ((key, pattern) for key, found in patterns for pattern in found):
        try:
            check_patterns([pattern], model.stage_of)
        except BadInput as error:
            problems.append(Problem(None, key, f"{error.message}; {error.hint}"))
    return problems


def tree(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL|SESSION|RUN",
            help="A torchvision model, a session or a run [default: the latest run].",
        ),
    ] = None,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a model's tree: what trains, types, output shapes, parameters and stages.

    \b
    thaw tree resnet50             a model as it would start, only the head trainable
    thaw tree my.toml              as the session starts it
    thaw tree RUN                  as the run has it now
    """
    model, trainable = described(what, folder)
    if not as_json:
        print("\n".join(tree_lines(model, trainable.__contains__)))
        return
    inside = parameters_inside(model)
    rows = []
    for row in model.modules:
        state = state_of(inside[row.path], trainable.__contains__)
        rows.append(
            {
                "path": row.path,
                "type": row.type,
                "shape": row.shape,
                "parameters": row.parameters,
                "requires_grad": state in ("trainable", "mixed"),
                "state": state,
                "stage": row.stage,
                "own": {
                    name: {"count": size, "requires_grad": name in trainable}
                    for name, size in row.own.items()
                },
            }
        )
    print_json(rows)


def described(what: str | None, folder: Path | None) -> tuple[ModelDescription, set[str]]:
    """A model's tree and the names of its trainable parameters, by the name of a run, a session or a model."""
    if what is None or runs.exists(what, runs.runs_folder(folder)):
        return described_run(find_run(what, folder))
    if session_file.exists(what):
        session = session_file.load(session_file.find(what))
        try:
            model = _describe(session)
        except BadInput as error:
            if not error.message.startswith("data.source"):
                raise
            note(f"{error.message}: the head is shown for {CLASSES_UNKNOWN} classes")
            model = _describe(session, CLASSES_UNKNOWN)
    else:
        session = Session(model=Model(name=what, weights="none"))
        model = _describe(session, IMAGENET_CLASSES)
    plan = session.settings(model.stages).plan
    return model, plan.trainable(model.stage_of)


def _describe(session: Session, classes: int | None = None) -> ModelDescription:
    """The description of a session's model, for its data's classes unless given; from the cache without torch."""
    known = recall_description(session, classes) if classes is not None else None
    if known is not None:
        return known
    with loading_for_good():
        from workbench.core.describe import describe

    return describe(session, classes)


def described_run(found: RunFolder) -> tuple[ModelDescription, set[str]]:
    """The tree of a run's model, and what its worker said last to be trainable."""
    model = found.model()
    if model is None:
        raise ThawError(f"{found.name}: its worker has not built the model yet", f"see {found.log}")
    events = list(runs.read_events(found.events))
    last = next((event for event in reversed(events) if isinstance(event, Frozenness)), None)
    return model, set(last.trainable if last else ())
