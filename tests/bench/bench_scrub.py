"""Going back through a recorded run of the digits CNN: pictures a second while the slider moves, alone and compared.

A move is the slider, every view in sight, the numbers on the canvas and their paint, in CPU time of the window's
process (scrub_side.py), on the offscreen platform.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness import Part, Result

SIDE = Path(__file__).with_name("scrub_side.py")


def run(absent: list[str]) -> Sequence[Result]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(SIDE), folder],
            env={**os.environ, "NNDESIGNER_HOME": f"{folder}/home", "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"scrubbing ended with {done.returncode}: {done.stderr[-600:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if len(found["views"]) < 3:
        raise RuntimeError(f"only these views were in sight: {found['views']}")
    rows = []
    for key, words in (("alone", "one moment"), ("compared", "two moments compared")):
        taken = sorted(found[key])
        slow = taken[int(len(taken) * 0.95)]
        rows += [
            Result(f"scrubbing, {words}", 1000 / statistics.median(taken), "pictures/s", bar=20.0),
            Result(f"scrubbing, {words}, slowest 5 %", 1000 / slow, "pictures/s", bar=20.0),
        ]
    return rows


PART = Part("scrub", run)
