"""What a worker is asked about code that only it may run, and what it answers: plain values that can travel.

A `Question` is a text, the values of its parameters and what arrives; a `Description` says what leaves it and what it
counts, or what is wrong with it. Neither knows a layer or torch.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from nndesigner.base.shapes import Axis, Size, TensorType

FORM = 1
"""Part of every key: answers of another form are not read."""


class PortType(msgspec.Struct, frozen=True):
    """A tensor type as it travels: (meaning, size) of each axis, sizes as text such as "(T - 3)//2 + 1"."""

    element: str
    axes: tuple[tuple[str, str], ...]
    values: int | None = None

    @staticmethod
    def of(type: TensorType) -> PortType:
        axes = tuple((axis.meaning, str(axis.size)) for axis in type.axes)
        return PortType(type.element, axes, type.values)

    def type(self) -> TensorType:
        """Raises ValueError for a size that is none."""
        axes = tuple(Axis(meaning, Size.of(size)) for meaning, size in self.axes)
        return TensorType(self.element, axes, self.values)


class Question(msgspec.Struct, frozen=True, eq=False):
    """A text in use: its own parameters by name, and what arrives at the ports that are wired. `kind` is "" for a
    layer, else one of the kinds of `base/own_functions.py`, whose answer is only whether it works."""

    code: str
    values: dict[str, Any]
    inputs: dict[str, PortType]
    kind: str = ""

    def key(self) -> str:
        """64 hexadecimal digits, alike for questions that must have the same answer."""
        plain: tuple[Any, ...] = (FORM, self.code, self.values, list(self.inputs.items()))
        plain += (self.kind,) if self.kind else ()
        return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


class Description(msgspec.Struct, frozen=True):
    """What leaves a piece of code, by port, and its counts; or one sentence, and the line (from 1) that it is about.

    `macs` are multiply-accumulates per sample, a size as text; "0" also where they could not be told.
    """

    outputs: dict[str, PortType] = {}
    weights: int = 0
    macs: str = "0"
    error: str = ""
    line: int = 0
