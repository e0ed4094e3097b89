"""A worker process whose training is the benchmark's: `live_worker.py --parent … --log …`, as a window starts one.

NND_LIVE=flood: it says one number a step, NND_LIVE_RATE steps a second, NND_LIVE_STEPS of them, through the real report
into a real run folder and down the real pipe. NND_LIVE=watched: it trains, and appends to NND_LIVE_LOG one line
"step measurement nanoseconds" for each picture at the moment at which it was measured.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nndesigner.protocol.jobs import Job, Train  # noqa: E402  (found through the line above)
from nndesigner.worker import dispatch  # noqa: E402
from nndesigner.worker.link import Link  # noqa: E402


def value_of(step: int) -> float:
    """What the flood says at a step: a falling curve with noise, a number of its own for every step."""
    return 1.0 + 10.0 / (10 + step) + (step * 2654435761 % 4294967296) / 42949672960


def flood(job: Train, link: Link) -> dict[str, Any]:
    from nndesigner.project.reader import decode
    from nndesigner.protocol.messages import Clock, State
    from nndesigner.runs.store import create_at
    from nndesigner.training.report import Report

    steps, rate = int(os.environ["NND_LIVE_STEPS"]), float(os.environ["NND_LIVE_RATE"])
    run = create_at(Path(job.run), decode(job.project).document)
    report = Report(run, link)
    link.send(State("running"))
    began = time.perf_counter()
    done = 0
    while done < steps:
        due = min(int((time.perf_counter() - began) * rate) + 1, steps)
        for step in range(done + 1, due + 1):
            report.number(step, step / 1000, "train", "loss", value_of(step), step / rate)
        done = due
        if time.perf_counter() >= report.next:
            report.flush()
            report.clock(Clock(done, steps, done / 1000, steps // 1000, rate, (steps - done) / rate))
        time.sleep(0.0005)
    seconds = time.perf_counter() - began
    report.flush()
    run.save_record(state="finished")
    run.close()
    return {"run": run.name, "state": "finished", "steps": done, "seconds": seconds, "path": str(run.path)}


def watched(job: Train, link: Link) -> dict[str, Any] | None:
    from nndesigner.protocol.messages import Frame
    from nndesigner.training.monitor import Monitor

    log = open(os.environ["NND_LIVE_LOG"], "w", buffering=1)  # noqa: SIM115  (until the process ends)
    begin = Monitor._measure

    def measure(self: Monitor, *args: Any) -> None:
        send = self._send

        def noted(frame: Frame) -> None:
            log.write(f"{frame.step} {frame.measurement} {time.monotonic_ns()}\n")
            send(frame)

        self._send = noted
        try:
            begin(self, *args)
        finally:
            self._send = send

    Monitor._measure = measure  # type: ignore[method-assign]
    return dispatch.load("train").run(job, link)


def find(job: Job) -> dispatch.Handler:
    if isinstance(job, Train):
        return dispatch.Handler(Train, flood if os.environ["NND_LIVE"] == "flood" else watched)
    return dispatch.find(job)


if __name__ == "__main__":
    from nndesigner.worker.__main__ import main

    sys.exit(main(sys.argv[1:], find))
