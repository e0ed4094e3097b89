"""The exported program opens with torch alone, runs at sizes that it was not traced with, and tells what it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.exporters.program import PROGRAM
from tests.networks import chain, digits_cnn


def test_the_metadata_comes_out_again(tmp_path: Path) -> None:
    checked = check(digits_cnn())
    made = exportable(build(checked), checked, "digits", b"{}")
    PROGRAM.write(made, tmp_path, "digits", {}, lambda fraction, sentence: None)
    found = {"nndesigner.inputs": "", "nndesigner.outputs": "", "nndesigner.project": ""}
    torch.export.load(tmp_path / "digits.pt2", extra_files=found)
    assert json.loads(found["nndesigner.outputs"])["output1"]["classes"] == list("0123456789")
    assert json.loads(found["nndesigner.inputs"])["image1"]["axes"][0] == ["batch", "N"]
    assert found["nndesigner.project"] == "{}"


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("length", [2, 9])
def test_one_lstm_takes_every_length_and_batch(batch: int, length: int, tmp_path: Path) -> None:
    document = chain(
        [("SequenceInput", {"length": "T", "features": 2}), ("LSTM", {"hidden_size": 3}), ("Output", {})]
    )
    checked = check(document)
    made = exportable(build(checked), checked, "net")
    PROGRAM.write(made, tmp_path, "net", {}, lambda fraction, sentence: None)
    x = torch.rand(batch, length, 2)
    (answer,) = PROGRAM.run(tmp_path / "net.pt2", [x.numpy()])
    with torch.no_grad():
        assert torch.allclose(torch.from_numpy(answer), made.model(x), atol=1e-6)
