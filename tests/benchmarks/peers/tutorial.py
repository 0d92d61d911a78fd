"""The plain loop of PyTorch's transfer-learning tutorial: two phases an epoch, the best weights kept in a file.

The tutorial's choices stay: worker processes started anew each epoch, ``model.train()`` for frozen layers too, the
loss fetched at every step. Its optimizer and its random crops are replaced by what all contenders share.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn
from torch.utils.data import DataLoader

from tests.benchmarks.peers.model import model_for, trainable
from tests.benchmarks.peers.pictures import WORKERS, image_folders, usual_transform
from tests.benchmarks.peers.task import Clock, Result, Task, contend


def train(task: Task) -> Result:
    """Train and validate in turn."""
    torch.manual_seed(task.seed)
    model, preprocessing = model_for(task)
    folders = image_folders(task, usual_transform(preprocessing))
    loaders = {
        phase: DataLoader(folder, batch_size=task.batch_size, shuffle=True, num_workers=WORKERS)
        for phase, folder in folders.items()
    }
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(trainable(model), lr=task.lr, weight_decay=0.0)
    best, accuracy = -1.0, 0.0
    with TemporaryDirectory() as place:
        clock = Clock()
        for _ in range(task.epochs):
            run_phase(model, loaders["train"], criterion, optimizer)
            accuracy = run_phase(model, loaders["val"], criterion, None)
            if accuracy > best:
                best = accuracy
                torch.save(model.state_dict(), Path(place) / "best.pt")
            clock.lap()
    return clock.result(accuracy, (len(folders["train"]), len(folders["val"])))


def run_phase(
    model: nn.Module,
    loader: "DataLoader[tuple[torch.Tensor, torch.Tensor]]",
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer | None,
) -> float:
    """One pass over the pictures, with an optimizer to train; returns the accuracy."""
    model.train(optimizer is not None)
    total_loss, correct, seen = 0.0, 0, 0
    for images, labels in loader:
        with torch.set_grad_enabled(optimizer is not None):
            outputs = model(images)
            loss = criterion(outputs, labels)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total_loss += loss.item() * len(images)
        correct += int((outputs.argmax(1) == labels).sum())
        seen += len(images)
    return correct / seen


if __name__ == "__main__":
    contend(train)
