"""What live monitoring costs a run, whether the numbers all arrive, and how old a picture is when it is seen.

The cost is CPU time of the worker's process, its sender thread included, in chunks that take turns (monitored_side.py).
Numbers and pictures go from a worker process through its pipe into the real window, on the offscreen platform
(live_side.py).
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
from typing import Any

from harness import Part, Result, median_interval
from monitored_side import in_modes

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TRANSFORMER = EXAMPLES / "characters-transformer.nnd"
SIDE = Path(__file__).with_name("live_side.py")
SECONDS = 6.0
"""of each side"""
WINDOW_SECONDS = 0.5
"""in which there are two looks at least"""
STEPS, RATE = 1_000_000, 12_500.0
"""of the flood of numbers"""
BARS = {"closed": 1.01, "default": 1.03, "everything": 1.08}
FRONT = ("activation_histogram", "feature_maps", "sequence_map", "node_output")
"""what the window looks at of a selected layer while nobody has opened anything else"""
WHOLE = ("health", "update_ratio", "confusion_matrix")
"""and of the network: the alarms' numbers, and the view in front"""
Looked = tuple[tuple[str, str], ...]


def lenet(folder: Path) -> Path:
    """LeNet-5 of the examples on the digits of scikit-learn, enlarged to its 32 × 32 pixels."""
    import numpy as np

    from nndesigner.data.bundled import read_bundled
    from nndesigner.document import edits
    from nndesigner.project.reader import open_project
    from nndesigner.project.writer import encode

    rows = read_bundled("digits", "digits.csv.gz")
    images = np.kron(rows[:, :-1].reshape(-1, 8, 8), np.ones((4, 4))).astype(np.float32)
    np.savez(folder / "digits.npz", x=images[:, None], y=rows[:, -1].astype(np.int64))
    document = open_project(EXAMPLES / "architectures" / "lenet5.nnd").document
    document = document.apply(edits.set_data(document, "numpy", {"path": "digits.npz"}))
    path = folder / "lenet.nnd"
    path.write_bytes(encode(document))
    return path


def looked_at(project: Path, node: str) -> tuple[Looked, Looked]:
    """(node name, measurement) of what is looked at by default with a layer selected, and with every panel open."""
    from nndesigner.check.check import check
    from nndesigner.data.dataset import read
    from nndesigner.document import edits
    from nndesigner.measurements.measurement import measurements
    from nndesigner.project.reader import open_project

    document = open_project(project).document
    assert document.data is not None
    data = read(document.data, project.parent)
    found = (tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks)
    checked = check(document.apply(edits.set_found(document, *found)))
    chosen = next(n for n in checked.nodes if n.name == node)
    known = measurements().values()
    whole = tuple(("", m.name) for m in known if m.applies_to(checked))
    of_node = tuple((node, m.name) for m in known if m.applies(chosen))
    assert whole and of_node
    front = (
        *((where, name) for where, name in whole if name in WHOLE),
        *(p for p in of_node if p[1] in FRONT),
    )
    return front, (*whole, *of_node)


def costs(name: str, project: Path, node: str, batch: int, *modes: str) -> list[Result]:
    default, everything = looked_at(project, node)
    looked: dict[str, Looked | None] = {
        "none": None,
        "closed": (),
        "default": default,
        "everything": everything,
    }
    plan = {"batch_size": batch, "optimizer": "adam", "learning_rate": 0.001, "threads": 1}
    times = in_modes(
        project, {mode: looked[mode] for mode in ("none", *modes)}, SECONDS, WINDOW_SECONDS, **plan
    )
    words = {
        "default": f"at defaults ({len(default)} looked at)",
        "everything": f"every panel open ({len(everything)})",
        "closed": "window closed",
    }
    rows = []
    for mode in modes:
        ratios = sorted(a / b for a, b in zip(times[mode], times["none"], strict=True))
        low, high = median_interval(ratios)
        rows.append(
            Result(
                f"{name}, {words[mode]}",
                1e6 * statistics.median(times[mode]),
                "µs/step",
                1e6 * statistics.median(times["none"]),
                statistics.median(ratios),
                BARS[mode],
                "lower",
                (low, high),
                note=f"95 %: {low:.3f} to {high:.3f}",
            )
        )
    return rows


def live(what: str, **environment: str) -> dict[str, Any]:
    """What live_side.py found, in a process with a window of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(SIDE), folder, what],
            env={
                **os.environ,
                "NNDESIGNER_HOME": f"{folder}/home",
                "QT_QPA_PLATFORM": "offscreen",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{what} ended with {done.returncode}: {done.stderr[-600:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    if not found:
        raise RuntimeError(f"{what} did not come to its end in time")
    return found


def arriving() -> list[Result]:
    flood = live("flood", NND_LIVE_STEPS=str(STEPS), NND_LIVE_RATE=str(RATE))
    work, wall = sorted(flood["work"]), sorted(flood["wall"])
    watched = live("watched")
    return [
        Result("steps a second that arrive in the window", flood["rate"], "steps/s", bar=10_000.0),
        Result(
            f"of {STEPS:,} numbers, lost or changed",
            STEPS - flood["steps"] + flood["wrong"],
            "numbers",
            bar=0.0,
            better="lower",
        ),
        Result(
            "meanwhile a turn of the window, slowest 1 %",
            work[int(0.99 * len(work))],
            "ms (CPU)",
            bar=33.0,
            better="lower",
            note=f"{len(work):,} turns of 1 ms or more; by the wall clock {wall[int(0.99 * len(wall))]:.0f} ms",
        ),
        Result(
            "from a measurement to its pixels, median",
            statistics.median(watched["ages"]),
            "ms (wall)",
            bar=100.0,
            better="lower",
            note=f"{len(watched['ages'])} of {watched['pictures']} pictures",
        ),
    ]


def run(absent: list[str]) -> Sequence[Result]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            *costs(
                "digits MLP", EXAMPLES / "digits-mlp.nnd", "linear1", 32, "closed", "default", "everything"
            ),
            *costs("LeNet", lenet(Path(folder)), "c3", 32, "default", "everything"),
            *costs("transformer", TRANSFORMER, "encoder1", 8, "default", "everything"),
            *arriving(),
        ]


PART = Part("monitoring", run)
