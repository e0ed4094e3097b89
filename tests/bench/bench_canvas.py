"""The canvas at 5,000 and 20,000 layers: CPU time per frame and per edit, against an item per layer and wire.

Each side runs in a process of its own (canvas_side.py), on the offscreen platform, and once more under a virtual X
server where there is one. The ratio is ours ÷ bare: bare is a plain QGraphicsView that draws less.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import Part, Result

SIDE = Path(__file__).with_name("canvas_side.py")
NODES, MANY, EDITED = 5_000, 20_000, 1_000
Found = dict[str, Any]


def run(absent: list[str]) -> Sequence[Result]:
    results = _on("offscreen", {"QT_QPA_PLATFORM": "offscreen"}, absent)
    with _screen() as display:
        if display:
            results += _on("xcb", {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}, absent)
        else:
            absent.append("The canvas under X: there is no Xvfb here.")
    return results


def _on(platform: str, environment: dict[str, str], absent: list[str]) -> list[Result]:
    ours, bare = _side("ours", NODES, environment), _side("bare", NODES, environment)
    many, lag = _side("many", MANY, environment), _side("lag", EDITED, environment)
    worst = max((name for name in ours if name.startswith("repaint ")), key=lambda n: _p95(ours[n]))
    panned = max((name for name in ours if name.startswith("pan ")), key=lambda n: _middle(ours[n]))

    def line(name: str, value: float, unit: str, bar: float | None, against: float | None = None) -> Result:
        ratio = value / against if against else None
        shown = f"canvas {platform}: {name}"
        if ratio is None or bar is None:
            return Result(shown, value, unit, against, ratio, bar, "lower")
        return _Both(shown, value, unit, against, ratio, bar, "lower")

    milliseconds, seconds = "ms (CPU)", "s (CPU)"
    found = [
        line("repaint p95, fit", _p95(ours["repaint fit"]), milliseconds, 16, _p95(bare["repaint fit"])),
        line("repaint p95, 1:1", _p95(ours["repaint 1:1"]), milliseconds, 16, _p95(bare["repaint 1:1"])),
        line(f"repaint p95, worst zoom ({worst[8:]})", _p95(ours[worst]), milliseconds, 16),
        line("pan, fit", _middle(ours["pan fit"]), milliseconds, 5, _middle(bare["pan fit"])),
        line("pan, 1:1", _middle(ours["pan 1:1"]), milliseconds, 5, _middle(bare["pan 1:1"])),
        line(f"pan, worst zoom ({panned[4:]})", _middle(ours[panned]), milliseconds, 5),
        line("drag, fit", _middle(ours["drag fit"]), milliseconds, 5, _middle(bare["drag fit"])),
        line("drag, 1:1", _middle(ours["drag 1:1"]), milliseconds, 5, _middle(bare["drag 1:1"])),
        line("zoom", _middle(ours["zoom"]), milliseconds, 12, _middle(bare["zoom"])),
        line("zoom p95", _p95(ours["zoom"]), milliseconds, None, _p95(bare["zoom"])),
        line("open to first paint", ours["open"], seconds, 1.0, bare["open"]),
        line("select all", _middle(ours["select all"]), milliseconds, 100, _middle(bare["select all"])),
        line("delete all", _middle(ours["delete all"]), milliseconds, 100, _middle(bare["delete all"])),
        line("undo", _middle(ours["undo"]), milliseconds, 100, _middle(bare["undo"])),
        line("layout", _middle(ours["layout"]), seconds, 1.5),
        line("memory over an empty window", ours["memory"], "MB", 120, bare["memory"]),
        line(f"pan, fit, {MANY:,} layers", _middle(many["pan fit"]), milliseconds, 40),
        line(f"pan, 1:1, {MANY:,} layers", _middle(many["pan 1:1"]), milliseconds, 40),
        line(f"stall p99, editing {EDITED:,} layers", _p99(lag["busy"]), milliseconds, 50),
        line("the same by the clock on the wall", _p99(lag["walls"]), "ms (wall)", None),
    ]
    return found


class _Both(Result):
    """The ratio is printed, and it is the value that has to hold."""

    @property
    def holds(self) -> bool | None:
        return self.bar is None or self.value <= self.bar


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


def _side(side: str, nodes: int, environment: dict[str, str]) -> Found:
    """One side in a user folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, str(SIDE), side, str(nodes)],
            env={**os.environ, "NNDESIGNER_HOME": home, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{side} at {nodes} ended with {done.returncode}: {done.stderr[-600:]}")
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@contextmanager
def _screen() -> Iterator[str]:
    """A virtual X server of our own, as large as the window; "" where there is none."""
    server = shutil.which("Xvfb")
    if server is None:
        yield ""
        return
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        number = b""
        until = time.monotonic() + 15
        while not number.endswith(b"\n") and time.monotonic() < until:
            piece = os.read(read, 16)
            if not piece:
                break
            number += piece
        yield f":{number.decode().strip()}" if number.endswith(b"\n") else ""
    finally:
        os.close(read)
        process.terminate()
        process.wait(10)


PART = Part("canvas", run)
