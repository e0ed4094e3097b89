"""What of a run or a file of weights fits a project's network, before it is trained.

`Done.result`: "source" in words, "sentence", and "rows": [name, sizes in the network or None, sizes in the source or
None, state], as in `training/beginning.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.describing import answer_here
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import MatchWeights
from nndesigner.training import beginning
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def match(job: MatchWeights, link: Link) -> dict[str, Any]:
    answer_here()
    checked = check(decode(job.project).document)
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    source, tensors = beginning.read(beginning.place(job.source, Path(job.folder)), checked)
    with torch.random.fork_rng(devices=[]):
        found = beginning.match(build(checked), source, tensors)
    rows = [
        [
            row.name,
            list(row.here) if row.here is not None else None,
            list(row.there) if row.there is not None else None,
            row.state,
        ]
        for row in found.rows
    ]
    return {"source": source, "sentence": found.describe(), "rows": rows}


JOB = Handler(MatchWeights, match)
