"""What in one sample an answer rests on.

`Done.result`: "numbers" (field → numbers in the shape of the raw sample, see `training/attribution.py`), "score",
"baseline" (None where the method has none), "gap", "wanted", "checkpoint", "step".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import Explain
from nndesigner.runs.store import open_run
from nndesigner.training import attribution, device
from nndesigner.worker import predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def explain(job: Explain, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    names = [head.node.name for head in predictor.heads]
    if job.output and job.output not in names:
        raise Refusal(tr("The network has no output “{name}”.", name=job.output))
    link.progress(0.0, tr("Explaining"))
    found = attribution.explain(
        predictor,
        job.inputs,
        job.method,
        head=names.index(job.output) if job.output else 0,
        wanted=job.wanted,
        node=job.node,
        place=job.place,
        only=job.only,
        progress=link.progress,
    )
    return {
        "numbers": dict(found.numbers),
        "score": found.score,
        "baseline": found.baseline,
        "gap": found.gap,
        "checkpoint": predictor.checkpoint.name,
        "step": predictor.step,
    }


JOB = Handler(Explain, explain)
