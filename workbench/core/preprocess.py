"""How a picture becomes what a model was trained to see: resize, crop, scale to [0, 1], normalise.

The figures come from the weights. A picture is resized and cut to the square `resize_size` once (`stored`);
from there the centre crop is what torchvision's own preset for the weights gives.
"""

from dataclasses import dataclass

import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Sizes in pixels, mean and standard deviation per channel of pictures in [0, 1]."""

    resize_size: int
    image_size: int
    interpolation: InterpolationMode = InterpolationMode.BILINEAR
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def at(self, image_size: int | None) -> "Preprocessing":
        """The same preprocessing for another image size, the share that the crop cuts away kept."""
        if image_size is None or image_size == self.image_size:
            return self
        margin = round(image_size * (self.resize_size - self.image_size) / self.image_size / 4) * 4
        return Preprocessing(image_size + margin, image_size, self.interpolation, self.mean, self.std)

    @property
    def stored_size(self) -> int:
        """Side of the square that is kept of each picture.

        A multiple of four above image_size, so that cutting twice rounds to the same place as cutting once.
        """
        return self.image_size + max(0, self.resize_size - self.image_size) // 4 * 4

    def stored(self, picture: Image.Image) -> Image.Image:
        """The RGB picture, its short side resized, and the square of `stored_size` cut from its centre."""
        resized = functional.resize(
            picture, [self.resize_size], interpolation=self.interpolation, antialias=True
        )
        cut: Image.Image = functional.center_crop(resized, [self.stored_size, self.stored_size])
        return cut

    def centre(self, images: torch.Tensor) -> torch.Tensor:
        """The centre crop of image_size of stored pictures (N, 3, stored, stored)."""
        cut: torch.Tensor = functional.center_crop(images, [self.image_size, self.image_size])
        return cut

    def normalise_(self, images: torch.Tensor) -> torch.Tensor:
        """Float images in [0, 1], in place, with the weights' mean taken off and divided by their deviation."""
        mean = torch.tensor(self.mean, device=images.device)
        std = torch.tensor(self.std, device=images.device)
        if images.is_contiguous(memory_format=torch.channels_last):
            # Channels lie beside each other: as rows of W times three numbers, kernels take several at a time.
            width = images.shape[3]
            rows = images.permute(0, 2, 3, 1).view(-1, 3 * width)
            rows.sub_(mean.repeat(width)).div_(std.repeat(width))
            return images
        return images.sub_(mean.view(1, 3, 1, 1)).div_(std.view(1, 3, 1, 1))

    def evaluation_input(self, images: torch.Tensor) -> torch.Tensor:
        """Stored uint8 pictures as the model's input: centre crop, [0, 1], normalised."""
        return self.normalise_(self.centre(images).float().div_(255))
