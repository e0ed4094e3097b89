"""From asking a warm worker to train until the first point of the curve has arrived."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from harness import Part, Result

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits-mlp.nnd"
ROUNDS = 5


def run(absent: list[str]) -> Sequence[Result]:
    from nndesigner.project.reader import open_project
    from nndesigner.project.writer import encode

    project = encode(open_project(DIGITS).document)
    seconds = [_once(project) for _ in range(ROUNDS)]
    return [
        Result(
            "Train to the first point, warm worker, data loaded",
            statistics.median(seconds),
            "s (wall)",
            bar=1.0,
            better="lower",
        )
    ]


def _once(project: bytes) -> float:
    from nndesigner.protocol.controls import Stop
    from nndesigner.protocol.jobs import Job, Preload, Train
    from nndesigner.protocol.messages import Done, Failed, Message, Scalars
    from nndesigner.runs.blocking import BlockingDriver
    from nndesigner.runs.launcher import WorkerState
    from nndesigner.runs.tasks import Task

    first: list[float] = []

    def arrived(message: Message) -> None:
        if isinstance(message, Scalars) and not first and any(row.name == "loss" for row in message.rows):
            first.append(time.perf_counter())

    driver = BlockingDriver()
    worker = driver.start()

    def do(job: Job) -> tuple[Task, list[Done | Failed]]:
        ends: list[Done | Failed] = []
        task = Task(job, arrived, ends.append)
        task.begin(worker)
        return task, ends

    with tempfile.TemporaryDirectory() as folder:
        try:
            driver.run_until(lambda: worker.process.state is WorkerState.WARM, 60)
            _, ends = do(Preload(project=project, folder=str(DIGITS.parent)))
            driver.run_until(lambda: bool(ends), 60)
            began = time.perf_counter()
            task, ends = do(Train(project=project, folder=str(DIGITS.parent), run=f"{folder}/run"))
            driver.run_until(lambda: bool(first or ends), 60)
            if not first:
                raise RuntimeError(f"no point arrived: {ends}")
            task.send(Stop())
            driver.run_until(lambda: bool(ends), 60)
        finally:
            worker.kill()
            driver.run_until(lambda: worker.process.ended is not None, 10)
            driver.close()
    return first[0] - began


PART = Part("first-point", run)
