"""Export a trained network: a run's weights in a format of `exporters/`, tried in a fresh process before it counts.

The result is `path`, `files`, `bytes` and `max_abs_difference`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import span
from nndesigner.base.text import listing, tr
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import sections
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.compiler.describing import answer_here
from nndesigner.compiler.weights import load, read
from nndesigner.data.dataset import Dataset
from nndesigner.exporters import gate
from nndesigner.protocol.jobs import Export
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training.rehearsal import rehearsal
from nndesigner.worker import datasets
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
    tensors = read(folder / "model.safetensors")
    if job.part:
        name, checked = f"{checked.name}-{job.part}", _part(checked, job.part)
        model = build(checked)
        own = model.state_dict().keys()
        load(model, {key: tensor for key, tensor in tensors.items() if key in own}, strict=True)
        made = exportable(model, checked, name, run.project_bytes())
    else:
        model = build(checked)
        load(model, tensors, strict=True)
        training = rehearsal(run, checked, model, lambda: _data(run, link))
        made = exportable(model, checked, checked.name, run.project_bytes(), training)
    result = gate.export(made, job.format, Path(job.out), job.options, link.progress)
    return {
        "path": str(result.path),
        "files": [str(file) for file in result.files],
        "bytes": result.bytes,
        "max_abs_difference": result.max_abs_difference,
    }


def _part(checked: CheckedNetwork, word: str) -> CheckedNetwork:
    parts = sections(checked)
    if word not in parts:
        known = listing([part.word for part in parts.values()])
        raise Refusal(
            tr("The network of this run has no part “{part}”. It has: {known}.", part=word, known=known)
            if known
            else tr("The network of this run has no parts that could be exported alone.")
        )
    return parts[word].checked


def _data(run: RunFolder, link: Link) -> Dataset:
    """The samples that the run was trained on. Raises Refusal where they are other ones now."""
    record = run.document().data
    if record is None:
        raise Refusal(tr("The run {name} has no data to take samples from.", name=run.name))
    data = datasets.read(record, run.project_folder(), span(link.progress, 0.0, 0.4))
    if run.record.data.get("fingerprint") not in ("", None, data.fingerprint):
        raise Refusal(
            tr("The data has changed since the run {name} began. Train a new run instead.", name=run.name)
        )
    return data


JOB = Handler(Export, export)
