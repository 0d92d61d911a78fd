"""Values as Python text that fits in a line or is broken into several."""

from collections.abc import Mapping

WIDTH = 110


def literal(value: object, indent: int = 0) -> str:
    """The value as an expression; lists and dictionaries too long for a line have one entry a line."""
    text = repr(value).replace("'", '"') if _is_plain(value) else _collection(value)
    if len(text) + indent <= WIDTH or not isinstance(value, Mapping | list | tuple):
        return text
    inner = " " * (indent + 4)
    if isinstance(value, Mapping):
        lines = [f"{inner}{literal(key)}: {literal(each, indent + 4)}," for key, each in value.items()]
        opening, closing = "{", "}"
    else:
        lines = [f"{inner}{literal(each, indent + 4)}," for each in value]
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ")")
    return "\n".join([opening, *lines, " " * indent + closing])


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and not set(value) & set("'\"\\") and value.isprintable()


def _collection(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        inside = ", ".join(map(_inline, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _inline(value: object) -> str:
    return repr(value).replace("'", '"') if _is_plain(value) else _collection(value)


def keywords(values: Mapping[str, object]) -> str:
    """Keyword arguments of a call."""
    return ", ".join(f"{key}={literal(value)}" for key, value in values.items())


def assignable(path: str) -> str:
    """A module path as an expression: ``classifier.6`` is ``model.classifier[6]``."""
    return "model" + "".join(
        f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".") if part
    )


def short(text: str) -> str:
    """Foreign text in a comment: one line, nothing that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
