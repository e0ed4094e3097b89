"""Recurrent layers in ONNX: one file takes every length, also where one layer reads what another has written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.exporters import gate
from tests.networks import chain


@pytest.mark.parametrize("type", ["LSTM", "GRU", "RNN"])
def test_bidirectional_layers_one_upon_the_other_keep_the_length_free(type: str, tmp_path: Path) -> None:
    """The gate runs the file at two lengths, of which it was traced with one."""
    layer = {"hidden_size": 3, "bidirectional": True}
    document = chain(
        [
            ("SequenceInput", {"length": "T", "features": 2}),
            (type, {**layer, "returns": "sequence"}),
            (type, {**layer, "returns": "hidden"}),
            ("Output", {}),
        ]
    )
    checked = check(document)
    torch.manual_seed(0)
    made = exportable(build(checked), checked, "net", b"")
    assert len({sizes["T"] for sizes in made.sizes}) > 1
    exported = gate.export(made, "onnx", tmp_path / "net")
    assert exported.max_abs_difference < 1e-5
