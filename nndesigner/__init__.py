"""nndesigner: draw a neural network, train it, watch it learn, and save a model that runs elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nndesigner.building import build as build

__version__ = "0.1.0"
__all__ = ["__version__", "build"]


def __getattr__(name: str) -> Any:
    """`nndesigner.build`, found when it is asked for: importing the package must not import torch."""
    if name == "build":
        import importlib

        return importlib.import_module("nndesigner.building").build
    raise AttributeError(f"module nndesigner has no attribute {name}")
