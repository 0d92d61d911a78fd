"""An engine for the screens' tests: the real protocol over stdio, answers made up, no torch.

A model named ``unknown`` is refused, a folder named ``empty`` too, and the method ``die`` ends the process.
"""

import sys
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.made_models import SESSION, model, preview, report, thumbnail, weight_facts
from workbench.protocol import Reply, Request, encode
from workbench.session_file import parse


def answer(request: Request) -> Reply:  # noqa: C901  (one case a method)
    match request.method:
        case "hello":
            return Reply(request.id, {"version": "0", "torch": "0", "device": "cpu", "device_name": "test"})
        case "propose":
            if request.params["path"].endswith("empty"):
                return Reply(
                    request.id, error="empty: no pictures in this folder", hint="give a folder of images"
                )
            return Reply(request.id, {"text": SESSION.replace("letters", "proposed")})
        case "describe":
            name = parse(request.params["text"]).model.name
            if name == "unknown":
                return Reply(request.id, error="'unknown' is no model", hint="did you mean 'resnet18'?")
            return Reply(request.id, msgspec.to_builtins(model(name=name)))
        case "preview":
            return Reply(request.id, msgspec.to_builtins(preview()))
        case "doctor":
            return Reply(request.id, msgspec.to_builtins(report()))
        case "weights":
            names = request.params["names"]
            return Reply(request.id, msgspec.to_builtins([weight_facts(name) for name in names]))
        case "thumbnails":
            return Reply(
                request.id, msgspec.to_builtins([thumbnail(file) for file in request.params["files"]])
            )
        case "die":
            sys.stderr.write("out of memory\n")
            raise SystemExit(3)
    return Reply(request.id, error=f"no method {request.method!r}")


def main() -> None:
    sys.stdout.write("a library's greeting that is no answer\n")
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(encode(answer(msgspec.json.decode(line, type=Request))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
