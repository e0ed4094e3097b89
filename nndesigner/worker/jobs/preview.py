"""A sample of the data on its way through the network as it is drawn, before or beside any training.

A few further samples of the same part go along, so that dead units can be told; the chosen one is the first of them.
`Done.result`: "samples" (how many there are in the part), "number" (the chosen one's in the data), "batch" (how many
went along with it and itself), and where weights of a run were taken "kept", "fresh" (numbers of tensors).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.noise import noise_inputs
from nndesigner.compiler.describing import answer_here
from nndesigner.data.dataset import Dataset
from nndesigner.objectives.supervised import SUPERVISED
from nndesigner.protocol.jobs import Preview
from nndesigner.training import device
from nndesigner.training.feed import Feed
from nndesigner.training.monitor import Monitor, looking
from nndesigner.worker import datasets, previews
from nndesigner.worker.dispatch import Handler, is_memory
from nndesigner.worker.link import Link
from nndesigner.worker.previews import Previewed

MOST_SAMPLES = 64
FEWEST_SAMPLES = 4
MACS = 400_000_000
"""multiply-accumulates that a preview may take where there is a choice: some twenty milliseconds of one core"""


def preview(job: Preview, link: Link) -> dict[str, Any]:
    answer_here()
    previewed = previews.network(job.project, Path(job.run) if job.run else None)
    record = previewed.document.data
    if record is None:
        raise Refusal(
            tr("The project has no data yet: choose some on the data page to see a sample at work.")
        )
    data = datasets.read(record, Path(job.folder), link.progress)
    part = data.indices.get(job.split)
    if part is None or not len(part):
        raise Refusal(tr("The data has no samples in the part “{part}”.", part=job.split))
    index = min(max(job.index, 0), len(part) - 1)
    macs = max(previewed.checked.macs.at(previewed.checked.example), 1)
    number = min(max(MACS // macs, FEWEST_SAMPLES), MOST_SAMPLES)
    rows = _company(part, index, number)
    feed = _feed(previewed, data, rows)
    threads = torch.get_num_threads()
    torch.set_num_threads(device.thread_count(0, macs * len(rows)))
    try:
        _look(job, link, previewed, feed, len(rows))
    finally:
        torch.set_num_threads(threads)
    result = {"samples": len(part), "number": int(part[index]), "batch": len(rows)}
    fit = previewed.fit
    return result if fit is None else {**result, "kept": len(fit.kept), "fresh": len(fit.reinitialized)}


def _look(job: Preview, link: Link, previewed: Previewed, feed: Feed, samples: int) -> None:
    compiled, checked = previewed.compiled, previewed.checked
    inputs = feed.split("validation").inputs
    with looking(compiled):
        try:
            compiled.probe(*(x[:1] for x in inputs))
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, AssertionError) as error:
            broken = previews.breaks_at(compiled, [x[:1] for x in inputs])
            node = checked.node(broken)
            if node is None or is_memory(error):
                raise
            why = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
            raise Refusal(
                tr("“{name}” cannot be computed for this sample: {why}", name=node.name, why=why[:300])
            ) from error
    monitor = Monitor(
        compiled, checked, feed, link.send, positions=lambda split: np.arange(split.samples, dtype=np.int64)
    )
    link.progress(0.5, "")  # the place to end where nobody waits any more
    monitor.subscribe(job.subscriptions)
    monitor.look(0, 0.0)


def _company(part: npt.NDArray[np.int64], index: int, number: int) -> npt.NDArray[np.int64]:
    """The chosen sample, then others evenly spread over the part."""
    spread = np.unique(np.linspace(0, len(part) - 1, min(number, len(part))).astype(np.int64))
    others = spread[spread != index][: number - 1]
    rows: npt.NDArray[np.int64] = part[np.concatenate(([index], others))]
    return rows


def _feed(previewed: Previewed, data: Dataset, rows: npt.NDArray[np.int64]) -> Feed:
    """These samples alone, prepared as for training: they stand for the validation part."""
    compiled = previewed.compiled
    targets = SUPERVISED.targets(compiled.heads)
    for name in (*compiled.input_fields, *targets):
        if name and name not in data.fields:
            raise Refusal(
                tr("The data has no field “{name}” any more: have it read again on the data page.", name=name)
            )
    return Feed(
        data.fields,
        data.arrays,
        {"validation": rows},
        compiled.input_fields,
        targets,
        torch.device("cpu"),
        noise=noise_inputs(previewed.checked),
    )


JOB = Handler(Preview, preview)
