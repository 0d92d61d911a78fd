"""A file of weights for any torchvision classifier where no pretrained ones are at hand: random, yet well behaved.

The statistics of its BatchNorms are estimated on smooth noise, so that activations neither grow nor vanish when
they are frozen. How fast a model trains does not depend on its numbers.
"""

from pathlib import Path

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import interpolate

METADATA = {
    "image_size": "224",
    "resize_size": "256",
    "mean": "(0.485, 0.456, 0.406)",
    "std": "(0.229, 0.224, 0.225)",
}


def write_weights(model_name: str, file: Path) -> None:
    """Write the weights, with the preprocessing that goes with them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torchvision.models.get_model(model_name, weights=None).train()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # the mean over all batches
        if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
            with torch.inference_mode():
                model(interpolate(torch.randn(16, 3, 14, 14), size=224, mode="bicubic"))
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, file, METADATA)
