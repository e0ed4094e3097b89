"""What a trained decoder or generator makes out of codes.

`Done.result`: "values" ((samples, …) float32 in the units of the data), "checkpoint", "step".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import Decode
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.training.codes import Coded
from nndesigner.worker import predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def decode(job: Decode, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    return {
        "values": Coded(predictor).decode(job.codes, job.classes),
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


JOB = Handler(Decode, decode)
