"""From a session to everything that training needs: device, pictures, model, and how images become inputs.

What takes long is told in the journal while it goes on; what is not as asked is told as a notice.
"""

from collections import Counter, deque
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from workbench.core.allocator import keep_freed_memory
from workbench.core.augment import Augmentation
from workbench.core.compute import Compute, choose, make_repeatable
from workbench.core.compute_choice import chosen
from workbench.core.corrections import corrected, listed
from workbench.core.draws import sample_keys
from workbench.core.evaluate import Evaluator
from workbench.core.identities import Identities
from workbench.core.journal import Journal, warn
from workbench.core.models import BuiltModel, build
from workbench.core.partition import Partition
from workbench.core.parts import Parts
from workbench.core.pictures import Pictures, PictureStore
from workbench.core.sources import Source
from workbench.protocol import Progress, Started
from workbench.session import Session


@dataclass
class Task:
    """A session made concrete; `unreadable` collects a message for each picture that can't be read.

    `listed` are the images and their split before any correction.
    """

    session: Session
    compute: Compute
    source: Source
    partition: Partition
    pictures: Pictures
    built: BuiltModel
    augmentation: Augmentation
    identities: Identities
    unreadable: deque[str]
    parts: Parts
    listed: tuple[Source, Partition]

    def take_images(self, source: Source, partition: Partition) -> None:
        """Go on with these labels and this split of the same images."""
        self.source, self.partition = source, partition
        for derived in ("labels", "evaluator", "loss"):
            self.__dict__.pop(derived, None)

    @property
    def model(self) -> nn.Module:
        """The model, on the device."""
        return self.built.module

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, in the order of the model's outputs."""
        return self.source.classes

    @cached_property
    def labels(self) -> torch.Tensor:
        """The class index of every image of the source, int64, on the CPU."""
        index = {name: number for number, name in enumerate(self.classes)}
        return torch.tensor([index[item.label] for item in self.source.items])

    @cached_property
    def evaluator(self) -> Evaluator:
        """What evaluates this task's splits."""
        preprocessing, batch_size = self.built.preprocessing, self.session.data.batch_size
        return Evaluator(self.source, self.pictures, preprocessing, self.compute, self.classes, batch_size)

    @cached_property
    def loss(self) -> nn.CrossEntropyLoss:
        """The training loss, on the device."""
        weights = None
        if self.session.loss.class_weights == "balanced":
            counts = Counter(self.source.items[index].label for index in self.partition.train)
            weights = torch.tensor(
                [len(self.partition.train) / (len(counts) * counts[name]) for name in self.classes],
                device=self.compute.device,
            )
        return nn.CrossEntropyLoss(weight=weights, label_smoothing=self.session.loss.label_smoothing)

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """One key per image of the source, from its name."""
        return sample_keys([item.name for item in self.source.items])

    def tell_unreadable(self, journal: Journal, step: int) -> None:
        """Journal a notice for each picture that was found to be unreadable since the last call."""
        while self.unreadable:
            warn(journal, f"skipped an unreadable picture: {self.unreadable.popleft()}", step)


def start_weights(task: Task) -> dict[str, torch.Tensor]:
    """The weights that the task's run starts from, built once more, on the CPU."""
    return dict(build(task.session, len(task.classes)).module.state_dict())


def prepare(session: Session, journal: Journal, started: Started | None = None) -> Task:
    """Build everything; BadInput or ThawError where the session can't be carried out.

    `started` is how an earlier life of the run, or the run that it repeats, began: it computes in the same way.
    """
    compute = choose(session.train, started)
    make_repeatable(compute)
    keep_freed_memory(compute.device)
    for notice in compute.notices:
        warn(journal, notice, 0, "info")
    journal.write(Progress(message=f"listing the images of {session.data.source}"))
    images = listed(session)
    source, partition = corrected(*images, session.data)
    for notice in source.notices:
        warn(journal, notice, 0)
    journal.write(Progress(message=f"building {session.model.name} with weights {session.model.weights}"))
    built = build(session, len(source.classes))
    if started is None:
        compute = chosen(session, built, replace(compute, notices=()), len(partition.train))
        for notice in compute.notices:
            warn(journal, notice, 0, "info")
    compute.place_model(built.module)
    unreadable: deque[str] = deque()
    identities = Identities(source)
    return Task(
        session=session,
        compute=compute,
        source=source,
        partition=partition,
        pictures=Pictures(
            source,
            built.preprocessing,
            compute,
            unreadable.append,
            PictureStore(identities, built.preprocessing),
        ),
        built=built,
        augmentation=Augmentation(
            session.data.augment,
            source.photos if session.data.flip is None else session.data.flip,
            session.seed,
            built.preprocessing,
            session.data.augment_views,
            source.photos,
        ),
        identities=identities,
        unreadable=unreadable,
        parts=Parts(session.train.accumulate, lambda text, step: warn(journal, text, step)),
        listed=images,
    )
