"""Going on with a text, token by token: a `Frame` "generated" after each, with all of them so far.

Its arrays are "codes" (n,) int64 and "chances" (n,) float32, the probability that the network gave each. `Done.result`:
the same, "checkpoint" and "step".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.compiler.describing import answer_here
from nndesigner.protocol.jobs import Generate
from nndesigner.protocol.messages import Frame
from nndesigner.runs.store import open_run
from nndesigner.training import device
from nndesigner.training.generation import generate
from nndesigner.worker import predictors
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def go_on(job: Generate, link: Link) -> dict[str, Any]:
    answer_here()
    run = open_run(Path(job.run))
    predictor = predictors.predictor(
        run, Path(job.checkpoint) if job.checkpoint else None, device.choose(job.device or "cpu")
    )
    codes: list[int] = []
    chances: list[float] = []
    steps = generate(
        predictor,
        job.prompt,
        job.length,
        temperature=job.temperature,
        top_k=job.top_k,
        seed=job.seed,
    )
    link.progress(0.0, "")
    for code, chance in steps:
        codes.append(code)
        chances.append(chance)
        link.send(Frame("generated", "", len(codes), 0.0, _arrays(codes, chances)))
        link.progress(len(codes) / job.length, "")  # the place to end where it is told to stop
    return {**_arrays(codes, chances), "checkpoint": predictor.checkpoint.name, "step": predictor.step}


def _arrays(codes: list[int], chances: list[float]) -> dict[str, Any]:
    return {"codes": np.array(codes, np.int64), "chances": np.array(chances, np.float32)}


JOB = Handler(Generate, go_on)
