"""Lightning's `Trainer` with its `BackboneFinetuning`, whose backbone is what the task freezes and stays frozen.

As it comes, `BackboneFinetuning` goes on training the frozen layers' BatchNorms, which takes longer: that is off.
Off is also what would only slow it down: checkpoints, logs, the progress bar, the trial run of the validation.
"""

import warnings
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import BackboneFinetuning
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from tests.benchmarks.peers.model import frozen_modules, model_for
from tests.benchmarks.peers.pictures import WORKERS, image_folders, usual_transform
from tests.benchmarks.peers.task import Clock, Result, Task, contend

Batch = tuple[torch.Tensor, torch.Tensor]


class Classifier(LightningModule):
    """The model with its training and validation steps."""

    def __init__(self, model: nn.Module, lr: float) -> None:
        super().__init__()
        self.model, self.lr = model, lr
        self.backbone = nn.ModuleList(module for _, module in frozen_modules(model))

    def training_step(self, batch: Batch, _number: int) -> torch.Tensor:
        """The loss of a batch."""
        images, labels = batch
        return cross_entropy(self.model(images), labels)

    def validation_step(self, batch: Batch, _number: int) -> None:
        """Log the accuracy of a batch, which Lightning averages by its size."""
        images, labels = batch
        accuracy = (self.model(images).argmax(1) == labels).float().mean()
        self.log("val_accuracy", accuracy, batch_size=len(labels))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW over what trains."""
        training = [each for each in self.parameters() if each.requires_grad]
        return torch.optim.AdamW(training, lr=self.lr, weight_decay=0.0)


class Frozen(BackboneFinetuning):
    """Its freezing with BatchNorms frozen as well, which `train_bn=False` alone does not do before training."""

    def freeze_before_training(self, pl_module: LightningModule) -> None:
        """Freeze the whole backbone."""
        self.freeze(pl_module.backbone, train_bn=False)


class Laps(Callback):
    """Tells the clock of each epoch's end."""

    def on_fit_start(self, *_: Any) -> None:
        """Nothing has been read yet."""
        self.clock = Clock()

    def on_validation_end(self, *_: Any) -> None:
        """An epoch and its validation are over."""
        self.clock.lap()


def train(task: Task) -> Result:
    """Fit."""
    warnings.filterwarnings("ignore")
    seed_everything(task.seed, workers=True, verbose=False)
    model, preprocessing = model_for(task)
    folders = image_folders(task, usual_transform(preprocessing))
    loaders = [
        DataLoader(
            folders[part],
            batch_size=task.batch_size,
            shuffle=part == "train",
            num_workers=WORKERS,
            persistent_workers=True,
        )
        for part in ("train", "val")
    ]
    classifier = Classifier(model, task.lr)
    freezing = [Frozen(unfreeze_backbone_at_epoch=task.epochs + 1, train_bn=False)]
    laps = Laps()
    trainer = Trainer(
        max_epochs=task.epochs,
        accelerator="cpu",
        callbacks=[laps, *(freezing if len(classifier.backbone) else [])],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(classifier, train_dataloaders=loaders[0], val_dataloaders=loaders[1])
    accuracy = float(trainer.callback_metrics["val_accuracy"])
    return laps.clock.result(accuracy, (len(folders["train"]), len(folders["val"])))


if __name__ == "__main__":
    contend(train)
