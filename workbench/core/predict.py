"""Class and probability for picture files, with the weights of one of a run's checkpoints."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from workbench.core.evaluate import predict_logits
from workbench.core.saved_run import SavedRun, open_run
from workbench.core.sources import as_rgb
from workbench.run import RunFolder


@dataclass(frozen=True)
class Result:
    """What the model says of one file: the likeliest class and all probabilities, or why it can't be read."""

    file: str
    label: str = ""
    probability: float = 0.0
    probabilities: dict[str, float] | None = None
    error: str = ""


def predict(run: RunFolder, files: list[Path], checkpoint: str) -> list[Result]:
    """One result a file, in order; a file that can't be read gives its error and stops nothing."""
    saved = open_run(run, checkpoint)
    return [_predict(saved, file) for file in files]


def _predict(saved: SavedRun, file: Path) -> Result:
    try:
        with Image.open(file) as picture:
            stored = saved.preprocessing.picture_tensor(as_rgb(picture))
    except FileNotFoundError:
        return Result(str(file), error="no such file")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Result(str(file), error=f"can't be read: {error}")
    with torch.inference_mode(), saved.compute.autocast():
        images = saved.preprocessing.evaluation_input(saved.compute.place(stored[None]))
        probabilities = predict_logits(saved.model, images).float().softmax(1)[0].tolist()
    by_class = dict(zip(saved.classes, probabilities, strict=True))
    label = max(by_class, key=lambda name: by_class[name])
    return Result(str(file), label, by_class[label], by_class)
