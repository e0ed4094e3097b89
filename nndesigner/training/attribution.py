"""Which parts of an input an answer rests on: gradients, integrated gradients, occlusion and Grad-CAM.

All of them explain one number, the score of an answer before it becomes a probability (or the number that was answered,
in the data's own units), and give numbers in the shape of the raw input. They are written out here rather than taken
from a library: such libraries hook modules, and a node of a graph may be a function, or an embedding of whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, fx

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.check.checked import Head
from nndesigner.data.preparation import prepare
from nndesigner.training.predict import Predictor

Array = npt.NDArray[Any]
STEPS = 64
"""points of the path of integrated gradients"""
AT_ONCE = 64
"""inputs per pass"""
MOST_WINDOWS = 1024
"""occluded places of one input"""


@dataclass(frozen=True)
class Explained:
    """By data field, numbers in the shape of one raw sample: (height, width) for images, (columns,) for tables, (time,
    feature) for series, (time,) for tokens. `score` is the explained number, `baseline` that of the empty input where
    the method has one; of integrated gradients all numbers together are their difference, up to `gap`."""

    numbers: Mapping[str, Array]
    score: float
    baseline: float | None = None
    gap: float = 0.0


class _Question:
    """One raw sample, and the number of its answer that is explained."""

    def __init__(self, predictor: Predictor, arrays: Mapping[str, Array], head: int, wanted: int) -> None:
        self.predictor, self.inside = predictor, predictor.inside
        self.place = -1
        """of answers for every place of a text, the one that is explained"""
        self.only = ""
        """the input that is explained while all others stay as they are; "" for all of them"""
        self.head: Head = predictor.heads[head]
        self._head_index, self.wanted = head, wanted
        self.fields = predictor.fields
        self.inputs = predictor.prepared({name: array[:1] for name, array in arrays.items()})
        self.raw = {f.name: np.asarray(arrays[f.name])[:1] for f in self.fields}

    def score(self, scores: Sequence[Tensor]) -> Tensor:
        """(sample,) the explained number of each sample."""
        value = scores[self._head_index].float()
        head = self.head
        if head.told is not None and head.told.kind in ("class", "tokens"):
            if head.width == 1:
                sign = 1.0 if self.wanted == 1 else -1.0
                return sign * value.reshape(len(value), -1).mean(dim=1)
            moved = value.movedim(head.class_axis, -1)
            moved = moved.reshape(len(value), -1, moved.shape[-1])
            if not head.aligned:  # the steps where a token is written nobody names: all of them
                best = moved.amax(dim=2) if self.wanted < 0 else moved[:, :, self.wanted]
                return best.mean(dim=1)
            if head.told.kind == "tokens":
                return moved[:, self.place, self.wanted]
            return moved[:, :, self.wanted].mean(dim=1)
        flat = value.reshape(len(value), -1)
        number = flat.mean(dim=1) if self.wanted < 0 else flat[:, self.wanted]
        return number * _units(head, max(self.wanted, 0))

    def baselines(self) -> list[Tensor]:
        """The empty input, prepared: black (or paper) for images, what stands in for missing cells in tables."""
        return [
            torch.from_numpy(prepare(field, empty(field, self.raw[field.name]))).to(self.predictor.device)
            for field in self.fields
        ]

    def explains(self, field: DataField) -> bool:
        return self.only in ("", field.name)

    def starting_points(self, found: Mapping[fx.Node, Any]) -> dict[fx.Node, int]:
        """Where gradients are taken: at floating inputs, and behind the embeddings of whole numbers; with the position
        of the input."""
        points: dict[fx.Node, int] = {}
        for position, field in enumerate(self.fields):
            if not self.explains(field):
                continue
            if field.element == "int":
                points |= dict.fromkeys(self.inside.embeddings(position, found), position)
            else:
                points[self.inside.entry(position)] = position
        if not points:
            raise Refusal(tr("Nothing in this network can be followed back to its input."))
        return points


def empty(field: DataField, like: Array) -> Array:
    """A raw sample that says nothing, in the shape of `like`: the lowest brightness of images, the mean of series, and
    for every column of a table what preparation fills in (a category counts as none)."""
    if field.element == "int":
        return np.zeros_like(like)
    if field.preparation.get("kind") == "columns":
        return np.full(like.shape, np.nan, np.float32)
    columns = field.statistics.get("columns")
    if columns is not None and field.kind == "table":
        row = np.array([float(column.get("mean", 0.0)) for column in columns], np.float32)
        return np.broadcast_to(row, like.shape).copy()
    key = "minimum" if field.kind == "image" else "mean"
    return np.full(like.shape, float(field.statistics.get(key, 0.0)), np.float32)


def saliency(question: _Question, progress: Progress = quiet) -> Explained:
    """The size of the gradient of the score at each input (Simonyan, Vedaldi and Zisserman 2014,
    arXiv:1312.6034): for images the largest over the channels, at prepared inputs."""
    with torch.no_grad():
        found = question.inside.run(question.inputs)
    points = question.starting_points(found.values)
    values = {node: found.values[node].detach().clone().requires_grad_(True) for node in points}
    with torch.enable_grad():
        score = question.score(_run(question, values, 1))
        grads = torch.autograd.grad(score.sum(), list(values.values()), materialize_grads=True)
    numbers = {}
    for position, field in enumerate(question.fields):
        mine = [grad for node, grad in zip(values, grads, strict=True) if points[node] == position]
        if field.element == "int":
            mine = [grad.flatten(2).norm(dim=2) for grad in mine]
        if mine:
            size = torch.stack([grad.abs() for grad in mine]).sum(dim=0)
            numbers[field.name] = _raw_shape(field, size, channels="max")
    return Explained(numbers, float(score.detach()))


def integrated_gradients(question: _Question, progress: Progress = quiet) -> Explained:
    """(x − x₀) times the mean gradient on the straight way from the empty input x₀ to x (Sundararajan, Taly and Yan
    2017, arXiv:1703.01365), by the midpoint rule. Tokens go from a zero embedding to theirs."""
    inside = question.inside
    with torch.no_grad():
        found = inside.run(question.inputs)
    points = question.starting_points(found.values)
    empties = question.baselines()
    ends = {node: found.values[node].detach() for node in points}
    starts = {
        node: torch.zeros_like(ends[node]) if question.fields[i].element == "int" else empties[i]
        for node, i in points.items()
    }
    fractions = (torch.arange(STEPS, dtype=torch.float64) + 0.5) / STEPS
    total = {node: torch.zeros_like(end) for node, end in ends.items()}
    for first in range(0, STEPS, AT_ONCE):
        progress(first / STEPS, tr("Walking from an empty input to this one"))
        part = fractions[first : first + AT_ONCE]
        walked = {
            node: (
                starts[node] + part.to(end).reshape(-1, *[1] * (end.dim() - 1)) * (end - starts[node])
            ).requires_grad_(True)
            for node, end in ends.items()
        }
        with torch.enable_grad():
            score = question.score(_run(question, walked, len(part)))
            grads = torch.autograd.grad(score.sum(), list(walked.values()), materialize_grads=True)
        for node, grad in zip(walked, grads, strict=True):
            total[node] += grad.sum(dim=0, keepdim=True)
    shares = {node: (ends[node] - starts[node]) * total[node] / STEPS for node in ends}
    with torch.no_grad():
        score_at_end = float(question.score(found.scores))
        score_at_start = float(question.score(_run(question, starts, 1)))
    sum_of_all = sum(float(share.double().sum()) for share in shares.values())
    numbers = {}
    for position, field in enumerate(question.fields):
        mine = [share for node, share in shares.items() if points[node] == position]
        if mine:
            numbers[field.name] = _raw_shape(field, _together(field, mine), channels="sum")
    gap = sum_of_all - (score_at_end - score_at_start)
    return Explained(numbers, score_at_end, score_at_start, gap)


def occlusion(question: _Question, progress: Progress = quiet) -> Explained:
    """How much the score falls while a part of the input is covered (Zeiler and Fergus 2014, arXiv:1311.2901): squares
    of images, one column of a table, a stretch of a series, one token; a pixel under several squares has their mean."""
    inside = question.inside
    empties = question.baselines()
    with torch.no_grad():
        found = inside.run(question.inputs)
        whole = float(question.score(found.scores))
        numbers: dict[str, Array] = {}
        for position, field in enumerate(question.fields):
            if not question.explains(field):
                continue
            said = tr("Covering parts of “{name}”", name=field.name)
            if field.element == "int":
                nodes = inside.embeddings(position, found.values)
                if nodes:
                    numbers[field.name] = _cover_tokens(question, found.values, nodes, whole, progress, said)
                continue
            windows = list(_windows(field, question.raw[field.name].shape[1:]))
            fallen = np.zeros(question.raw[field.name].shape[1:])
            times = np.zeros_like(fallen)
            blank = empty(field, question.raw[field.name])
            for first in range(0, len(windows), AT_ONCE):
                progress(first / len(windows), said)
                part = windows[first : first + AT_ONCE]
                raw = np.repeat(question.raw[field.name].astype(np.float32), len(part), axis=0)
                for row, window in zip(raw, part, strict=True):
                    row[window] = blank[0][window]
                covered = [x.expand(len(part), *x.shape[1:]) for x in question.inputs]
                covered[position] = torch.from_numpy(prepare(field, raw)).to(empties[position])
                falls = whole - question.score(inside.run(covered).scores).double().cpu().numpy()
                for window, fall in zip(part, falls, strict=True):
                    fallen[window] += fall
                    times[window] += 1
            mean = fallen / np.maximum(times, 1)
            numbers[field.name] = (mean.mean(axis=0) if field.kind == "image" else mean).astype(np.float32)
        baseline = float(question.score(_run(question, _nothing(question, found.values, empties), 1)))
    return Explained(numbers, whole, baseline)


def grad_cam(question: _Question, node: str, progress: Progress = quiet) -> Explained:
    """The maps of a layer, each weighted by the mean gradient of the score in it, negative sums left out, enlarged to
    the image (Selvaraju et al. 2017, arXiv:1610.02391)."""
    inside = question.inside
    known = inside.maps()
    if not known:
        raise Refusal(tr("Grad-CAM needs a layer whose output is a stack of maps, such as a convolution."))
    key = node or known[-1].key
    if key not in {inner.key for inner in known}:
        raise Refusal(tr("Grad-CAM looks at layers whose output is a stack of maps: choose another one."))
    place = inside.node((key, "y"))
    field = next((f for f in question.fields if f.kind == "image" and question.explains(f)), None)
    if field is None:
        raise Refusal(tr("Grad-CAM explains images; this network reads none."))
    with torch.no_grad():
        maps = inside.run(question.inputs).values[place].detach()
    with torch.enable_grad():
        maps.requires_grad_(True)
        score = question.score(inside.run(question.inputs, {place: maps}).scores)
        (grad,) = torch.autograd.grad(score.sum(), maps, allow_unused=True)
    if grad is None:
        raise Refusal(tr("This answer does not depend on that layer."))
    cam = F.relu((grad.mean(dim=(2, 3), keepdim=True) * maps.detach()).sum(dim=1, keepdim=True))
    height, width = question.raw[field.name].shape[-2:]
    large = F.interpolate(cam, size=(height, width), mode="bilinear", align_corners=False)
    return Explained({field.name: large[0, 0].cpu().numpy()}, float(score.detach()))


METHODS: dict[str, Callable[..., Explained]] = {
    "saliency": saliency,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
    "grad_cam": grad_cam,
}


def explain(
    predictor: Predictor,
    arrays: Mapping[str, Array],
    method: str,
    *,
    head: int = 0,
    wanted: int = -1,
    node: str = "",
    place: int = -1,
    only: str = "",
    progress: Progress = quiet,
) -> Explained:
    """The first sample of raw `arrays` explained.

    `wanted` is the number of the class or of the answered number, -1 for the class that is answered or the mean of all
    numbers; `node` the layer of Grad-CAM, `place` the place of a text after which the token comes; `only` the field of
    the input that is explained, "" for all inputs together. Raises Refusal.
    """
    if method not in METHODS:
        raise Refusal(tr("There is no explanation “{name}”.", name=method))
    question = _Question(predictor, arrays, head, wanted)
    question.place = place
    if only and only not in {field.name for field in question.fields}:
        raise Refusal(tr("The network reads no “{name}”.", name=only))
    question.only = only
    target = question.head.told
    if wanted < 0 and target is not None and target.kind in ("class", "tokens") and question.head.aligned:
        said = predictor.answers({f.name: question.raw[f.name] for f in question.fields})
        question.wanted = int(np.ravel(said[question.head.node.name]["class"])[place])
    if method == "grad_cam":
        return grad_cam(question, node, progress)
    return METHODS[method](question, progress)


# -- passes ------------------------------------------------------------------------------------------------------------
def _run(question: _Question, instead: Mapping[fx.Node, Tensor], samples: int) -> tuple[Tensor, ...]:
    """A pass for `samples` copies of the sample with the values in `instead`."""
    inputs = [x.expand(samples, *x.shape[1:]) for x in question.inputs]
    entries = {question.inside.entry(i): i for i in range(len(inputs))}
    others = {}
    for node, value in instead.items():
        if node in entries:
            inputs[entries[node]] = value
        else:
            others[node] = value
    return question.inside.run(inputs, others).scores


def _together(field: DataField, shares: Sequence[Tensor]) -> Tensor:
    """The sum over embeddings of their numbers, for tokens (1, time)."""
    if field.element != "int":
        return shares[0]
    summed = [share.flatten(2).sum(dim=2) for share in shares]
    return torch.stack(summed).sum(dim=0)


def _nothing(
    question: _Question, found: Mapping[fx.Node, Any], empties: Sequence[Tensor]
) -> dict[fx.Node, Tensor]:
    return {
        node: torch.zeros_like(found[node]) if question.fields[i].element == "int" else empties[i]
        for node, i in question.starting_points(found).items()
    }


def _cover_tokens(
    question: _Question,
    found: Mapping[fx.Node, Any],
    nodes: Sequence[fx.Node],
    whole: float,
    progress: Progress,
    said: str,
) -> Array:
    """(time,): the fall of the score while the embedding of one token is zero."""
    length = found[nodes[0]].shape[1]
    falls = np.zeros(length, np.float32)
    for first in range(0, length, AT_ONCE):
        progress(first / length, said)
        places = range(first, min(first + AT_ONCE, length))
        instead = {}
        for node in nodes:
            value = found[node].repeat(len(places), *[1] * (found[node].dim() - 1))
            for i, place in enumerate(places):
                value[i, place] = 0.0
            instead[node] = value
        scores = question.score(_run(question, instead, len(places)))
        falls[first : first + len(places)] = whole - scores.double().cpu().numpy()
    return falls


def _windows(field: DataField, shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Parts of one raw sample that are covered in turn."""
    if field.kind == "image" and len(shape) == 3:
        sides = [_stretches(length, max(1, round(length / 8))) for length in shape[1:]]
        for top in sides[0]:
            for left in sides[1]:
                yield slice(None), top, left
    elif field.kind == "series" and len(shape) == 2:
        length = max(1, round(shape[0] / 32), -(-shape[0] * shape[1] // MOST_WINDOWS))
        for stretch in _stretches(shape[0], length):
            for feature in range(shape[1]):
                yield stretch, slice(feature, feature + 1)
    else:
        for i in np.ndindex(*shape):
            yield tuple(slice(k, k + 1) for k in i)


def _stretches(length: int, size: int) -> list[slice]:
    """Stretches of `size` that overlap by half and cover everything."""
    step = max(1, size // 2)
    starts = [*range(0, length - size, step), max(length - size, 0)]
    return [slice(start, min(start + size, length)) for start in starts]


# -- shapes ------------------------------------------------------------------------------------------------------------
def _raw_shape(field: DataField, prepared: Tensor, *, channels: str) -> Array:
    """Numbers at one prepared sample (1, …) as numbers at the raw one: channels together, the places of a category
    together."""
    values: Array = prepared[0].detach().float().cpu().numpy()
    if field.kind == "image" and values.ndim == 3:
        joined: Array = values.max(axis=0) if channels == "max" else values.sum(axis=0)
        return joined
    columns = field.preparation.get("columns")
    if columns is None:
        return values
    summed, place = [], 0
    for column in columns:
        size = column["size"] if column["kind"] == "category" else 1
        summed.append(values[place : place + size].sum())
        place += size
    return np.array(summed, np.float32)


def _units(head: Head, index: int) -> float:
    """What one unit of the score is in the data's own units."""
    target = head.told
    if target is None or not head.in_target_units or target.preparation.get("kind") != "affine":
        return 1.0
    scale = target.preparation["scale"]
    return float(scale[index] if index < len(scale) else scale[0])
