"""How good a trained network is over a part of its data; what is found is kept in the run folder.

`Done.result`: the evaluation as plain lists and dictionaries (`runs.evaluations.plain`), and "remarks", sentences on
what is not as it should be.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import span
from nndesigner.base.text import tr
from nndesigner.compiler.describing import answer_here
from nndesigner.data.grouping import choices
from nndesigner.protocol.jobs import Evaluate
from nndesigner.runs.evaluations import PARTS, Evaluation, plain, save, why_stale
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.training.evaluation.asking import asking_of
from nndesigner.training.evaluation.evaluate import evaluate as judge
from nndesigner.worker import datasets, predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def evaluate(job: Evaluate, link: Link) -> dict[str, Any]:
    answer_here()
    begun = time.perf_counter()
    run = open_run(Path(job.run))
    if job.part not in PARTS:
        raise Refusal(tr("The data has no samples in the part “{part}”.", part=job.part))
    link.progress(0.0, tr("Reading the weights"))
    if job.checkpoint not in ("", "last"):
        path = Path(job.checkpoint)
    else:
        found = run.latest_checkpoint() if job.checkpoint else run.best_checkpoint()
        if found is None:
            raise Refusal(
                tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name)
            )
        path = found.path
    known = next((c for c in run.checkpoints() if c.path.name == path.name), None)
    chosen = device.choose(job.device or "cpu")
    predictor = predictors.predictor(run, path, chosen)
    record = predictor.document.data
    if record is None:
        raise Refusal(tr("The run {name} has no data to take samples from.", name=run.name))
    data = datasets.read(record, run.project_folder(), span(link.progress, 0.02, 0.3))
    outputs = judge(
        predictor,
        data,
        job.part,
        group=job.group,
        bins=job.bins,
        asking=asking_of(predictor),
        progress=span(link.progress, 0.3, 0.98),
    )
    label = next((c.label for c in choices(data.fields) if c.key == job.group), "") if job.group else ""
    result = Evaluation(
        part=job.part,
        checkpoint=path.name,
        step=predictor.step,
        epoch=known.epoch if known is not None else 0.0,
        best=known.best if known is not None else False,
        samples=len(data.indices[job.part]),
        fingerprint=data.fingerprint,
        trained_on=str(run.record.data.get("fingerprint", "")),
        group=job.group,
        group_label=label,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter() - begun,
        device=str(chosen),
        outputs=outputs,
    )
    remarks = [*why_stale(result, run), *(sentence for found in outputs for sentence in found.failures)]
    link.progress(0.99, tr("Keeping what was found"))
    try:
        save(run, result)
    except WriteError as error:  # a full or write-protected disk takes nothing from what was found
        remarks.append(tr("The evaluation is not kept for later: {why}", why=error))
    return {**plain(result), "remarks": remarks}


JOB = Handler(Evaluate, evaluate)
