"""Every project in examples/ opens without a warning, checks without a problem, trains and leaves as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.compiler.deploy import exportable
from nndesigner.data.dataset import read
from nndesigner.document.document import Document
from nndesigner.exporters import gate
from nndesigner.objectives.catalogue import unfit, whole_plan
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from nndesigner.protocol.controls import Control, Stop
from nndesigner.protocol.messages import Message
from nndesigner.runs.store import create_run
from nndesigner.training.loop import train

FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.nnd"))
LIKE_ANOTHER = {
    "breast-cancer-binary", "diabetes-regression", "digits-denoising", "digits-embedding",
    "digits-gan-conditional", "digits-gan-least-squares", "digits-gan-wasserstein", "digits-mlp",
    "digits-transformer", "digits-verification", "enlarging-pixelshuffle", "houses-regression", "iris-mlp",
    "keras-classifier", "masked-letters", "names-gru", "one-hidden-layer", "payments-imbalanced",
    "perceptron-xor", "pumps-anomaly", "ratings-factors", "reverse-sequence", "reviews-lstm", "sunspots-lstm",
    "waves-conv1d", "weather-gru", "wine-mlp",
}  # fmt: skip
"""Templates whose layers leave as files in another one already: they do in the long run."""


class Steps:
    """A link that stops the run after a number of steps."""

    cancelled = orphaned = False

    def __init__(self, steps: int) -> None:
        self.left = steps

    def send(self, message: Message) -> None:
        pass

    def controls(self) -> list[Control]:
        self.left -= 1
        return [Stop()] if self.left < 0 else []

    def wait_control(self, timeout: float) -> Control | None:
        return None


def trained(
    document: Document, folder: Path, steps: int, **plan: Any
) -> tuple[CompiledNetwork, CheckedNetwork, Mapping[str, Any]]:
    checked = check(document)
    assert document.data is not None
    dataset = read(document.data, FOLDER)
    assert document.plan is not None
    values, _ = whole_plan(document)
    torch.manual_seed(values["seed"])
    compiled = build(checked)
    run = create_run(folder, document)
    run.record.folder = os.path.relpath(FOLDER, run.path)
    result = train(
        compiled,
        dataset,
        {**values, **plan},
        run,
        Steps(steps),
        checked=checked,
        objective=document.plan.objective,
    )
    return compiled, checked, result


def test_there_are_the_examples_that_are_promised() -> None:
    assert {path.stem for path in EXAMPLES} >= {
        "perceptron", "one-hidden-layer", "keras-classifier", "breast-cancer-binary", "digits-mlp", "digits-cnn",
        "iris-mlp", "wine-mlp", "moons-mlp", "diabetes-regression", "sine-lstm", "sunspots-lstm",
        "characters-transformer",
        "digits-autoencoder", "digits-denoising", "digits-vae", "digits-gan", "digits-gan-least-squares",
        "digits-gan-wasserstein", "digits-gan-conditional",
        "reviews-lstm", "translation-attention", "weather-gru", "pumps-anomaly", "ratings-factors",
        "enlarging-pixelshuffle", "payments-imbalanced", "houses-regression", "waves-conv1d", "digits-transformer",
        "names-gru", "digits-verification", "style-transfer",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.long) if path.stem in LIKE_ANOTHER else path for path in EXAMPLES],
    ids=lambda path: path.stem,
)
def test_opens_checks_trains_two_steps_and_exports(path: Path, tmp_path: Path) -> None:
    opened = open_project(path)
    assert opened.warnings == ()
    assert encode(opened.document) == path.read_bytes()
    assert check(opened.document).problems == ()
    assert unfit(opened.document, check(opened.document)) == ()
    compiled, checked, result = trained(opened.document, tmp_path / "runs", 2)
    assert result["steps"] == 2
    made = exportable(compiled, checked, path.stem, path.read_bytes())
    exported = gate.export(made, "onnx", tmp_path / path.stem)
    assert exported.path.stat().st_size == exported.bytes


def accuracy(name: str, folder: Path) -> float:
    _, _, result = trained(open_project(FOLDER / f"{name}.nnd").document, folder, 10**9)
    return float(result["metrics"]["test"]["accuracy"])


def test_one_step_unit_learns_and_but_not_xor_and_a_hidden_layer_does(tmp_path: Path) -> None:
    assert accuracy("perceptron", tmp_path) > 0.9
    assert accuracy("perceptron-xor", tmp_path) <= 0.8
    assert accuracy("xor-hidden-layer", tmp_path) == 1.0


def test_the_recorded_data_is_what_a_worker_finds_today() -> None:
    for path in EXAMPLES:
        data = open_project(path).document.data
        assert data is not None
        found = read(data, FOLDER)
        assert found.fingerprint == data.fingerprint, path.stem
        assert tuple(found.fields) == tuple(field.name for field in data.fields)
