"""Saved weights into a network that may have been edited since: what still fits is kept, the rest starts afresh.

Weights go by name, and a node's name is its module's name. Nothing is unpickled: tensors come from safetensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr


@dataclass(frozen=True)
class Fit:
    """Names of weights, as in `state_dict()`: taken over, left at their fresh values, and found but not needed."""

    kept: tuple[str, ...]
    reinitialized: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.reinitialized and not self.unused

    def describe(self) -> str:
        return tr(
            "{kept} kept, {fresh} start afresh, {unused} not used.",
            kept=count(len(self.kept), "tensor", "tensors"),
            fresh=len(self.reinitialized),
            unused=len(self.unused),
        )


def compare(shapes: Mapping[str, tuple[int, ...]], saved: Mapping[str, tuple[int, ...]]) -> Fit:
    """What would be kept: a tensor fits where name and shape are the same."""
    kept = tuple(name for name in shapes if saved.get(name) == shapes[name])
    return Fit(
        kept=kept,
        reinitialized=tuple(name for name in shapes if saved.get(name) != shapes[name]),
        unused=tuple(name for name in saved if name not in shapes),
    )


def load(model: nn.Module, tensors: Mapping[str, Tensor], *, strict: bool = False) -> Fit:
    """Copies what fits into the model. With `strict`, raises Refusal unless everything fits, before any change."""
    own = model.state_dict()
    fit = compare(
        {k: tuple(v.shape) for k, v in own.items()}, {k: tuple(v.shape) for k, v in tensors.items()}
    )
    if strict and not fit.whole:
        odd = (fit.reinitialized or fit.unused)[0]
        raise Refusal(tr("These weights belong to another network: “{name}” does not fit.", name=odd))
    with torch.no_grad():
        for name in fit.kept:
            own[name].copy_(tensors[name])
    return fit


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises Refusal with a sentence where it cannot be read."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except FileNotFoundError:
        raise Refusal(tr("There is no weights file at {path}.", path=path)) from None
    except (SafetensorError, OSError, ValueError) as error:
        raise Refusal(tr("{path} is not a readable safetensors file: {why}.", path=path, why=error)) from None
