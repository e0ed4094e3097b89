"""What a training script is made from: the facts of a run, its samples, and the losses of its first steps.

The first steps are taken again by the loop itself, in a run folder that is thrown away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.batch_of_one import fewest_samples
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.compiler.learning import beginnings, hidden_matrices, spared
from nndesigner.compiler.script import BEGIN, Rehearsed, fields_of, script
from nndesigner.data.dataset import Dataset
from nndesigner.document.document import Document
from nndesigner.document.optimizers import OPTIMIZERS
from nndesigner.exporters.exporter import Training
from nndesigner.layers import own_metrics
from nndesigner.objectives.catalogue import objective, whole_plan
from nndesigner.protocol.controls import Control
from nndesigner.protocol.messages import Message, Scalars
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.training import beginning
from nndesigner.training.feed import SHUFFLED_WHOLE, Feed, evaluation_batch
from nndesigner.training.loop import Trainer


def rehearsal(
    run: RunFolder, checked: CheckedNetwork, compiled: CompiledNetwork, data: Callable[[], Dataset]
) -> Training:
    """`compiled` is the network of the run with any weights; `data` is called when the samples are first needed."""
    document = run.document()
    plan, _ = whole_plan(document)
    plan |= {"device": run.record.device or "cpu", "threads": run.record.threads or plan["threads"]}
    if plan["begin_with"]:  # the folder in which it is rehearsed is another
        plan["begin_with"] = str(beginning.place(plan["begin_with"], run.project_folder()))
    dataset = cache(data)

    def text(samples: str) -> str:
        way = objective(run.record.objective)
        if not way.scripted(way.values(plan)):
            raise Refusal(
                tr(
                    "A training script cannot be written for this way of learning ({way}). The network itself can be"
                    " exported in every other format.",
                    way=tr(way.label).lower(),
                )
            )
        if compiled.learning.thaws and all(
            name in compiled.learning.frozen for name, _ in compiled.named_parameters()
        ):
            raise Refusal(
                tr(
                    "A training script cannot be written while all layers are frozen at first: have one learn from the"
                    " beginning."
                )
            )
        return script(checked, plan, _known(run, checked, compiled, plan, dataset()), samples)

    return Training(
        script=text,
        arrays=lambda: {**_arrays(checked, dataset()), **_first_weights(run, checked, plan)},
        losses=lambda steps: first_losses(document, checked, plan, dataset(), steps),
    )


def _known(
    run: RunFolder,
    checked: CheckedNetwork,
    compiled: CompiledNetwork,
    plan: Mapping[str, Any],
    dataset: Dataset,
) -> Rehearsed:
    inputs, targets = fields_of(checked)
    names = [field.name for field in inputs], [field.name for field in targets]
    cpu, fewest = torch.device("cpu"), fewest_samples(checked)
    feed = Feed(dataset.fields, dataset.arrays, dataset.indices, *names, cpu, fewest)
    split = feed.split("train")
    size = plan["batch_size"]
    left_over = split.samples % size and split.samples > size
    joined = (
        left_over and not plan["drop_last"] and feed.batches_per_epoch(size, False) == split.samples // size
    )
    learning = compiled.learning
    return Rehearsed(
        title=checked.name,
        run=run.name,
        device=plan["device"],
        threads=plan["threads"] or torch.get_num_threads(),
        whole=split.bytes <= SHUFFLED_WHOLE,
        joined=bool(joined),
        batches=feed.batches_per_epoch(size, plan["drop_last"]),
        fewest=fewest,
        evaluation_batch=evaluation_batch(split, size),
        begin=[(b.parameter, b.function, b.keywords) for b in beginnings(compiled, checked)],
        frozen_modules=learning.frozen_modules,
        frozen=[name for name, _ in compiled.named_parameters() if name in learning.frozen],
        rates=learning.rates,
        spared=sorted(name for name in spared(compiled) if compiled.get_parameter(name).ndim > 1),
        matrices=sorted(hidden_matrices(compiled)) if OPTIMIZERS[plan["optimizer"]].rest else (),
        thaws=learning.thaws,
        transferred=bool(plan["begin_with"]),
        remarks=_remarks(run, checked),
    )


def _remarks(run: RunFolder, checked: CheckedNetwork) -> list[str]:
    """What the run did that the script does not do again."""
    found = []
    if any(event.get("kind") == "compiled" and event.get("compiled") for event in run.events()):
        found.append(
            tr(
                "The run computed its steps with torch.compile; this script does not, and differs in last digits."
            )
        )
    if run.record.plan.get("more_metrics"):
        found.append(tr("The run measured more metrics than this script does."))
    if any(own_metrics.code_of(head.node.use.values) for head in checked.heads if head.node.use is not None):
        found.append(tr("The metrics of one's own that the run has are not measured here."))
    if run.record.origin:
        found.append(
            tr("The run went on from the weights of another one; this script begins with fresh weights.")
        )
    if any(event.get("kind") == "learning-rate" for event in run.events()):
        found.append(
            tr("The learning rate was changed by hand during the run; here it stays as it was at first.")
        )
    if run.record.state not in ("finished", "early"):
        found.append(tr("The run was ended before its last epoch; this script goes through all of them."))
    return found


def _arrays(checked: CheckedNetwork, dataset: Dataset) -> dict[str, np.ndarray[Any, Any]]:
    """Raw samples of each field that is used, and the sample numbers of each part."""
    inputs, targets = fields_of(checked)
    fields = {field.name: dataset.arrays[field.name] for field in (*inputs, *targets)}
    parts = {part: np.asarray(dataset.indices[part], np.int64) for part in ("train", "validation", "test")}
    return {
        **{f"field/{name}": np.ascontiguousarray(array) for name, array in fields.items()},
        **{f"part/{part}": rows for part, rows in parts.items()},
    }


def _first_weights(
    run: RunFolder, checked: CheckedNetwork, plan: Mapping[str, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    """What the run began with in place of fresh weights. Raises Refusal where that is not there any more."""
    if not plan["begin_with"]:
        return {}
    with torch.random.fork_rng(devices=[]):
        model = build(checked)
    found = beginning.take(model, checked, Path(plan["begin_with"]))
    if found.digest != run.record.beginning.get("digest", found.digest):
        raise Refusal(
            tr(
                "{source} has changed since the run {name} began with its weights: a training script would come to"
                " other numbers. Train a new run instead.",
                source=found.source,
                name=run.name,
            )
        )
    own = model.state_dict()
    return {BEGIN + name: own[name].numpy() for name in found.names("taken")}


class _Enough(Exception):
    pass


class _Counting:
    """A link that ends a run after so many steps, and keeps the losses."""

    cancelled = orphaned = False

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.losses: list[float] = []

    def send(self, message: Message) -> None:
        if isinstance(message, Scalars):
            self.losses += [row.value for row in message.rows if (row.split, row.name) == ("train", "loss")]

    def controls(self) -> list[Control]:
        """Asked before each step."""
        if not self.left:
            raise _Enough
        self.left -= 1
        return []

    def wait_control(self, timeout: float) -> Control | None:
        return None


def first_losses(
    document: Document, checked: CheckedNetwork, plan: Mapping[str, Any], dataset: Dataset, steps: int
) -> list[float]:
    """The losses of the first steps of a new run; fewer where the plan has fewer."""
    threads = torch.get_num_threads()
    link = _Counting(steps)
    try:
        with tempfile.TemporaryDirectory(prefix="nndesigner-rehearsal-") as folder:
            run = create_at(Path(folder) / "run", document)
            try:
                torch.manual_seed(plan["seed"])
                way = document.plan.objective if document.plan is not None else "supervised"
                trainer = Trainer(build(checked), dataset, plan, run, link, checked=checked, objective=way)
                trainer.start()
                try:
                    while trainer.at.epoch < trainer.at.last_epoch:
                        trainer.train_epoch()
                        trainer.finish_epoch()
                except _Enough:
                    trainer.look_at_losses()
                trainer.report.flush()
            finally:
                run.close()
    finally:
        torch.set_num_threads(threads)
    return link.losses
