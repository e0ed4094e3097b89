"""Samples of the training part as they are and as training would see them, drawn anew several times.

`Done.result`: "kind" ("image" or "series"), "field", "numbers" (of the samples in the data), "words" (for each sample
what belongs to it: as it is, then for each draw), "steps" (places in the list of those that were put on), "channels",
and arrays with (samples, 1 + draws) in front: "pictures", uint8 (channel, height, width), or "series", float32 (time,
feature) in the data's own units; and where a mask is a target "masks", uint8 (height, width).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nndesigner.augmentations.augmentation import is_picture, is_series
from nndesigner.augmentations.catalogue import Step, steps
from nndesigner.augmentations.recipe import black_and_white, fields_of, is_mask, misfit, recipe
from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.compiler.describing import answer_here
from nndesigner.data.dataset import Dataset
from nndesigner.data.preparation import prepare, restore
from nndesigner.document.document import Document
from nndesigner.objectives.catalogue import objectives
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Augment
from nndesigner.worker import datasets
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link

MOST_SAMPLES = 16
MOST_DRAWS = 12
LARGEST = 160
"""pixels along each side of a picture, and as many as are needed of a series"""
MOST_STEPS = 400


def augment(job: Augment, link: Link) -> dict[str, Any]:
    answer_here()
    document = decode(job.project).document
    record = document.data
    if record is None:
        raise Refusal(tr("The project has no data yet: choose some on the data page."))
    data = datasets.read(record, Path(job.folder), link.progress)
    rows = data.indices["train"]
    if not len(rows):
        raise Refusal(tr("The data has no training samples to show."))
    number = min(max(job.samples, 1), MOST_SAMPLES, len(rows))
    rows = rows[(max(job.first, 0) + np.arange(number)) % len(rows)]
    inputs, targets = _fields(document, data)
    chosen = _fitting(document, inputs, targets)
    shown = _shown(inputs, chosen)
    x, t = _batch(data, inputs, rows), _batch(data, targets, rows)
    made = recipe(chosen, inputs, targets)
    drawn = [(x, t)]
    for draw in range(min(max(job.draws, 1), MOST_DRAWS)):
        link.progress(draw / job.draws, "")  # the place to end where nobody waits any more
        drawn.append(made.apply(x, t, job.seed, 0, draw))
    field = inputs[shown]
    result: dict[str, Any] = {
        "kind": field.kind,
        "field": field.name,
        "numbers": rows.tolist(),
        "words": _words(targets, [answers for _, answers in drawn]),
        "steps": [step.position for step in chosen],
    }
    stacked = [_seen(field, pictures[shown]) for pictures, _ in drawn]
    result["pictures" if is_picture(field) else "series"] = np.stack(stacked, 1)
    mask = next((i for i, target in enumerate(targets) if is_mask(target)), None)
    if mask is not None and is_picture(field):
        result["masks"] = np.stack([_codes(answers[mask]) for _, answers in drawn], 1)
    return result


def _fields(document: Document, data: Dataset) -> tuple[list[DataField], list[DataField]]:
    """What the network reads and is compared with; of a project without inputs what the data is for."""
    read, wanted = fields_of(check(document))
    inputs = [data.fields[f.name] for f in read if f is not None and f.name in data.fields]
    targets = [data.fields[f.name] for f in wanted if f is not None and f.name in data.fields]
    if inputs:
        return inputs, targets
    given = [field for field in data.fields.values() if field.role != "target"]
    return given[:1], [field for field in data.fields.values() if field.role == "target"][:1]


def _fitting(document: Document, inputs: Sequence[DataField], targets: Sequence[DataField]) -> list[Step]:
    """The steps that can be put on; why others cannot is told elsewhere."""
    plan = document.plan
    known = objectives().get(plan.objective if plan is not None else "supervised")
    mixes = known is None or known.mixes
    return [step for step in steps(document)[0] if not misfit(step.kind, inputs, targets, mixes)]


def _shown(inputs: Sequence[DataField], chosen: Sequence[Step]) -> int:
    """Which input is looked at: the first that something happens to, else the first that can be seen."""
    seen = [i for i, field in enumerate(inputs) if is_picture(field) or is_series(field)]
    touched = [i for i in seen if any(step.kind.fits(inputs[i]) for step in chosen)]
    if not seen:
        raise Refusal(tr("Only pictures and series can be shown here; the steps work on other data unseen."))
    return (touched or seen)[0]


def _batch(data: Dataset, fields: Sequence[DataField], rows: Any) -> list[Tensor]:
    found = [prepare(field, data.arrays[field.name][rows]) for field in fields]
    return [torch.from_numpy(np.ascontiguousarray(array)) for array in found]


def _seen(field: DataField, x: Tensor) -> Any:
    """Pictures as bytes from black to white, not too large; series in their own units, not too long."""
    if is_picture(field):
        low, span = (torch.tensor(v).reshape(1, -1, 1, 1) for v in black_and_white(field))
        x = ((x - low) / span)[:, : 3 if field.sizes[0] >= 3 else 1]
        size = [min(edge, LARGEST) for edge in x.shape[2:]]
        if size != [*x.shape[2:]]:
            x = torch.nn.functional.adaptive_avg_pool2d(x, (size[0], size[1]))
        return (x * 255.0).round().clamp(0, 255).to(torch.uint8).numpy()
    places = np.unique(np.linspace(0, x.shape[1] - 1, min(x.shape[1], MOST_STEPS)).round().astype(np.int64))
    return restore(field, x.numpy())[:, places, :4].astype(np.float32)


def _codes(mask: Tensor) -> Any:
    codes = mask.clamp(0, 255).to(torch.uint8).numpy()
    for axis in (1, 2):
        places = np.linspace(0, codes.shape[axis] - 1, min(codes.shape[axis], LARGEST)).round()
        codes = np.take(codes, places.astype(np.int64), axis=axis)
    return codes


def _words(targets: Sequence[DataField], drawn: Sequence[Sequence[Tensor]]) -> list[list[str]]:
    """The class of each sample, once for what it is and once for each draw; of mixed ones both, with their shares."""
    at = next((i for i, field in enumerate(targets) if field.kind == "class" and not field.axes), None)
    samples = len(drawn[0][0]) if drawn[0] else 0
    if at is None:
        shares = [float(t[-1][0]) if len(t) > len(targets) else None for t in drawn]
        told = ["" if s is None else f"{s:.0%} + {1 - s:.0%}" for s in shares]
        return [told for _ in range(samples)]
    names, heads = targets[at].classes, len(targets)

    def word(t: Sequence[Tensor], i: int) -> str:
        first = names[int(t[at][i])]
        share = round(float(t[-1][i]), 2) if len(t) > heads else 1.0
        if share == 1.0:
            return first
        return f"{first} ({share:.0%}) + {names[int(t[heads + at][i])]} ({1 - share:.0%})"

    return [[word(t, i) for t in drawn] for i in range(samples)]


JOB = Handler(Augment, augment)
