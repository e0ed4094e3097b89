"""Loss landscape: the loss on a plane through the weights, and along two lines in it.

H. Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018: random directions whose every filter has the norm
of the filter that it is added to, so that landscapes of different networks can be compared; biases and the numbers of
normalizations stay as they are. Or the plane that holds the path which training took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import ChoiceField, FloatField, IntField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Batch, Exploration, Subject, flat, refuse_without_weights

if TYPE_CHECKING:
    from torch import Tensor

    from nndesigner.explorations.exploration import Explored, State

    Direction = Mapping[str, Tensor]

SLICE = 61
"""points of each of the two lines"""
MARGIN = 0.35
"""room around the path, as a share of its extent"""


def _explore(subject: Subject, options: Mapping[str, Any]) -> Explored:
    """Float64 arrays: "x" and "y" (points,), what the directions are multiplied by; "loss" (points, points), a row for
    each y; "slice_x", "slice_y" (61,) and "slice" (2, 61), the loss along the first and the second direction; "path"
    (moments, 2), where the run's checkpoints lie in the plane, oldest first and these weights last. meta: "centre" (the
    loss at these weights), "held" (for each moment the share of its distance that lies in the plane), "path_labels",
    "directions", "samples".
    """
    import torch

    refuse_without_weights(subject)
    batch = subject.sample(options["samples"])
    earlier = [state for state in subject.earlier() if _fits(state, subject)]
    generator = torch.Generator().manual_seed(options["seed"])
    along = options["directions"] == "path"
    if along:
        first, second = path_directions(subject.weights, earlier, generator)
    else:
        first, second = (filter_normalised(subject.weights, generator) for _ in range(2))
    path, held = projected(subject.weights, earlier, first, second)
    reach = options["reach"]
    ends = _around(path) if along else ((-reach, reach), (-reach, reach))
    x, y = (np.linspace(low, high, options["points"]) for low, high in ends)
    lines = [np.linspace(low, high, SLICE) for low, high in ends]
    loss = np.full((len(y), len(x)), np.nan)
    slices = np.full((2, SLICE), np.nan)
    arrays = {
        "x": x,
        "y": y,
        "loss": loss,
        "slice_x": lines[0],
        "slice_y": lines[1],
        "slice": slices,
        "path": path,
    }
    meta = {
        "centre": _loss(subject, batch, first, second, 0.0, 0.0),
        "held": held,
        "path_labels": [*(state.label for state in earlier), tr("these weights")] if len(path) else [],
        "directions": options["directions"],
        "samples": batch.samples,
    }
    rows = len(y) + 2
    for which, (line, (a, b)) in enumerate(zip(lines, ((1, 0), (0, 1)), strict=True)):
        subject.progress(which / rows, tr("Along the lines"))
        slices[which] = [_loss(subject, batch, first, second, a * at, b * at) for at in line]
    for row, up in enumerate(y):
        subject.progress((row + 2) / rows, tr("Row {n} of {all}", n=row + 1, all=len(y)))
        loss[row] = [_loss(subject, batch, first, second, across, up) for across in x]
        subject.show(arrays, meta)
    return arrays, meta


def _loss(subject: Subject, batch: Batch, first: Direction, second: Direction, a: float, b: float) -> float:
    import torch

    with torch.no_grad():
        moved = {name: w + a * first[name] + b * second[name] for name, w in subject.weights.items()}
        return float(subject.loss_at(moved, batch))


def filter_normalised(weights: Mapping[str, Tensor], generator: Any) -> dict[str, Tensor]:
    """A random direction with the norm of every filter: of each output channel of a convolution, of each unit of a
    linear layer. Zeros for weights with one axis. Raises Refusal where there is nothing else."""
    import torch

    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.ndim < 2:
            found[name] = torch.zeros_like(weight)
            continue
        drawn = torch.randn(weight.shape, generator=generator).to(weight)
        rows, wanted = drawn.flatten(1), weight.detach().flatten(1)
        scale = wanted.norm(dim=1) / rows.norm(dim=1).clamp_min(1e-12)
        found[name] = drawn * scale.reshape(-1, *(1 for _ in weight.shape[1:]))
    if not any(bool(d.any()) for d in found.values()):
        raise Refusal(
            tr("This network has only biases and scales that learn: there is no filter to give a direction.")
        )
    return found


def path_directions(
    weights: Mapping[str, Tensor], earlier: Sequence[State], generator: Any
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Two directions of length one at right angles: from these weights to the oldest moment, and towards the moment
    farthest from that line; a random one where there is none. Raises Refusal without another moment."""
    import torch

    here = flat([w.detach() for w in weights.values()])
    away = [flat([state.weights[name].to(w) for name, w in weights.items()]) - here for state in earlier]
    away = [step for step in away if float(step.norm()) > 1e-6 * max(float(here.norm()), 1e-12)]
    if not away:
        raise Refusal(
            tr(
                "The path of training needs another checkpoint of this run: train further, or choose random directions."
            )
        )
    first = away[0] / away[0].norm()
    beside = [step - (step @ first) * first for step in away[1:]]
    second = max(beside, key=lambda step: float(step.norm()), default=None)
    if second is None or float(second.norm()) < 1e-3 * float(away[0].norm()):
        second = flat(list(filter_normalised(weights, generator).values()))
        second = second - (second @ first) * first
    second = second / second.norm().clamp_min(1e-12)
    sizes = [w.numel() for w in weights.values()]
    return tuple(  # type: ignore[return-value]
        {
            name: part.reshape(w.shape)
            for (name, w), part in zip(weights.items(), torch.split(d, sizes), strict=True)
        }
        for d in (first, second)
    )


def projected(
    weights: Mapping[str, Tensor], earlier: Sequence[State], first: Direction, second: Direction
) -> tuple[Any, list[float]]:
    """((moments, 2) places in the plane that are nearest to each moment, the last one these weights at (0, 0); the
    share of each moment's distance that lies in the plane). Nothing where there is no other moment."""
    if not earlier:
        return np.zeros((0, 2)), []
    here = flat([w.detach() for w in weights.values()]).double()
    plane = [flat([d[name] for name in weights]).double() for d in (first, second)]
    gram = np.array([[float(a @ b) for b in plane] for a in plane])
    places, held = [], []
    for state in earlier:
        away = flat([state.weights[name].to(w).double() for name, w in weights.items()]) - here
        place = np.linalg.lstsq(gram, np.array([float(d @ away) for d in plane]), rcond=None)[0]
        inside = float(np.sqrt(max(place @ gram @ place, 0.0)))
        length = float(away.norm())
        places.append(place)
        held.append(min(inside / length, 1.0) if length > 0 else 1.0)
    return np.array([*places, np.zeros(2)]), [*held, 1.0]


def _fits(state: State, subject: Subject) -> bool:
    return all(
        name in state.weights and state.weights[name].shape == w.shape for name, w in subject.weights.items()
    )


def _around(path: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of both axes with room around the path; both as long, so that distances look alike."""
    low, high = path.min(axis=0), path.max(axis=0)
    half = float((high - low).max()) * (0.5 + MARGIN)
    middle = (low + high) / 2
    return (float(middle[0] - half), float(middle[0] + half)), (
        float(middle[1] - half),
        float(middle[1] + half),
    )


LOSS_LANDSCAPE = Exploration(
    name="loss_landscape",
    label="Loss landscape",
    help="The loss around these weights on a plane through them: wide and smooth is easy to train, narrow and ragged is"
    " not. The run's checkpoints are drawn into it.",
    explore=_explore,
    options=(
        ChoiceField(
            name="directions",
            label="Directions",
            default="random",
            choices={"random": "Random", "path": "Along training"},
            help="Random directions as long as the filters that they are added to, or the plane of the run's path.",
        ),
        FloatField(
            name="reach",
            label="Reach",
            default=1.0,
            minimum=0.0,
            maximum=100.0,
            open_minimum=True,
            help="How far the picture goes to each side, in lengths of the filters; for random directions.",
        ),
        IntField(
            name="points",
            label="Points",
            default=25,
            minimum=3,
            maximum=61,
            help="Points along each side of the picture. The time grows with their square.",
        ),
        IntField(
            name="samples",
            label="Samples",
            default=256,
            minimum=1,
            maximum=100_000,
            help="Training samples that the loss is averaged over.",
        ),
        IntField(name="seed", label="Seed", default=0, minimum=0, help="Decides the random directions."),
    ),
)
