"""The training samples that a network takes for most like a given one.

`Done.result`: "indices" (numbers in the data, the nearest first), "distances", "inputs" (field → their raw values),
"targets" (Output name → their raw targets), "compared" (how many training samples were looked at), "training" (how many
there are), "layer" (the name of the layer whose values were compared), "checkpoint", "step".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import Nearest
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.worker import datasets, neighbours, predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def nearest(job: Nearest, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    record = predictor.document.data
    if record is None:
        raise Refusal(tr("The run {name} has no data to compare with.", name=run.name))
    data = datasets.read(record, run.project_folder(), link.progress)
    if not len(data.indices.get("train", ())):
        raise Refusal(tr("The data has no training samples to compare with."))
    missing = next((f.name for f in predictor.fields if f.name not in data.arrays), None)
    if missing is not None:
        raise Refusal(
            tr("The data has no field “{name}” any more: have it read again on the data page.", name=missing)
        )
    inside = predictor.inside
    place = (job.node, "y") if job.node else inside.features(predictor.heads[0])
    found = neighbours.training_features(predictor, data, place, link.progress)
    given = {name: array[:1] for name, array in job.inputs.items()}
    here = neighbours.features_of(predictor, given, place)[0]
    if here.shape != found.values.shape[1:]:
        raise Refusal(
            tr("At that layer, this sample has another size than the training samples: choose another.")
        )
    rows, distances = neighbours.nearest(found, here, max(1, min(job.most, 64)))
    node = predictor.checked.node(place[0])
    return {
        "indices": rows,
        "distances": distances,
        "inputs": {field.name: data.arrays[field.name][rows] for field in predictor.fields},
        "targets": {
            head.node.name: data.arrays[head.target.name][rows]
            for head in predictor.heads
            if head.target is not None and head.target.name in data.arrays
        },
        "compared": len(found.rows),
        "training": len(data.indices["train"]),
        "layer": node.name if node is not None else "",
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


JOB = Handler(Nearest, nearest)
