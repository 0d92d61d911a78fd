"""fastai's `Learner` on its own data loaders, Adam and freezing; callbacks beyond its defaults only take the time.

fastai would train the BatchNorms of frozen layers too; here they are frozen, so that the same parameters train.
"""

import torch
from fastai.vision.all import (
    Callback,
    CrossEntropyLossFlat,
    ImageDataLoaders,
    Learner,
    Normalize,
    PILImage,
    Transform,
    accuracy,
)
from torch import nn
from torchvision.transforms import Compose

from tests.benchmarks.peers.model import model_for
from tests.benchmarks.peers.pictures import WORKERS, cut
from tests.benchmarks.peers.task import Clock, Result, Task, contend
from workbench.core.preprocess import Preprocessing


class Cut(Transform):
    """Resize and centre crop of the validation, for all pictures."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        self._cut = Compose(cut(preprocessing))

    def encodes(self, picture: PILImage) -> PILImage:
        """The picture, resized and cut."""
        return PILImage(self._cut(picture))


class Laps(Callback):
    """Tells the clock of each epoch's end."""

    def before_fit(self) -> None:
        """Nothing has been read yet."""
        self.clock = Clock()

    def after_epoch(self) -> None:
        """An epoch and its validation are over."""
        self.clock.lap()


def groups(model: nn.Module) -> list[list[nn.Parameter]]:
    """The frozen parameters, where there are any, and those that train; fastai freezes all groups but the last."""
    frozen = [each for each in model.parameters() if not each.requires_grad]
    training = [each for each in model.parameters() if each.requires_grad]
    return [frozen, training] if frozen else [training]


def train(task: Task) -> Result:
    """Fit at a constant rate."""
    torch.manual_seed(task.seed)
    model, preprocessing = model_for(task)
    split = groups(model)
    loaders = ImageDataLoaders.from_folder(
        task.data,
        train="train",
        valid="val",
        item_tfms=Cut(preprocessing),
        batch_tfms=Normalize.from_stats(preprocessing.mean, preprocessing.std),
        bs=task.batch_size,
        num_workers=WORKERS,
        device=torch.device("cpu"),
        shuffle=True,
        drop_last=False,
        seed=task.seed,
    )
    learner = Learner(
        loaders,
        model,
        loss_func=CrossEntropyLossFlat(),
        metrics=accuracy,
        splitter=lambda _: split,
        train_bn=False,
        wd=0.0,
    )
    learner.freeze()
    laps = Laps()
    with learner.no_bar(), learner.no_logging():
        learner.fit(task.epochs, task.lr, cbs=laps)
    sizes = (len(loaders.train_ds), len(loaders.valid_ds))
    return laps.clock.result(float(learner.recorder.values[-1][-1]), sizes)


if __name__ == "__main__":
    contend(train)
