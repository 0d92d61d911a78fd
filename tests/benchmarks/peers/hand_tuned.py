"""The best loop that an expert writes by hand: everything fast but reuse of the frozen part's output.

Pictures are decoded once, on all cores, and kept as uint8 at the size the model sees; precision and memory format
are the fastest of four, as their author knows before the loop is started; the optimizer is fused, nothing waits for a
loss. What is frozen has no gradient, so autograd records nothing of it; BatchNorms keep their statistics, as in Thaw.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.datasets import ImageFolder
from torchvision.datasets.folder import default_loader
from torchvision.transforms import Compose, PILToTensor

from tests.benchmarks.peers.fastest import Way, way_for
from tests.benchmarks.peers.model import keep_statistics, model_for, trainable
from tests.benchmarks.peers.pictures import cut, image_folders
from tests.benchmarks.peers.task import Clock, Result, Task, contend
from workbench.core.preprocess import Preprocessing


@dataclass(frozen=True)
class Pictures:
    """All pictures of a split as uint8 (N, 3, side, side), and their labels."""

    images: torch.Tensor
    labels: torch.Tensor


class Loop:
    """Training and validating one model, the fastest way."""

    def __init__(self, task: Task, model: nn.Module, preprocessing: Preprocessing) -> None:
        self._task, self._model = task, model
        self.way = way_for(task)
        model.to(memory_format=self.way.memory_format)
        self._optimizer = torch.optim.AdamW(trainable(model), lr=task.lr, weight_decay=0.0, fused=True)
        self._mean = 255 * torch.tensor(preprocessing.mean).view(1, 3, 1, 1)
        self._scale = 1 / (255 * torch.tensor(preprocessing.std).view(1, 3, 1, 1))

    def train(self, pictures: Pictures) -> None:
        """One epoch in a new order."""
        keep_statistics(self._model)
        for mine in torch.randperm(len(pictures.labels)).split(self._task.batch_size):
            with self.way.autocast():
                loss = cross_entropy(self._model(self._input(pictures.images[mine])), pictures.labels[mine])
            loss.backward()
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)

    @torch.inference_mode()
    def accuracy(self, pictures: Pictures) -> float:
        """The fraction that is told right."""
        self._model.eval()
        correct = torch.tensor(0)
        size = self._task.batch_size
        for images, labels in zip(pictures.images.split(size), pictures.labels.split(size), strict=True):
            with self.way.autocast():
                correct += (self._model(self._input(images)).argmax(1) == labels).sum()
        return float(correct) / len(pictures.labels)

    def _input(self, images: torch.Tensor) -> torch.Tensor:
        return (images.to(memory_format=self.way.memory_format) - self._mean).mul_(self._scale)


def decoded(folder: ImageFolder, preprocessing: Preprocessing, way: Way) -> Pictures:
    """Read and cut every picture, on all cores."""
    small = Compose([*cut(preprocessing), PILToTensor()])
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        images = list(pool.map(lambda sample: small(default_loader(sample[0])), folder.samples))
    return Pictures(torch.stack(images).to(memory_format=way.memory_format), torch.tensor(folder.targets))


def train(task: Task) -> Result:
    """Decode everything, then train and validate in turn."""
    torch.manual_seed(task.seed)
    model, preprocessing = model_for(task)
    folders = image_folders(task, None)
    loop = Loop(task, model, preprocessing)
    accuracy = 0.0
    clock = Clock()
    pictures = {part: decoded(folder, preprocessing, loop.way) for part, folder in folders.items()}
    for _ in range(task.epochs):
        loop.train(pictures["train"])
        accuracy = loop.accuracy(pictures["val"])
        clock.lap()
    return clock.result(accuracy, (len(folders["train"]), len(folders["val"])), str(loop.way))


if __name__ == "__main__":
    contend(train)
