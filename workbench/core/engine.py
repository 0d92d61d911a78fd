"""The engine process: answers the workbench's questions about models and data, one JSON line for another.

It imports torch once and stays warm; it ends when its input does. Whatever goes wrong with a question is its answer,
never the end of the engine.
"""

import os
import sys
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import msgspec

from workbench import __version__
from workbench.errors import UNDECODABLE, ThawError
from workbench.garbage import loading_for_good
from workbench.protocol import Reply, Request, encode
from workbench.run import RunFolder
from workbench.session import Train
from workbench.session_file import load, parse

with loading_for_good():
    from workbench.core.compute import choose
    from workbench.core.describe import describe
    from workbench.core.doctor import examine
    from workbench.core.preview import preview, thumbnails
    from workbench.core.propose import propose
    from workbench.core.sources import Source, open_source
    from workbench.core.weight_facts import weight_facts


def hello() -> dict[str, str]:
    """Versions, and the device that ``auto`` would choose."""
    import torch

    compute = choose(Train())
    return {
        "version": __version__,
        "torch": str(torch.__version__),
        "device": str(compute.device),
        "device_name": compute.device_name,
    }


def propose_session(path: str) -> dict[str, str]:
    """A session for a folder of images."""
    return {"text": propose(Path(path))}


def describe_session(text: str) -> Any:
    """The module tree of a session's model."""
    return describe(parse(text))


def preview_session(text: str, samples: int = 24, size: int = 16) -> Any:
    """What a session's data holds."""
    return preview(parse(text), samples, size)


def run_thumbnails(run: str, split: str, files: list[str], size: int = 24) -> Any:  # noqa: ARG001  (names are unique)
    """Small pictures of a run's images."""
    return thumbnails(_source_of_run(run), files, size)


@lru_cache(maxsize=4)
def _source_of_run(run: str) -> Source:
    return open_source(load(RunFolder(Path(run)).session).data.source)


def examine_session(text: str) -> Any:
    """What is wrong with a session's data."""
    return examine(open_source(parse(text).data.source))


def weights_of_run(run: str, names: list[str]) -> Any:
    """What a run's last checkpoint holds of these parameters."""
    return weight_facts(RunFolder(Path(run)), names)


METHODS: dict[str, Callable[..., Any]] = {
    "hello": hello,
    "propose": propose_session,
    "describe": describe_session,
    "preview": preview_session,
    "thumbnails": run_thumbnails,
    "doctor": examine_session,
    "weights": weights_of_run,
}
SLOW = frozenset({"doctor"})
"""Methods that take minutes: they are answered beside the others, whose answers then come first."""


def answer(line: bytes) -> Reply:
    """The reply to one request."""
    try:
        request = msgspec.json.decode(line, type=Request)
    except UNDECODABLE as error:
        return Reply(-1, error=f"not a request: {error}")
    if request.method not in METHODS:
        return Reply(
            request.id, error=f"no method {request.method!r}", hint=f"methods are {', '.join(METHODS)}"
        )
    try:
        return Reply(request.id, result=METHODS[request.method](**request.params))
    except ThawError as error:
        return Reply(request.id, error=error.message, hint=error.hint)
    except Exception as error:  # noqa: BLE001  (a question must not end the engine)
        traceback.print_exc()
        return Reply(
            request.id, error=f"{type(error).__name__}: {error}", hint="try another session, or report it"
        )


def main() -> None:
    """Answer until the input ends."""
    # What libraries print must not come between the answers.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    writing = Lock()

    def reply(line: bytes) -> None:
        told = encode(answer(line)) + b"\n"
        with writing:
            out.write(told)

    for line in sys.stdin.buffer:
        if _is_slow(line):
            Thread(target=reply, args=(line,), daemon=True).start()
        else:
            reply(line)


def _is_slow(line: bytes) -> bool:
    try:
        return msgspec.json.decode(line, type=Request).method in SLOW
    except UNDECODABLE:
        return False


if __name__ == "__main__":
    main()
