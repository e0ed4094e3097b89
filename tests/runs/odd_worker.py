"""A worker whose jobs misbehave on request: an `Export` job names in `format` what to do. It needs no torch."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.protocol.controls import Control, Resume, Stop
from nndesigner.protocol.jobs import Export, Job, Train
from nndesigner.protocol.messages import Frame, ScalarRow, Scalars, State
from nndesigner.worker.__main__ import main
from nndesigner.worker.dispatch import Handler
from nndesigner.worker.link import Link


def behave(job: Export, link: Link) -> dict[str, Any] | None:
    options = job.options
    match job.format:
        case "fine":
            return {"pid": os.getpid(), **options}
        case "print":
            print("stray print")
            os.write(1, b"stray bytes on 1\n")
            subprocess.run([sys.executable, "-c", "print('stray child')"], check=True)
            ctypes.CDLL(None).puts(b"stray C line")
            ctypes.CDLL(None).fflush(None)
            return {"read": os.read(0, 10)}
        case "raise":
            raise ValueError("the answer is not 42\nsecond line")
        case "refuse":
            raise Refusal("That cannot be done. Do this.")
        case "missing":
            Path("/nowhere/at/all").read_bytes()
        case "memory":
            kept = [bytearray(1 << 20) for _ in range(100_000)]
            return {"kept": len(kept)}
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "rows":
            for step in range(options["rows"]):
                link.send(Scalars((ScalarRow(step, 0.0, "train", "loss", 1.0, 0.0),)))
        case "frames":
            import numpy as np

            for step in range(options["frames"]):
                link.send(Frame("m", "n", step, 0.0, {"a": np.full(1000, step)}))
        case "obey":
            return obey(link)
        case "deaf":
            link.send(State("deaf"))
            while True:
                time.sleep(1)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            link.send(State("stubborn", str(child.pid)))
            while True:
                time.sleep(1)
    return None


def obey(link: Link) -> dict[str, Any]:
    """Do as told, and say what was told; at the end of input, leave a mark as training leaves a checkpoint."""
    link.send(State("running"))
    heard: list[Control] = []
    while not link.cancelled:
        control = link.wait_control(0.2)
        if control is not None:
            heard.append(control)
            link.send(State("heard", type(control).__name__))
            if isinstance(control, Resume):
                link.send(State("resumed"))
        if isinstance(control, Stop) or link.orphaned:
            break
    if isinstance(link.job, Train):
        (Path(link.job.run) / "saved").write_text(",".join(type(control).__name__ for control in heard))
    link.progress(1.0, "ending") if link.cancelled else None
    return {"heard": [type(control).__name__ for control in heard]}


def find(job: Job) -> Handler:
    if isinstance(job, Train):
        return Handler(Train, lambda job, link: obey(link))
    return Handler(Export, behave)


if __name__ == "__main__":
    sys.exit(main(find=find))
