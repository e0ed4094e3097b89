"""How fast a network learns, against a hand-written PyTorch loop; and what looking at it costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from harness import Part, Result, ratio, take_turns
from training_side import baseline, hand_written, ours

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DIGITS = EXAMPLES / "digits-mlp.nnd"
BATCH = 32
EVERYTHING = (
    ("linear1", "activation_histogram"),
    ("linear1", "node_output"),
    ("linear1", "weight_histogram"),
    ("", "health"),
    ("", "confusion_matrix"),
    ("", "probe_predictions"),
    ("linear1", "activation_magnitudes"),
    ("linear1", "gradient_magnitudes"),
    ("linear1", "projection"),
    ("", "update_ratio"),
    ("", "worst_samples"),
    ("", "score_curves"),
)
"""what the window looks at while a layer is selected and every panel is open"""


def run(absent: list[str]) -> Sequence[Result]:
    baseline("mlp")  # sets one thread, for both sides
    plan = {"batch_size": BATCH, "optimizer": "adam", "learning_rate": 0.001, "threads": 1}
    times = take_turns(
        {
            "hand": hand_written("mlp"),
            "best": hand_written("mlp", "index+fused"),
            "watched": ours(DIGITS, EVERYTHING, **plan),
            "unwatched": ours(DIGITS, **plan),
        },
        chunk=80,
        rounds=60,
    )
    speed = {name: BATCH / statistics.median(seconds) for name, seconds in times.items()}
    against_loader, spread = ratio(times["hand"], times["watched"])
    against_best, best_spread = ratio(times["best"], times["watched"])
    cost, cost_spread = ratio(times["watched"], times["unwatched"])
    return [
        Result(
            "digits MLP, Adam, monitoring on / DataLoader loop",
            speed["watched"],
            "samples/s",
            speed["hand"],
            against_loader,
            1.4,
            interval=spread,
        ),
        Result(
            "digits MLP / index + fused Adam by hand",
            speed["watched"],
            "samples/s",
            speed["best"],
            against_best,
            interval=best_spread,
        ),
        Result(
            "the same, monitoring on / off",
            1e6 * statistics.median(times["watched"]),
            "µs/step",
            1e6 * statistics.median(times["unwatched"]),
            cost,
            1.05,
            "lower",
            cost_spread,
        ),
        *_digits_cnn(absent),
    ]


def _digits_cnn(absent: list[str]) -> list[Result]:
    """The whole example, as the command line trains it: seconds and accuracy."""
    import tempfile

    from nndesigner.project.reader import open_project
    from nndesigner.project.writer import encode
    from nndesigner.protocol.jobs import Train
    from nndesigner.protocol.messages import Failed
    from nndesigner.runs.blocking import run_job

    path = EXAMPLES / "digits-cnn.nnd"
    with tempfile.TemporaryDirectory() as folder:
        project = encode(open_project(path).document)
        began = time.perf_counter()
        outcome = run_job(Train(project=project, folder=str(path.parent), run=f"{folder}/run"))
        seconds = time.perf_counter() - began
    if isinstance(outcome, Failed):
        absent.append(f"digits-cnn was not trained: {outcome.sentence}")
        return []
    accuracy = outcome.result["metrics"]["test"]["accuracy"]
    return [
        Result("digits CNN, whole run with its worker", seconds, "s (wall)", bar=60.0, better="lower"),
        Result("digits CNN, test accuracy", accuracy, "", bar=0.97),
    ]


PART = Part("training", run)
