"""What each layer costs: the time of its forward and backward pass, and the memory that it needs in training.

Each layer is run alone on what arrives at it, again and again, and the median is taken: no profiler runs beside it, and
nothing else waits between layers. What surrounds the layers (data, loss, optimizer) is no layer's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Exploration, Piece, Subject

if TYPE_CHECKING:
    from torch import Tensor

    from nndesigner.explorations.exploration import Explored

PATIENCE = 1.0
"""seconds after which a layer is not run again, once it was run three times"""
NUMBERS = ("forward", "backward", "activations", "weights")


def _explore(subject: Subject, options: Mapping[str, Any]) -> Explored:
    """Arrays of one entry per layer in data order, blocks before what is inside them and as large as all of it:
    "forward" and "backward" (seconds, float64), "activations" and "weights" (bytes, int64). meta: "nodes" (keys),
    "names", "blocks" (keys of those that are blocks), "samples", "device", "repeats".

    "activations" is what training keeps of a layer until its gradient has been computed: what leaves it, and what it
    remembers besides, where that is not what arrived. "backward" is 0 where no gradient has to be computed.
    """
    batch = subject.sample(options["samples"] or int(subject.plan["batch_size"]))
    modes = [(module, module.training) for module in subject.model.modules()]
    subject.model.train()
    try:
        number = sum(1 for _ in subject.pieces(batch))
        found: list[tuple[str, str, tuple[float, float, int, int]]] = []
        for piece in subject.pieces(batch):
            subject.progress(len(found) / max(number, 1), tr("Measuring {name}", name=piece.name))
            found.append((piece.key, piece.name, _cost(piece, options["repeats"])))
    finally:
        for module, training in modes:
            module.training = training
    if not found:
        raise Refusal(tr("There is no layer between inputs and outputs, so nothing that takes time."))
    rows: dict[str, tuple[str, list[float]]] = {}
    blocks: list[str] = []
    for key, name, numbers in found:
        parts = key.split("/")
        for depth in range(1, len(parts), 2):
            around = "/".join(parts[:depth])
            if around not in rows:
                rows[around] = _outer(name, parts, depth), [0.0] * len(NUMBERS)
                blocks.append(around)
            rows[around] = rows[around][0], [a + b for a, b in zip(rows[around][1], numbers, strict=True)]
        rows[key] = name, list(numbers)
    columns = np.array([numbers for _, numbers in rows.values()], np.float64).T
    arrays = {
        name: column if name in ("forward", "backward") else column.astype(np.int64)
        for name, column in zip(NUMBERS, columns, strict=True)
    }
    return arrays, {
        "nodes": list(rows),
        "names": [name for name, _ in rows.values()],
        "blocks": blocks,
        "samples": batch.samples,
        "device": batch.inputs[0].device.type if batch.inputs else "cpu",
        "repeats": options["repeats"],
    }


def _outer(name: str, parts: list[str], depth: int) -> str:
    """The path of the block at this depth around a module's path: one name for each block, and one for a round where
    there are several, which is a number."""
    steps = name.split(".")
    around, at = (depth + 1) // 2, 0
    for block in range(around):
        at += 1
        if block < around - 1 and at < len(steps) and steps[at].isdigit():
            at += 1
    return ".".join(steps[:at])


def _cost(piece: Piece, repeats: int) -> tuple[float, float, int, int]:
    """Seconds forward, seconds backward, bytes of activations, bytes of weights."""
    kept = _kept(piece)
    weights = {id(p): p.numel() * p.element_size() for p in piece.module.parameters()}
    forward, backward = [], []
    begun = time.perf_counter()
    for turn in range(repeats):
        there, back = _timed(piece)
        forward.append(there)
        backward.append(back)
        if turn >= 2 and time.perf_counter() - begun > PATIENCE:
            break
    return statistics.median(forward), statistics.median(backward), kept, sum(weights.values())


def _arriving(piece: Piece) -> tuple[Tensor, ...]:
    """What arrives, as in training: with a gradient where one has to go back."""
    return tuple(
        tensor.detach().requires_grad_(learned and tensor.is_floating_point())
        for tensor, learned in zip(piece.arriving, piece.learned, strict=True)
    )


def _timed(piece: Piece) -> tuple[float, float]:
    import torch

    arriving = _arriving(piece)
    begun = _now(arriving)
    left = piece.module(*arriving)
    between = _now(arriving)
    judged = [value for value in left if value.requires_grad]
    wanted = [t for t in (*arriving, *piece.module.parameters()) if t.requires_grad]
    if not judged or not wanted:
        return between - begun, 0.0
    ones = [torch.ones_like(value) for value in judged]
    between_again = _now(arriving)
    torch.autograd.grad(judged, wanted, ones, allow_unused=True)
    return between - begun, _now(arriving) - between_again


def _now(tensors: tuple[Tensor, ...]) -> float:
    """The clock, once the device has done what it was asked."""
    import torch

    kind = tensors[0].device.type if tensors else "cpu"
    if kind == "cuda":
        torch.cuda.synchronize(tensors[0].device)
    elif kind == "mps":
        torch.mps.synchronize()
    elif kind == "xpu":
        torch.xpu.synchronize(tensors[0].device)
    return time.perf_counter()


def _kept(piece: Piece) -> int:
    """Bytes that are there after a forward pass, until the gradient has been computed, and were not there before. It
    also is the first run of the layer, which may take longer than others and is not timed."""
    import torch

    arriving = _arriving(piece)
    known = {
        tensor.untyped_storage().data_ptr()
        for tensor in (*arriving, *piece.module.parameters(), *piece.module.buffers())
    }
    held: dict[int, tuple[int, Tensor]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            held[storage.data_ptr()] = storage.nbytes(), tensor.detach()  # held: its place is not given away
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        left = piece.module(*arriving)
    for value in left:
        keep(value)
    return sum(size for size, _ in held.values())


LAYER_COSTS = Exploration(
    name="layer_costs",
    label="Layer costs",
    help="How long each layer takes forward and backward, and how much memory it needs: which one to make smaller"
    " where training is slow or does not fit.",
    explore=_explore,
    options=(
        IntField(
            name="samples",
            label="Samples",
            default=0,
            minimum=0,
            maximum=65_536,
            help="How many samples go through the layers at once; 0 for as many as the plan's batches have.",
        ),
        IntField(
            name="repeats",
            label="Repetitions",
            default=10,
            minimum=1,
            maximum=1000,
            help="How often each layer is run: the median of its times is taken.",
        ),
    ),
)
