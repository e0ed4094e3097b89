"""Cold start to the first paint with a project open, against a bare window with one pyqtgraph plot."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness import Part, Result, ratio

SIDE = Path(__file__).with_name("start_side.py")
DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits-cnn.nnd"
ROUNDS = 9


def run(absent: list[str]) -> Sequence[Result]:
    ours: list[float] = []
    bare: list[float] = []
    for number in range(ROUNDS + 1):
        first, second = _start("ours", str(DIGITS)), _start("bare")
        if number:  # the first of each fills the caches of the disk
            ours.append(first)
            bare.append(second)
    value, interval = ratio(ours, bare)
    return [
        Result(
            "cold start to first paint, digits-cnn open",
            statistics.median(ours),
            "s (CPU)",
            baseline=statistics.median(bare),
            ratio=value,
            bar=1.0,
            better="lower",
            interval=interval,
        )
    ]


def _start(*arguments: str) -> float:
    """CPU seconds of one start, in a user folder of its own: as after the first installation.

    Both sides may keep their byte code, as every installed package has it: where the environment forbids that, one of
    them would be compiled anew each time and the other, which pip compiled, would not.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "NNDESIGNER_HOME": home}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        command = [sys.executable, str(SIDE), *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
    return float(done.stdout.split()[-1])


PART = Part("start", run)
