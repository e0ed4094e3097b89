"""The codes that a trained encoder gives, for raw samples or for some of the run's data.

`Done.result`: "codes" ((samples, numbers) float32), "checkpoint", "step".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import Encode
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.training.codes import Coded
from nndesigner.worker import datasets, predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def encode(job: Encode, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    arrays = dict(job.inputs)
    if job.split:
        record = predictor.document.data
        if record is None:
            raise Refusal(tr("The run {name} has no data to take samples from.", name=run.name))
        data = datasets.read(record, run.project_folder(), link.progress)
        part = data.indices.get(job.split)
        if part is None or not len(part):
            raise Refusal(tr("The data has no samples in the part “{part}”.", part=job.split))
        places = np.unique(np.linspace(0, len(part) - 1, min(len(part), max(job.most, 1))).astype(np.int64))
        arrays = {field.name: data.arrays[field.name][part[places]] for field in predictor.fields}
    return {
        "codes": Coded(predictor).encode(arrays),
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


JOB = Handler(Encode, encode)
