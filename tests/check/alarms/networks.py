"""Networks with a known illness, and a healthy one."""

from __future__ import annotations

from typing import Any

from nndesigner.document.document import Document
from tests.training.small import Layers, chain


def sigmoids(depth: int, type: str = "Sigmoid", width: int = 16, **plan: Any) -> Document:
    """So many layers of 16 units with sigmoids, on two moons."""
    inner = [pair for _ in range(depth) for pair in (("Linear", {"out_features": width}), (type, {}))]
    layers: Layers = [("TableInput", {}), *inner, ("Linear", {"out_features": 2}), ("Output", {})]
    return chain("moons", layers, **plan)


def rectified(**plan: Any) -> Document:
    layers: Layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 16}),
        ("ReLU", {}),
        ("Linear", {"out_features": 16}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return chain("moons", layers, **plan)


def recurrent(**plan: Any) -> Document:
    """A recurrent layer that reads a sine, and says its next value."""
    layers: Layers = [
        ("SequenceInput", {"length": "T"}),
        ("RNN", {"hidden_size": 16, "nonlinearity": "relu", "returns": "last"}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    return chain("sine", layers, {"window": 40}, **plan)
