"""Augmentation of training images in batches, on the device, each image by its own draws.

One affine map per image does shift, scale, rotation and mirror in one resampling; strong adds light, contrast and
an erased rectangle (Zhong et al., Random Erasing, 2017). The draws depend on the seed, the number of the view
and the image's name alone.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import affine_grid, grid_sample

from workbench.core.draws import uniforms
from workbench.core.preprocess import Preprocessing
from workbench.settings import Settings


@dataclass(frozen=True, slots=True)
class Strength:
    """Amplitudes: shift as a share of the side, scale as a factor around 1, rotation in degrees, light as a factor."""

    shift: float
    scale: float
    rotation: float
    light: float = 0.0
    erase: float = 0.0


STRENGTHS = {"light": Strength(0.08, 0.10, 10.0), "strong": Strength(0.15, 0.25, 20.0, light=0.3, erase=0.25)}


@dataclass(frozen=True)
class Augmentation:
    """What happens to training images: nothing, light or strong changes, and mirroring."""

    kind: Literal["none", "light", "strong"]
    flip: bool
    seed: int
    preprocessing: Preprocessing
    repeat: int = 0
    photos: bool = False

    def under(self, settings: Settings) -> "Augmentation":
        """The same draws with the kind and the mirroring that the settings say; `photos` are mirrored by default."""
        flip = {"default": self.photos, "on": True, "off": False}[settings.flip]
        return replace(self, kind=settings.augment, flip=flip)

    @property
    def views(self) -> int:
        """How many views there are of each image: 1 where nothing is drawn, 0 where every epoch has a new one."""
        return self.repeat if self.kind != "none" or self.flip else 1

    def view(self, epoch: int) -> int:
        """The view, from 0, that an epoch (from 1) sees."""
        return (epoch - 1) % self.views if self.views else epoch - 1

    @property
    def description(self) -> dict[str, object]:
        """Everything that a view of a picture depends on but its number, the picture and the preprocessing."""
        if self.kind == "none" and not self.flip:
            return {"augment": "none", "flip": False}
        strength = asdict(STRENGTHS[self.kind]) if self.kind != "none" else {}
        return {"augment": self.kind, "flip": self.flip, "seed": self.seed, **strength}

    def training_input(self, images: torch.Tensor, keys: NDArray[np.uint64], view: int) -> torch.Tensor:
        """The model's input for stored uint8 pictures (N, 3, stored, stored) of these sample keys in this view."""
        draws = torch.from_numpy(uniforms(self.seed, "augment", view + 1, keys, 9)).float().to(images.device)
        if self.kind == "none":
            if self.flip:
                images = torch.where(draws[:, 0, None, None, None] < 0.5, images.flip(-1), images)
            return self.preprocessing.evaluation_input(images)
        strength = STRENGTHS[self.kind]
        moved = self._move(images.float().div_(255), draws, strength)
        if strength.light:
            moved = _change_light(moved, draws, strength.light)
        normal = self.preprocessing.normalise_(moved)
        return _erase(normal, draws, strength.erase) if strength.erase else normal

    def _move(self, images: torch.Tensor, draws: torch.Tensor, strength: Strength) -> torch.Tensor:
        centred = draws * 2 - 1
        angle = centred[:, 1] * math.radians(strength.rotation)
        zoom = (1 + centred[:, 2] * strength.scale) * (
            self.preprocessing.image_size / self.preprocessing.stored_size
        )
        mirror = torch.where((draws[:, 0] < 0.5) & self.flip, -1.0, 1.0)
        cosine, sine = zoom * torch.cos(angle), zoom * torch.sin(angle)
        shift = centred[:, 3:5] * strength.shift * 2
        rows = torch.stack([cosine * mirror, -sine, shift[:, 0], sine * mirror, cosine, shift[:, 1]], dim=1)
        side = self.preprocessing.image_size
        grid = affine_grid(rows.view(-1, 2, 3), [len(images), 3, side, side], align_corners=False)
        return grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _change_light(images: torch.Tensor, draws: torch.Tensor, amount: float) -> torch.Tensor:
    brightness = 1 + (draws[:, 5] * 2 - 1) * amount
    contrast = 1 + (draws[:, 6] * 2 - 1) * amount
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    changed = (images - mean) * contrast.view(-1, 1, 1, 1) + mean * brightness.view(-1, 1, 1, 1)
    return changed.clamp(0, 1)


def _erase(images: torch.Tensor, draws: torch.Tensor, probability: float) -> torch.Tensor:
    """Images with a square of a third of the side set to the mean, in that share of them."""
    side = images.shape[-1]
    place = torch.arange(side, device=images.device) / side
    inside_x = (place[None, :] >= draws[:, 7, None] - 1 / 6) & (place[None, :] < draws[:, 7, None] + 1 / 6)
    inside_y = (place[None, :] >= draws[:, 8, None] - 1 / 6) & (place[None, :] < draws[:, 8, None] + 1 / 6)
    chosen = draws[:, 5, None, None] < probability
    mask = inside_y[:, :, None] & inside_x[:, None, :] & chosen
    return images.masked_fill(mask[:, None], 0.0)
