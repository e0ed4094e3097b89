"""Fields, batches and steps that the tests of this room share."""

from __future__ import annotations

from typing import Any

import torch

from nndesigner.augmentations.catalogue import Step, augmentations
from nndesigner.base.data_field import DataField

PICTURE = DataField(
    name="picture",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 6), ("width", 8)),
    preparation={"kind": "affine", "axis": 0, "offset": [0.0], "scale": [255.0]},
)
COLOURED = DataField(
    name="coloured",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 3), ("height", 6), ("width", 8)),
    statistics={"minimum": 0.0, "maximum": 200.0},
    preparation={"kind": "affine", "axis": 0, "offset": [90.0, 100.0, 110.0], "scale": [50.0, 60.0, 70.0]},
)
MASK = DataField(
    name="mask",
    role="target",
    kind="class",
    element="int",
    axes=(("height", 6), ("width", 8)),
    classes=("none", "a", "b"),
)
CLASS = DataField(name="class", role="target", kind="class", element="int", classes=("a", "b"))
NUMBER = DataField(name="age", role="target", kind="number", element="float", axes=(("feature", 1),))
SERIES = DataField(
    name="series", role="input", kind="series", element="float", axes=(("time", 20), ("feature", 2))
)
WAVE = DataField(
    name="waveform", role="input", kind="series", element="float", axes=(("time", 40), ("feature", 1))
)
STEPS = DataField(
    name="steps",
    role="target",
    kind="class",
    element="int",
    axes=(("time", 20),),
    classes=("a", "b"),
)
TOKENS = DataField(
    name="text", role="input", kind="tokens", element="int", axes=(("time", 20),), tokens=("a",)
)
TABLE = DataField(name="table", role="input", kind="table", element="float", axes=(("feature", 4),))


def step(type: str, position: int = 0, **given: Any) -> Step:
    """A step with these settings and the defaults of the others; it changes every sample unless told otherwise."""
    kind = augmentations()[type]
    return Step(position, kind, kind.values({"probability": 1.0, **given}))


def batch(field: DataField, samples: int = 5, seed: int = 0) -> torch.Tensor:
    """Prepared values: pictures inside black and white, others normal, codes of classes."""
    generator = torch.Generator().manual_seed(seed)
    shape = (samples, *field.sizes)
    if field.kind == "class":
        return torch.randint(len(field.classes), shape, generator=generator)
    if field.kind != "image":
        return torch.randn(shape, generator=generator)
    raw = torch.rand(shape, generator=generator) * (field.statistics.get("maximum", 255.0))
    offset, scale = (torch.tensor(field.preparation[key]).reshape(1, -1, 1, 1) for key in ("offset", "scale"))
    return (raw - offset) / scale


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
