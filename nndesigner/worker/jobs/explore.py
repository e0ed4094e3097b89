"""Explore a network: one of `explorations/`, on a run's weights or on those that training would begin with.

With a run and no project, it is the run's own network with the weights of a checkpoint, its newest one where none is
named, and the result is kept in the run folder. With a project, its network as it is drawn: with fresh weights, or with
those of a run as far as they fit. The result comes as a `Frame` named as the exploration, also while it grows.
`Done.result`: "step" of the checkpoint (0 without), "kept" (whether it was put into the run folder).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from nndesigner.base.atomic import WriteError
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import span
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler import weights
from nndesigner.compiler.build import build
from nndesigner.compiler.describing import answer_here
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.explorations.exploration import State, explorations
from nndesigner.objectives.catalogue import objective, whole_plan
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Frame
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import checkpoints, exploring
from nndesigner.worker import datasets
from nndesigner.worker.carried import renames
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def explore(job: Explore, link: Link) -> dict[str, Any]:
    exploration = explorations().get(job.exploration)
    if exploration is None:
        raise Refusal(
            tr(
                "There is no exploration “{name}”. There are: {known}.",
                name=job.exploration,
                known=", ".join(explorations()),
            )
        )
    options, bad = resolve(exploration.options, job.options)
    if bad:
        raise Refusal(next(iter(bad.values())))
    link.progress(0.0, tr("Building the network"))
    answer_here()
    run = open_run(Path(job.run)) if job.run else None
    own = run is not None and not job.project
    document = run.document() if run is not None and own else decode(job.project).document
    record = document.data
    if record is None:
        raise Refusal(tr("The project has no data yet. Choose some on the data page."))
    plan, problems = whole_plan(document)
    if problems:
        raise Refusal(problems[0].message)
    checked = check(document)
    torch.manual_seed(plan["seed"])
    compiled = build(checked)
    moment = _load(compiled, checked, run, job, strict=own) if run is not None else None
    folder = run.project_folder() if run is not None and own else Path(job.folder)
    data = datasets.read(record, folder, span(link.progress, 0.0, 0.1))
    if run is not None and own and run.record.data.get("fingerprint") not in ("", None, data.fingerprint):
        raise Refusal(
            tr("The data has changed since the run {name} began. Train a new run instead.", name=run.name)
        )
    standing = moment[1].standing if moment is not None else None
    at = (standing.step, moment[1].epochs) if moment is not None and standing is not None else (0, 0.0)

    def frame(arrays: dict[str, Any], meta: dict[str, Any]) -> Frame:
        return Frame(exploration.name, "", *at, arrays, {**meta, "options": dict(options)})

    subject = exploring.subject(
        compiled,
        checked,
        data,
        plan,
        objective(document.plan.objective if document.plan is not None else "supervised"),
        folder=folder,
        on=exploring.prepare(checked, plan, job.device),
        rate=_rate(run, at[0]) if run is not None and own else None,
        earlier=lambda: (
            _earlier(run, document, checked, moment[0]) if run is not None and moment and own else ()
        ),
        progress=span(link.progress, 0.1, 1.0),
        show=lambda arrays, meta: link.send(frame(arrays, meta)),
    )
    with exploring.unchanged(compiled):
        found = frame(*exploration.explore(subject, options))
    link.send(found)
    kept = False
    if run is not None and own:
        try:
            run.save_explored(found)
            kept = True
        except WriteError:
            pass  # a full disk or a folder of somebody else: it is seen all the same
    return {"step": at[0], "kept": kept}


def _load(
    compiled: Any, checked: CheckedNetwork, run: RunFolder, job: Explore, *, strict: bool
) -> tuple[Path, checkpoints.Snapshot]:
    """The weights of the checkpoint, put into the network; where it lies, and all that is in it."""
    path, snapshot = _checkpoint(run, Path(job.checkpoint) if job.checkpoint else None)
    tensors = snapshot.model if strict else weights.renamed(snapshot.model, renames(path, checked))
    fit = weights.load(compiled, tensors, strict=strict, resize=not strict)
    if not strict and not fit.kept:
        raise Refusal(
            tr("Nothing of the run {name} fits this network: explore fresh weights.", name=run.name)
        )
    return path, snapshot


def _checkpoint(run: RunFolder, path: Path | None) -> tuple[Path, checkpoints.Snapshot]:
    """A run that still trains replaces its checkpoints: ask again where one went while it was read."""
    if path is not None:
        return path, checkpoints.read(path)
    for _ in range(3):
        latest = run.latest_checkpoint()
        if latest is None:
            break
        try:
            return latest.path, checkpoints.read(latest.path)
        except Refusal:
            continue
    raise Refusal(tr("The run {name} has no checkpoint yet: train for an epoch first.", name=run.name))


def _rate(run: RunFolder, step: int) -> float | None:
    """The learning rate of the run at a step, as its curve tells: schedules and the user change it."""
    told = [row.value for row in run.rows() if row.name == "learning rate" and row.step <= step]
    return told[-1] if told and told[-1] > 0 else None


def _earlier(run: RunFolder, document: Document, checked: CheckedNetwork, here: Path) -> Sequence[State]:
    """Other moments of the run: the weights that it began with, where those can be drawn again, and its checkpoints."""
    found = []
    if not (run.record.origin or run.record.beginning):
        torch.manual_seed(plan_values(document)[0]["seed"])
        first = build(checked).state_dict()
        found.append(State(tr("start"), {name: tensor.clone() for name, tensor in first.items()}))
    for checkpoint in run.checkpoints():
        if checkpoint.path == here or (checkpoint.step == 0 and found):
            continue
        try:
            snapshot = checkpoints.read(checkpoint.path)
        except Refusal:
            continue  # it was replaced meanwhile, or is damaged
        found.append(State(tr("step {n}", n=f"{checkpoint.step:,}"), snapshot.model))
    return found


JOB = Handler(Explore, explore)
