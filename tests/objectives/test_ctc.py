"""Learning from texts without places (CTC): what is counted is what is written, and data that cannot be is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.check.asking import goes_on, reads_off, writes
from nndesigner.check.check import check
from nndesigner.compiler.deploy import exportable
from nndesigner.document.document import Document
from nndesigner.exporters import gate
from nndesigner.objectives.objective import WHOLE
from nndesigner.protocol import controls
from nndesigner.runs.store import open_run
from nndesigner.training.attribution import explain
from nndesigner.training.evaluation.asking import asking_of
from nndesigner.training.evaluation.evaluate import evaluate
from nndesigner.training.predict import Predictor
from nndesigner.training.unwritable import steps_needed
from tests.objectives.known import example
from tests.training.small import Recorder, chain, dataset, trained, trainer

RATE = "character error rate"


def strips(stride: int = 1, loss: dict[str, Any] | None = None, **plan: Any) -> Document:
    """One convolution over strips of one to three digits that stand close: a step for each column, or fewer."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 32, "kernel_size": [8, 5], "stride": [1, stride], "padding": "valid"}),
        ("BatchNorm2d", {}),
        ("ReLU", {}),
        ("Squeeze", {"axis": "2"}),
        ("Permute", {"order": "2, 1"}),
        ("Linear", {"out_features": 11}),
        ("Output", {"loss": "ctc", **(loss or {})}),
    ]
    data = {"samples": 300, "fewest": 1, "most": 3, "gap": 1}
    return chain(
        "digit_strips", layers, data, **{"epochs": 20, "batch_size": 32, "learning_rate": 0.01, **plan}
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document, dict[str, Any]]:
    document = strips()
    it, result = trained(document, tmp_path_factory.mktemp("ctc"))
    return it.run.path, document, result["metrics"]


def distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        new = [i + 1]
        for j, y in enumerate(b):
            new.append(min(row[j + 1] + 1, new[j] + 1, row[j] + (x != y)))
        row = new
    return row[-1]


def test_what_is_counted_is_what_prediction_writes(run: tuple[Path, Document, dict[str, Any]]) -> None:
    path, document, metrics = run
    predictor, data = Predictor(open_run(path)), dataset(document)
    rows = data.indices["test"]
    said = predictor.answers({"strip": data.arrays["strip"][rows]})["output1"]
    tokens = data.fields["number"].tokens
    truth = ["".join(tokens[code] for code in row if code) for row in data.arrays["number"][rows]]
    assert all(set(text) <= set("0123456789") for text in said["text"])
    edits = [distance(a, b) for a, b in zip(said["text"], truth, strict=True)]
    assert metrics["test"][RATE] == pytest.approx(sum(edits) / sum(map(len, truth)))
    assert metrics["test"][WHOLE] == pytest.approx(np.mean(np.array(edits) == 0))
    assert 0 < metrics["test"][RATE] < 0.9, "it has learned something, and not everything"
    assert "accuracy" not in metrics["test"]


def test_the_evaluation_says_the_same_and_shows_the_worst(run: tuple[Path, Document, dict[str, Any]]) -> None:
    path, document, metrics = run
    predictor, data = Predictor(open_run(path)), dataset(document)
    (output,) = evaluate(predictor, data, "test", asking=asking_of(predictor))
    found = output.sequences
    assert found is not None and output.asked == "path" and output.classes is None
    assert (found.judged, found.unit) == (len(data.indices["test"]), "character")
    assert found.exact == pytest.approx(metrics["test"][WHOLE])
    assert found.error_rate == pytest.approx(metrics["test"][RATE])
    rates = [distance(line.answer, line.truth) / len(line.truth) for line in output.worst]
    assert rates == sorted(rates, reverse=True) and rates[-1] > 0
    assert [line.loss for line in output.worst] == pytest.approx(rates)


def test_it_is_explained_over_all_steps(run: tuple[Path, Document, dict[str, Any]]) -> None:
    path, document, _ = run
    arrays = {"strip": dataset(document).arrays["strip"][:1]}
    for wanted in (-1, 3):
        found = explain(Predictor(open_run(path)), arrays, "saliency", wanted=wanted)
        assert all(np.isfinite(numbers).all() and numbers.any() for numbers in found.numbers.values())


def test_a_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, _ = trained(strips(epochs=3), tmp_path)
    stop = Recorder(lambda call: [controls.Stop()] if call == 2 else [])
    first = trainer(strips(epochs=3), tmp_path, stop)
    first.start()
    first.train()
    second = trainer(strips(epochs=3), tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    for ours, theirs in zip(whole.compiled.parameters(), second.compiled.parameters(), strict=True):
        assert (ours == theirs).all()
    told = [{(r.epoch, r.split, r.name): r.value for r in it.run.rows() if r.split} for it in (whole, second)]
    assert told[0] == told[1]


def test_targets_that_take_more_steps_than_there_are_are_refused(tmp_path: Path) -> None:
    needed = steps_needed(np.array([[1, 2, 3, 0], [1, 1, 2, 2], [4, 0, 0, 0], [0, 0, 0, 0]]), 0)
    assert needed.tolist() == [3, 6, 1, 0]
    document = strips(stride=11)
    (head,) = check(document).heads
    assert head.arriving.sizes[1].value == 3  # enough for 123, not for 112
    with pytest.raises(
        Refusal, match=r"has 3 steps, but “number” of sample \d+ takes 4, .* switch on “Leave out"
    ):
        trainer(document, tmp_path)
    _, result = trained(strips(stride=11, loss={"zero_infinity": True}, epochs=1), tmp_path)
    assert result["state"] == "finished" and "loss" in result["metrics"]["validation"]


def test_an_exported_file_says_how_its_text_is_read_off(
    run: tuple[Path, Document, dict[str, Any]], tmp_path: Path
) -> None:
    _, document, _ = run
    it = trainer(document, tmp_path)
    made = exportable(it.compiled, it.checked, "strips")
    assert gate.export(made, "onnx", tmp_path / "strips").path.exists()
    told = json.loads(made.metadata["outputs"])["output1"]
    assert told["tokens"][told["blank"]] == "<pad>" and told["tokens"][1:] == list("0123456789")
    assert "repeats made one" in told["decoding"]
    text = made.source("strips.safetensors")
    assert "class 0 (the blank) left out" in text


def test_it_is_neither_a_language_model_nor_a_decoder() -> None:
    checked = check(example("digits-ctc"))
    assert reads_off(checked) is checked.heads[0]
    assert goes_on(checked) is None and writes(checked) is None
    assert reads_off(check(example("reverse-sequence"))) is None


@pytest.mark.long
def test_the_example_reads_strips_of_digits_that_it_has_not_seen(tmp_path: Path) -> None:
    """On pictures of digits that are in no other part."""
    _, result = trained(example("digits-ctc", threads=1), tmp_path)
    found = result["metrics"]["test"]
    print(f"digits-ctc: exact match {found[WHOLE]:.2%}, character error rate {found[RATE]:.2%} (test part)")
    assert found[WHOLE] >= 0.95
    assert found[RATE] <= 0.02
