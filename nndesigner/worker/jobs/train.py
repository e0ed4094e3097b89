"""Train: fresh from the seed, resume an unfinished run, or continue a new run from a checkpoint.

`Done.result` is what `training.loop.train` gives: run, state, sentence, epochs, steps, seconds, samples_per_second,
metrics (split → name → value), monitoring; and `path`, the run folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.describing import answer_here
from nndesigner.data.dataset import Dataset
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import DataFound, State
from nndesigner.runs.store import ENDED, RunFolder, create_at, open_run, relative_folder, sweep
from nndesigner.training import loop
from nndesigner.training.device import versions
from nndesigner.worker import datasets, predictors, previews
from nndesigner.worker.carried import renames
from nndesigner.worker.dispatch import Handler, describe
from nndesigner.worker.link import Link


def train(job: Train, link: Link) -> dict[str, Any]:
    link.send(State("starting"))
    if job.start == "resume":
        run = open_run(Path(job.run))
        document = run.document()
    else:
        run = None
        document = decode(job.project).document
    document, data = _with_data(document, Path(job.folder), link)
    if run is None:
        run = _new_run(job, document)
    elif run.record.data.get("fingerprint") not in ("", None, data.fingerprint):
        raise Refusal(
            tr("The data has changed since the run {name} began. Train a new run instead.", name=run.name)
        )
    elif run.record.state == "diverged":
        raise Refusal(
            tr(
                "The run {name} would end the same way again. Continue it as a new run, with a smaller learning rate.",
                name=run.name,
            )
        )
    sweep(run)
    run.record.folder = relative_folder(run.path, Path(job.folder))
    link.log_to(run.path / "worker.log")
    predictors.forget()
    previews.forget()
    try:
        result = _train(job, link, run, document, data)
    except BaseException as error:
        if run.record.state not in ENDED:
            state = "stopped" if isinstance(error, Cancelled) else "failed"
            run.save_record(state=state, sentence=describe(error, job, link.log).sentence)
        run.close()
        raise
    return {**result, "path": str(run.path)}


def _train(job: Train, link: Link, run: RunFolder, document: Document, data: Dataset) -> dict[str, Any]:
    plan, problems = whole_plan(document)
    if problems:
        raise Refusal(problems[0].message)
    if job.device:
        plan["device"] = job.device
    elif job.start == "resume" and run.record.device:
        plan["device"] = run.record.device
    answer_here()
    checked = check(document)
    torch.manual_seed(plan["seed"])
    return loop.train(
        build(checked),
        data,
        plan,
        run,
        link,
        checked=checked,
        objective=run.record.objective,
        resume=job.start == "resume",
        continue_from=Path(job.checkpoint) if job.start == "continue" else None,
        renames=renames(Path(job.checkpoint), checked) if job.start == "continue" else {},
    )


def _with_data(document: Document, folder: Path, link: Link) -> tuple[Document, Dataset]:
    """The data, and the document with what is in it now; the designer is told where that is news."""
    record = document.data
    if record is None:
        raise Refusal(tr("The project has no data yet. Choose some on the data page."))
    data = datasets.read(record, folder, link.progress)
    fields = tuple(data.fields.values())
    pinned = dict(data.pinned)
    known = record.parameters.items() >= pinned.items()
    if data.fingerprint != record.fingerprint or fields != record.fields or not known:
        link.send(DataFound(fields, data.counts, data.fingerprint, data.remarks, pinned))
        found = edits.set_found(document, fields, data.counts, data.fingerprint, data.remarks, pinned)
        document = document.apply(found)
    return document, data


def _new_run(job: Train, document: Document) -> RunFolder:
    """The run folder of a new run: one that the designer made and nothing was written to yet, or a new one."""
    path = Path(job.run)
    origin: dict[str, Any] = {}
    if job.start == "continue":
        if not job.checkpoint:
            raise Refusal(tr("There is no checkpoint to continue from."))
        checkpoint = Path(job.checkpoint)
        origin = {"run": checkpoint.parent.parent.name, "checkpoint": checkpoint.name}
    if not (path / "run.json").exists():
        return create_at(path, document, versions=versions(), origin=origin, group=job.group)
    run = open_run(path)
    if run.record.state != "created":
        raise Refusal(tr("{path} already holds a run. Choose another folder.", path=path))
    run.replace_project(document)
    run.save_record(
        versions=versions(), origin=origin or run.record.origin, group=job.group or run.record.group
    )
    return run


JOB = Handler(Train, train)
