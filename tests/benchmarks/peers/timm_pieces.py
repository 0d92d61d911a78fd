"""A loop of timm's pieces, as its training script puts them together: reader, loader, freezing, optimizer, meters.

Its loader leaves out the last, smaller batch of an epoch, and its freezing keeps BatchNorm statistics.
"""

import torch
from timm.data import create_dataset, create_loader
from timm.optim import create_optimizer_v2
from timm.utils import AverageMeter, accuracy, freeze
from torch import nn

from tests.benchmarks.peers.model import frozen_modules, model_for
from tests.benchmarks.peers.pictures import WORKERS, usual_transform
from tests.benchmarks.peers.task import Clock, Result, Task, contend

Loader = torch.utils.data.DataLoader[tuple[torch.Tensor, torch.Tensor]]


def loader_of(
    task: Task, part: str, transform: object
) -> torch.utils.data.DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """timm's loader of a split with the transform that all contenders share."""
    dataset = create_dataset("", root=task.data, split=part, is_training=part == "train")
    loader: Loader = create_loader(
        dataset,
        input_size=(3, task.image_size, task.image_size),
        batch_size=task.batch_size,
        is_training=part == "train",
        no_aug=True,
        num_workers=WORKERS,
        use_prefetcher=False,
        device=torch.device("cpu"),
    )
    dataset.transform = transform
    return loader


def train(task: Task) -> Result:
    """Train and validate in turn."""
    torch.manual_seed(task.seed)
    model, preprocessing = model_for(task)
    if frozen := [path for path, _ in frozen_modules(model)]:
        freeze(model, frozen)
    transform = usual_transform(preprocessing)
    loaders = {part: loader_of(task, part, transform) for part in ("train", "val")}
    optimizer = create_optimizer_v2(model, opt="adamw", lr=task.lr, weight_decay=0.0)
    right = 0.0
    clock = Clock()
    for _ in range(task.epochs):
        train_one_epoch(model, loaders["train"], optimizer)
        right = validate(model, loaders["val"])
        clock.lap()
    sizes = (len(loaders["train"].dataset), len(loaders["val"].dataset))
    return clock.result(right, sizes)


def train_one_epoch(model: nn.Module, loader: Loader, optimizer: torch.optim.Optimizer) -> None:
    """One pass that trains."""
    model.train()
    losses, criterion = AverageMeter(), nn.CrossEntropyLoss()
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.update(loss.item(), len(images))


@torch.inference_mode()
def validate(model: nn.Module, loader: Loader) -> float:
    """One pass that measures: the fraction that is told right."""
    model.eval()
    right, losses, criterion = AverageMeter(), AverageMeter(), nn.CrossEntropyLoss()
    for images, labels in loader:
        outputs = model(images)
        losses.update(criterion(outputs, labels).item(), len(images))
        right.update(accuracy(outputs, labels)[0].item(), len(images))
    return float(right.avg) / 100


if __name__ == "__main__":
    contend(train)
