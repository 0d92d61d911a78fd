"""Pictures small enough to lie inside a page: whole, upright, as data URIs.

Photos become JPEG; tiny pictures stay as they are, as PNG, since a lossy one of 8×8 pixels shows nothing.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from workbench.core.sources import UnreadablePicture, open_source
from workbench.protocol import Prediction

SIDE = 160
"""The longer side of an embedded picture is at most this many pixels."""
TINY = 64
QUALITY = 80


@dataclass(frozen=True)
class ShownPicture:
    """A prediction with its picture as a data URI; empty where it can't be read any more."""

    prediction: Prediction
    uri: str
    tiny: bool


def pictures_of(source: str, predictions: Sequence[Prediction]) -> tuple[ShownPicture, ...]:
    """The pictures of these predictions from the source; BadInput where there is no such source."""
    opened = open_source(source)
    places = {item.name: index for index, item in enumerate(opened.items)}
    found = []
    for one in predictions:
        try:
            picture = opened.open(places[one.file]) if one.file in places else None
        except UnreadablePicture:
            picture = None
        found.append(ShownPicture(one, *(embedded(picture) if picture else ("", False))))
    return tuple(found)


def embedded(picture: Image.Image) -> tuple[str, bool]:
    """An RGB picture as a data URI, and whether it is so small that its pixels should be seen."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    tiny = max(small.size) <= TINY
    data = io.BytesIO()
    if tiny:
        small.save(data, "PNG", optimize=True)
    else:
        small.save(data, "JPEG", quality=QUALITY, optimize=True)
    return data_uri(data.getvalue(), "image/png" if tiny else "image/jpeg"), tiny


def data_uri(data: bytes, media_type: str) -> str:
    """Bytes as a URI that holds them."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
