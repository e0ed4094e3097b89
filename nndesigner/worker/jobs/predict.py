"""The answers of a trained network: for arrays, for a file, or for samples of the run's own data.

A decoder writes by itself (greedy decoding): what it reads as written so far is its own.

`Done.result`: "answers" (Output name → {"values", and for classes "class", "classes", "text": see
`training.predict.Predictor.answers`}), "checkpoint" (its folder's name), "step"; "inputs" (field → raw values): for
samples of the data what was read, for arrays what a decoder has written by itself; for samples also "targets" (Output
name → raw targets); for a file "remarks", what was noticed while it was read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.data.inputs import read_inputs, read_like
from nndesigner.protocol.jobs import Predict
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.worker import datasets, predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link

MOST_SAMPLES = 100_000


def predict(job: Predict, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    result: dict[str, Any] = {"checkpoint": predictor.checkpoint.name, "step": predictor.step}
    if job.split:
        record = predictor.document.data
        if record is None:
            raise Refusal(tr("The run {name} has no data to take samples from.", name=run.name))
        data = datasets.read(record, run.project_folder(), link.progress)
        part = data.indices.get(job.split)
        if part is None or not len(part):
            raise Refusal(tr("The data has no samples in the part “{part}”.", part=job.split))
        wanted = np.array(job.indices or range(min(len(part), MOST_SAMPLES)), np.int64)
        if wanted.min() < 0 or wanted.max() >= len(part):
            raise Refusal(
                tr("The part “{part}” has {count} samples, numbered from 0.", part=job.split, count=len(part))
            )
        rows = part[wanted]
        inputs = {field.name: data.arrays[field.name][rows] for field in predictor.fields}
        inputs = result["inputs"] = predictor.written(inputs)
        result["indices"] = rows
        result["targets"] = {
            head.node.name: data.arrays[head.target.name][rows]
            for head in predictor.heads
            if head.target is not None
        }
    elif job.file:
        record = predictor.document.data
        like = read_like(Path(job.file), record, run.project_folder()) if record is not None else None
        found = like or read_inputs(Path(job.file), predictor.given_fields, link.progress)
        inputs = predictor.written(found.arrays)
        result["remarks"] = list(found.remarks)
    else:
        inputs = predictor.written(job.inputs)
        # What a decoder wrote by itself, as it read it.
        result["inputs"] = {name: array for name, array in inputs.items() if name not in job.inputs}
    return {**result, "answers": predictor.answers(inputs)}


JOB = Handler(Predict, predict)
