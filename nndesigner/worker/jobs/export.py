"""Export a trained network: a run's weights in a format of `exporters/`, tried in a fresh process before it counts.

The result is `path`, `files`, `bytes` and `max_abs_difference`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.describing import answer_here
from nndesigner.compiler.weights import load, read
from nndesigner.exporters import gate
from nndesigner.protocol.jobs import Export
from nndesigner.runs.store import open_run
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def export(job: Export, link: Link) -> dict[str, Any]:
    link.progress(0.0, tr("Reading the run"))
    run = open_run(Path(job.run))
    if job.checkpoint:
        folder = Path(job.checkpoint)
    else:
        best = run.best_checkpoint()
        if best is None:
            raise Refusal(
                tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name)
            )
        folder = best.path
    answer_here()
    checked = check(run.document())
    model = build(checked)
    load(model, read(folder / "model.safetensors"), strict=True)
    made = exportable(model, checked, checked.name, run.project_bytes())
    result = gate.export(made, job.format, Path(job.out), job.options, link.progress)
    return {
        "path": str(result.path),
        "files": [str(file) for file in result.files],
        "bytes": result.bytes,
        "max_abs_difference": result.max_abs_difference,
    }


JOB = Handler(Export, export)
