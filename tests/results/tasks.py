"""What is compared: a template and its hand-written twin, and the numbers by which both are judged."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nndesigner.check.analysis.table import analyze
from nndesigner.check.check import check
from nndesigner.data.dataset import Dataset, read
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Failed
from nndesigner.runs.blocking import run_job

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Metric:
    """A number on the test part. `value` reads it from what a run measured there; `bar` is what ours has to reach."""

    name: str
    value: Callable[[Mapping[str, float]], float]
    unit: str = ""
    better: str = "higher"
    bar: float | None = None
    digits: int = 2


def accuracy(name: str = "accuracy", bar: float | None = None) -> Metric:
    return Metric(name, lambda measured: 100 * measured["accuracy"], "%", bar=bar)


R2 = Metric("R²", lambda measured: measured["r2"], digits=3)


def rmse(unit: str = "") -> Metric:
    return Metric("RMSE", lambda measured: measured["rmse"], unit, "lower")


@dataclass(frozen=True)
class Task:
    """A template by its name, and what its network is in words."""

    template: str
    data: str
    network: str
    metrics: tuple[Metric, ...]

    @property
    def path(self) -> Path:
        return EXAMPLES / f"{self.template}.nnd"

    @cached_property
    def document(self) -> Document:
        return open_project(self.path).document

    @cached_property
    def dataset(self) -> Dataset:
        assert self.document.data is not None
        return read(self.document.data, EXAMPLES)

    @property
    def weights(self) -> int:
        return analyze(check(self.document)).weights

    def ours(self, seed: int, epochs: int | None = None) -> dict[str, float]:
        """Trains the template in a worker, as the window and the command line do; the metrics of the test part.

        Settings are the template's but for the seed, and one thread of the CPU, as for the hand-written side.
        """
        plan = {"seed": seed, "device": "cpu", "threads": 1} | ({} if epochs is None else {"epochs": epochs})
        document = self.document.apply(edits.set_plan(self.document, plan))
        with tempfile.TemporaryDirectory() as folder:
            outcome = run_job(Train(encode(document), str(EXAMPLES), f"{folder}/run"))
        if isinstance(outcome, Failed):
            raise RuntimeError(f"{self.template} was not trained: {outcome.sentence}")
        return dict(outcome.result["metrics"]["test"])

    def by_hand(self, seed: int, epochs: int | None = None) -> dict[str, float]:
        """Trains the hand-written twin on the same samples; the metrics of the test part."""
        from tests.results.by_hand import NETWORKS

        arrays = self.dataset.arrays
        made = (arrays["series"], arrays["next"]) if "series" in arrays else None
        return NETWORKS[self.template].train(seed, self.dataset.indices, made, epochs)


TASKS: dict[str, Task] = {
    task.template: task
    for task in (
        Task(
            "digits-cnn",
            "digits, 8 × 8 pixels",
            "2 convolutions (16, 32) with batch norm, pool, 64, 10, dropout",
            (accuracy(bar=98.5),),
        ),
        Task("digits-mlp", "digits, 8 × 8 pixels", "64-128-64-10", (accuracy(),)),
        Task("iris-mlp", "iris", "4-16-3", (accuracy(),)),
        Task("wine-mlp", "wine", "13-16-3", (accuracy(),)),
        Task("breast-cancer-binary", "breast cancer", "30-16-1, sigmoid", (accuracy(),)),
        Task("diabetes-regression", "diabetes", "10-32-1", (R2, rmse())),
        Task("sunspots-lstm", "a made series like sunspots", "LSTM 32, 1", (R2, rmse())),
        Task(
            "characters-transformer",
            "stories, character by character",
            "2 transformer layers of 64, 34",
            (
                accuracy("accuracy of the next character"),
                Metric("perplexity", lambda measured: math.exp(measured["loss"]), better="lower"),
            ),
        ),
    )
}
