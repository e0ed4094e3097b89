"""What an augmentation is: a declaration, and one function over whole batches. It knows no torch at import.

The functions are plain torch over tensors and a generator, with nothing of nndesigner in them: the training script
prints them as they stand (`compiler/script_augmentation.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, Field, FloatField, resolve

CHANCE = "probability"

OUTSIDE = ChoiceField(
    name="outside",
    label="From outside comes",
    default="black",
    choices={"black": "black", "edge": "the edge, going on", "mirror": "the picture, mirrored"},
    help="What fills the places that lie beyond the picture. A mask has its first class there where it is black.",
)


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """One kind of augmentation.

    `works` says what it works on, and with that how `change` is called; `settings` are its parameters by name:

    - "values": `change(x, generator, **settings)` gives x anew, of the same shape. Pictures (N, C, H, W) come as shares
      of black (0) to white (1), everything else in the prepared values that the network sees.
    - "places": `change(x, masks, generator, **settings)` gives both anew: pictures (N, C, H, W) as above and the masks
      (N, K, H, W) that belong to them, class codes as floats. Series (N, T, F) come with no masks.
    - "samples": `change(x, generator, **settings)` gives x with other samples mixed in, (N,) which these are, and the
      share that the first ones keep.

    Everything random is drawn from `generator`. `fits` says for which field of the data it has a meaning, `wants`
    what that is, in words. Each sample is changed with the probability that the user sets; "samples" are mixed for
    whole batches.
    """

    type: str
    """the saved word; never changes"""
    label: str
    group: str
    help: str
    works: str
    change: Callable[..., Any]
    fits: Callable[[DataField], bool]
    wants: str
    parameters: tuple[Field, ...] = ()
    chance: float = 0.5
    """the usual probability"""
    helpers: tuple[Callable[..., Any], ...] = ()
    """functions that `change` calls"""
    reference: str = ""
    order: int = 50
    """where it stands in lists: the most common ones have the smallest"""
    masks: bool = True
    """whether it can be used where the target is a mask"""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The probability, then the parameters."""
        words = (
            "The share of the batches that are mixed."
            if self.works == "samples"
            else "How likely each sample is changed."
        )
        chance = FloatField(
            name=CHANCE, label="Probability", default=self.chance, minimum=0.0, maximum=1.0, help=words
        )
        return (chance, *self.parameters)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Probability and parameters from saved ones, defaults filled in."""
        return resolve(self.fields, given)[0]


def is_picture(field: DataField) -> bool:
    return field.kind == "image" and [meaning for meaning, _ in field.axes] == ["channel", "height", "width"]


def is_in_colour(field: DataField) -> bool:
    return is_picture(field) and field.sizes[0] == 3


def is_spectrogram(field: DataField) -> bool:
    """A picture with one channel: whether its columns are times nobody says, so it may be one."""
    return is_picture(field) and field.sizes[0] == 1


def is_series(field: DataField) -> bool:
    return field.kind == "series" and len(field.axes) == 2


def is_wave(field: DataField) -> bool:
    """A series of one value per step, as a sound is."""
    return is_series(field) and field.sizes[1] == 1


def is_numbers(field: DataField) -> bool:
    return field.element == "float"


PICTURES = "pictures"
COLOUR = "pictures in colour (three channels)"
SPECTROGRAMS = "spectrograms (pictures with one channel)"
SERIES = "series"
WAVES = "sounds (series of one value)"
