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
    """Names of weights, as in `state_dict()`: taken over, taken over as far as both reach, left at their fresh values,
    and found but not needed."""

    kept: tuple[str, ...]
    reinitialized: tuple[str, ...]
    unused: tuple[str, ...]
    resized: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.reinitialized and not self.unused and not self.resized

    def describe(self) -> str:
        return tr(
            "{kept} kept, {resized} resized, {fresh} start afresh, {unused} not used.",
            kept=count(len(self.kept), "tensor", "tensors"),
            resized=len(self.resized),
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


def renamed(tensors: Mapping[str, Tensor], renames: Mapping[str, str]) -> dict[str, Tensor]:
    """Saved tensors under the names that their modules have now; what another module leaves free is taken."""
    names = sorted(renames, key=len, reverse=True)

    def now(name: str) -> str:
        old = next((n for n in names if name == n or name.startswith((f"{n}.", f"{n}_"))), None)
        return name if old is None else renames[old] + name[len(old) :]

    moved = {now(name): tensor for name, tensor in tensors.items() if now(name) != name}
    return {**{name: tensor for name, tensor in tensors.items() if now(name) == name}, **moved}


def load(
    model: nn.Module, tensors: Mapping[str, Tensor], *, strict: bool = False, resize: bool = False
) -> Fit:
    """Copies what fits into the model. With `strict`, raises Refusal unless everything fits, before any change.

    With `resize` a tensor of another size of the same name and number of axes is copied as far as both reach; the rest
    keeps its fresh values.
    """
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
        if not resize:
            return fit
        resized = [
            name for name in fit.reinitialized if name in tensors and own[name].ndim == tensors[name].ndim > 0
        ]
        for name in resized:
            common = tuple(
                slice(min(a, b)) for a, b in zip(own[name].shape, tensors[name].shape, strict=True)
            )
            own[name][common].copy_(tensors[name][common])
    fresh = tuple(name for name in fit.reinitialized if name not in resized)
    unused = tuple(name for name in fit.unused if name not in resized)
    return Fit(fit.kept, fresh, unused, tuple(resized))


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
