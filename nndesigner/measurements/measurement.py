"""What can be looked at while a network learns: a declaration, and one function that measures. No torch at import.

A measurement is handed values by the monitor in `training/monitor.py`, which also decides when: it knows no clock, no
process and no view. What it gives is small arrays and plain words, as they travel in a `Frame`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import nndesigner.measurements as package
from nndesigner.base.data_field import DataField
from nndesigner.base.discovery import discover
from nndesigner.base.fields import Field
from nndesigner.base.shapes import TensorType
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head

if TYPE_CHECKING:
    from torch import Tensor

Arrays = dict[str, npt.NDArray[Any]]
Measured = tuple[Arrays, dict[str, Any]]


@dataclass(frozen=True)
class Rows:
    """Some samples on their way through the network: every node's outputs, the targets, and their numbers in the
    data."""

    activations: Mapping[tuple[str, str], Tensor]
    targets: Sequence[Tensor]
    indices: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class OneSample:
    """One sample on its way through the network, as a batch of one that autograd knows the way of.

    `index` is its number in the data, `loss` what it adds to the loss without the penalties; None where the network is
    compared with nothing.
    """

    index: int
    inputs: tuple[Tensor, ...]
    activations: Mapping[tuple[str, str], Tensor]
    targets: tuple[Tensor, ...]
    loss: Tensor | None

    def gradients(self, *places: Tensor | None) -> list[Tensor | None]:
        """The gradient of the loss with respect to each tensor; None where it does not depend on it, or is frozen."""
        import torch

        wanted = [t for t in places if t is not None and t.requires_grad]
        if self.loss is None or not self.loss.requires_grad or not wanted:
            return [None] * len(places)
        found = torch.autograd.grad(self.loss, wanted, retain_graph=True, allow_unused=True)
        by_id = {id(t): g for t, g in zip(wanted, found, strict=True)}
        return [by_id.get(id(t)) for t in places]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known at the moment of measuring. Tensors are without gradients and belong to the model: only read them.

    `activations` are every node's outputs for the probe batch, `parameters` and `gradients` go by module (node) name.
    `answers` takes prepared inputs and gives the probabilities, or numbers, that each head says to people.
    """

    checked: CheckedNetwork
    heads: tuple[Head, ...]
    node: CheckedNode | None = None
    key: str = ""
    """its key: the id, or `a/0/b` inside blocks"""
    module: str = ""
    """the path of the module that holds its weights"""
    options: Mapping[str, Any] = field(default_factory=dict)
    activations: Mapping[tuple[str, str], Tensor] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    gradients: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    inputs: tuple[Tensor, ...] = ()
    """the probe batch, prepared, in the order of the model's inputs"""
    targets: tuple[Tensor, ...] = ()
    """its targets, one per head"""
    indices: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """sample numbers of the probe batch in the data"""
    input_fields: tuple[DataField | None, ...] = ()
    answers: Callable[..., tuple[Tensor, ...]] | None = None
    backward: (
        Callable[[int], tuple[Mapping[tuple[str, str], Tensor], Mapping[tuple[str, str], Tensor], int]] | None
    ) = None
    """a number → every node's outputs for at most as many samples of the probe batch, the gradient of their mean loss
    with respect to each where there is one, and how many samples that were"""
    validation: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """sample numbers of the validation part in the data, in the order in which it is evaluated"""
    rows: Callable[[int], Iterator[Rows]] | None = None
    """a number → as many samples of the validation part, or fewer where that would take long, in chunks"""
    probe: Callable[..., Mapping[tuple[str, str], Tensor]] | None = None
    """prepared inputs → every node's outputs"""
    one: Callable[[int, int], OneSample] | None = None
    """(position in the probe batch, number in the data or -1 for none) → that sample; the number counts where it is
    that of a sample of the part that is looked at"""
    layer: Any = None
    """the torch module that holds the node's weights; None where it has none of its own"""
    pictures: Callable[[npt.NDArray[np.int64]], Sequence[dict[str, Any]]] | None = None
    """sample numbers in the data → what each looks like (see `data/preview.py`)"""
    previews: Callable[[npt.NDArray[np.int64]], Sequence[dict[str, Any]]] | None = None
    """positions in the validation part → what each sample looks like (see `data/preview.py`)"""
    device: Any = None
    classes: (
        Callable[[npt.NDArray[np.int64]], tuple[npt.NDArray[np.int64], tuple[str, ...], str] | None] | None
    ) = None
    """sample numbers → the class that the data knows of each, the names of the classes and that of the field; None
    where it knows none"""
    within: Callable[[CheckedNetwork], Callable[..., tuple[Tensor, ...]]] | None = None
    """a part of the network (`check/sections.py`) → its inputs to its outputs, over the same weights"""
    distort: Callable[[Sequence[Tensor]], list[Tensor]] | None = None
    """what the way of learning does to inputs before the network sees them; None for nothing"""
    sample: Callable[[int], tuple[Tensor, tuple[str, ...], int]] | None = None
    """so many samples that the network makes, always from the same noise: values, a word each, columns; None where the
    way of learning makes none"""

    @property
    def head(self) -> Head | None:
        """The head of the node that is looked at; the first one where no node is."""
        if self.node is None:
            return self.heads[0] if self.heads else None
        return next((h for h in self.heads if h.node.id == self.node.id), None)

    @property
    def head_index(self) -> int:
        head = self.head
        return self.heads.index(head) if head is not None else 0


def no_node(node: CheckedNode) -> bool:
    return False


def no_network(checked: CheckedNetwork) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One thing to look at.

    `reads` says what `measure(values, context)` is handed: "activations" (the node's output on the probe batch, a
    Tensor), "weights" and "gradients" (name → Tensor of the node's module; the gradients are those of the last batch),
    "network" (None: all is in the context), "step" (the weights before and after one step, each as module → name →
    at most 65,536 of the values), "laps" (seconds by the part of a step), "machine" (its numbers by name), or
    "validation" (a list of batches, each (values that the losses read, targets), after an evaluation).
    `applies` says for which nodes it can be looked at, `applies_to` for which networks as a whole (then with node "").
    """

    name: str
    label: str
    help: str
    reads: str
    measure: Callable[[Any, Context], Measured]
    applies: Callable[[CheckedNode], bool] = no_node
    applies_to: Callable[[CheckedNetwork], bool] = no_network
    options: tuple[Field, ...] = ()
    needs_probe: bool = True
    """whether the probe batch has to run first"""
    slow: bool = False
    """whether it takes so long that it has its own pace, and is measured only of nodes that somebody looks at"""
    rate: float = 0.0
    """times a second at most, for what takes long; 0 for as often as everything else"""
    needs_samples: bool = False
    """whether it looks at samples that the way of learning makes, and is left out where it makes none"""
    over_time: bool = False
    """whether a run keeps its earlier frames whatever its plan says of recording: only for what is small"""


@functools.cache
def measurements() -> dict[str, Measurement]:
    """Every measurement by name, found by walking this package, in a stable order."""
    return {found.name: found for found in discover(package, Measurement)}


# -- words that several measurements need -------------------------------------------------------------------------
READS = ("activations", "weights", "gradients", "network", "step", "laps", "machine", "validation")
MOST_SAMPLED = 4096
MAGNITUDES = (-12.0, 4.0)
"""powers of ten from the smallest to the largest magnitude that is told apart"""
MAGNITUDE_BINS = 64


def first_output(node: CheckedNode) -> TensorType | None:
    """The type of the node's first output port."""
    return next(iter(node.outputs.values()), None)


def sampled(values: Tensor, most: int = MOST_SAMPLED) -> Tensor:
    """At most 4,096 of the values, evenly spread over the tensor, as a flat float32 tensor.

    The step shares no factor with the tensor's sizes: a step of 16 through rows of 8 would only ever see their first
    column.
    """
    flat = values.detach().reshape(-1)
    number = flat.numel()
    step = -(-number // most)
    while step > 1 and math.gcd(step, number) > 1:
        step += 1
    return flat[::step].float() if step > 1 else flat.float()


def histogram(values: Tensor, bins: int = 48) -> Measured:
    """{"counts": (bins,) int64, "edges": (bins + 1,) float32} of at most 4,096 of the values, and their moments.

    Values that are not finite are counted in meta["not_finite"] and left out. The standard deviation comes from the
    2-norm: one pass over the values instead of the several that `std` takes.
    """
    import torch

    taken = sampled(values)
    finite = torch.isfinite(taken)
    lost = int(taken.numel() - int(finite.sum()))
    if lost:
        taken = taken[finite]
    if taken.numel() == 0:
        nothing: Arrays = {
            "counts": np.zeros(bins, np.int64),
            "edges": np.linspace(0, 1, bins + 1, dtype=np.float32),
        }
        return nothing, {"not_finite": lost, "values": int(values.numel())}
    low, high = (float(v) for v in torch.aminmax(taken))
    if low == high:
        margin = max(abs(low), 1.0) * 1e-3
        low, high = low - margin, high + margin
    counts = torch.histc(taken, bins, min=low, max=high)
    mean, std = moments(taken)
    arrays: Arrays = {
        "counts": counts.to(torch.int64).cpu().numpy(),
        "edges": np.linspace(low, high, bins + 1, dtype=np.float32),
    }
    zero = float((taken == 0).float().mean())
    return arrays, {
        "mean": mean,
        "std": std,
        "zero_share": zero,
        "not_finite": lost,
        "values": int(values.numel()),
    }


def magnitudes(values: Sequence[Tensor]) -> Measured:
    """{"counts": (64,) int32}: how many of at most 4,096 of the values have which log10 of their size.

    The bins go evenly from 1e-12 to 1e4, four to a power of ten; what is larger counts in the last one. meta: "zero"
    (those that are smaller, zeros among them), "not_finite", "sampled" (all that were looked at).
    """
    import torch

    share = max(MOST_SAMPLED // max(len(values), 1), 1)
    taken = torch.cat([sampled(v, share) for v in values]) if values else torch.zeros(0)
    low, high = MAGNITUDES
    powers = torch.log10(taken.abs())
    finite = torch.isfinite(taken)
    counted = finite & (powers >= low)
    inside = torch.where(counted, powers.clamp(max=high - 1e-4), torch.full_like(powers, low - 1.0))
    counts = torch.histc(inside, MAGNITUDE_BINS, min=low, max=high)  # what is out of its range is left out
    both = torch.cat((counts, torch.stack((finite.sum(), counted.sum())).to(counts.dtype))).cpu().numpy()
    arrays: Arrays = {"counts": both[:-2].astype(np.int32)}
    return arrays, {
        "zero": int(both[-2] - both[-1]),
        "not_finite": int(taken.numel() - both[-2]),
        "sampled": int(taken.numel()),
    }


def moments(values: Tensor) -> tuple[float, float]:
    """Mean and population standard deviation by mean and 2-norm: std² = ‖x‖²/n - mean²."""
    import torch

    mean = float(values.mean())
    square = float(torch.linalg.vector_norm(values)) ** 2 / max(values.numel(), 1)
    return mean, max(square - mean * mean, 0.0) ** 0.5


def as_bytes(values: Tensor) -> tuple[Tensor, float, float]:
    """Values as uint8 between their own smallest (0) and largest (255), and those two."""
    import torch

    finite = torch.nan_to_num(values.float(), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(v) for v in torch.aminmax(finite))
    scaled = (finite - low) * (255.0 / (high - low)) if high > low else torch.zeros_like(finite)
    return scaled.round().to(torch.uint8), low, high


def half(values: npt.NDArray[Any]) -> npt.NDArray[np.float16]:
    """Numbers in half precision, for pictures. What is too large for it becomes the largest that it has, with its sign;
    what is not finite stays so."""
    most = np.finfo(np.float16).max
    return np.where(np.isfinite(values), np.clip(values, -most, most), values).astype(np.float16)
