"""What live monitoring costs a run, whether the numbers all arrive, and how old a picture is when it is seen.

The cost is CPU time of the worker's process, its sender thread included, in chunks that take turns (monitored_side.py).
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness import Part, Result, median_interval
from monitored_side import in_modes

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECONDS = 8.0
"""of each side"""
WINDOW_SECONDS = 0.5
"""in which there are two looks at least"""
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


def run(absent: list[str]) -> Sequence[Result]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            *costs(
                "digits MLP", EXAMPLES / "digits-mlp.nnd", "linear1", 32, "closed", "default", "everything"
            ),
            *costs("LeNet", lenet(Path(folder)), "c3", 32, "default", "everything"),
            *costs(
                "transformer",
                EXAMPLES / "characters-transformer.nnd",
                "encoder1",
                8,
                "default",
                "everything",
            ),
        ]


PART = Part("monitoring", run)
