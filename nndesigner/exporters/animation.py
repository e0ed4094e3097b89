"""Pictures one after another as an animated GIF, by Pillow. It knows no run and no window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.base.progress import Progress, quiet

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]
LAST = 1500
"""milliseconds that the last picture stays before it begins again"""
MOST_LOOKED_AT = 12
"""pictures that the colours are taken from"""
SAMPLED = 400_000
"""pixels of them together"""


def gif(pictures: Sequence[Pixels], milliseconds: int, progress: Progress = quiet) -> bytes:
    """A GIF of (height, width, 3) uint8 pictures, each shown for a time, again and again; all have the 256 colours that
    fit them best. Pictures of another size than the first one's are cut or stand on its ground.

    Raises ValueError where there is no picture, and whatever `progress` raises to call it off.
    """
    from PIL import Image

    if not pictures:
        raise ValueError("an animation has at least one picture")
    height, width = pictures[0].shape[:2]
    palette = _palette(pictures)

    def drawn() -> Iterator[Image.Image]:
        for number, picture in enumerate(pictures):
            progress(number / len(pictures), "")
            yield Image.fromarray(_fitted(picture, height, width)).quantize(
                palette=palette, dither=Image.Dither.NONE
            )

    frames = drawn()
    first = next(frames)
    out = BytesIO()
    durations = [milliseconds] * (len(pictures) - 1) + [max(LAST, milliseconds)]
    first.save(
        out,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=durations if len(pictures) > 1 else milliseconds,
        loop=0,
        optimize=False,
    )
    return out.getvalue()


def _palette(pictures: Sequence[Pixels]) -> Image:
    """An image that holds the colours of a sample of all pixels."""
    from PIL import Image

    chosen = np.linspace(0, len(pictures) - 1, min(len(pictures), MOST_LOOKED_AT)).round().astype(int)
    pixels = np.concatenate([pictures[i].reshape(-1, 3) for i in chosen.tolist()])
    stride = max(len(pixels) // SAMPLED, 1)
    sample = np.ascontiguousarray(pixels[::stride][None])
    return Image.fromarray(sample).quantize(256, method=Image.Quantize.MEDIANCUT)


def _fitted(picture: Pixels, height: int, width: int) -> Pixels:
    if picture.shape[:2] == (height, width):
        return picture
    made = np.empty((height, width, 3), np.uint8)
    made[:] = picture[0, 0]
    part = picture[:height, :width]
    made[: part.shape[0], : part.shape[1]] = part
    return made
