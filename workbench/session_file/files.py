"""Session files: which one a user means, and writing one so that a failure leaves what was there."""

from pathlib import Path

from workbench.errors import BadInput, did_you_mean
from workbench.session import Session
from workbench.session_file.reading import read_text
from workbench.session_file.toml import dumps, updated


def save(session: Session, path: Path, base: str | None = None) -> None:
    """Write the session to a file, over `base` or what the file holds, so that comments stay."""
    if base is None and path.is_file():
        base = read_text(path)
    write_text(updated(base, session) if base is not None else dumps(session), path)


def write_text(text: str, path: Path) -> None:
    """Write a session's text to a file at once, so that a failure leaves what was there; BadInput says why not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise BadInput(f"{path}: can't be written: {error.strerror}", "save to another file") from None


def bundled_folder() -> Path:
    """The folder of the example sessions: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent.parent
    inside = package / "example_sessions"
    return inside if inside.is_dir() else package.parent / "sessions"


def _places(name: str) -> list[Path]:
    return [Path(name), Path("sessions") / f"{name}.toml", bundled_folder() / f"{name}.toml"]


def exists(name: str) -> bool:
    """Whether a name is that of a session: a file, or a name under ``sessions/`` here or among the bundled ones."""
    return any(place.is_file() for place in _places(name))


def find(name: str) -> Path:
    """The session file that a user means: a path, a name under ``sessions/`` here, or a bundled example."""
    for place in _places(name):
        if place.is_file():
            return place
    known = sorted(
        {path.stem for folder in (Path("sessions"), bundled_folder()) for path in folder.glob("*.toml")}
    )
    hint = did_you_mean(name.removesuffix(".toml"), known) or f"bundled are {', '.join(known)}"
    raise BadInput(f"{name}: no such session", hint)
