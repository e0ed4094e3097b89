"""The job that says what fits: every tensor of both sides once, nothing of the random state moved."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import MatchWeights
from nndesigner.worker.jobs.match_weights import match
from nndesigner.worker.link import Link
from tests.training.small import Recorder, mlp


def test_every_tensor_is_told_once(tmp_path: Path) -> None:
    document = mlp()
    own = {name: tensor.clone() for name, tensor in build(check(document)).state_dict().items()}
    given = {**own, "linear2.bias": torch.zeros(7), "other": torch.zeros(2, 3)}
    del given["linear1.bias"]
    save_file(given, tmp_path / "given.safetensors")
    job = MatchWeights(encode(document), str(tmp_path), "given.safetensors")
    before = torch.get_rng_state()
    found = match(job, Link(Recorder(), job))
    assert torch.equal(torch.get_rng_state(), before)
    rows = {row[0]: row[1:] for row in found["rows"]}
    assert len(rows) == len(found["rows"]) and set(rows) == {*own, "other"}
    assert rows["linear1.weight"] == [[16, 2], [16, 2], "taken"]
    assert rows["linear1.bias"] == [[16], None, "fresh"]
    assert rows["linear2.bias"] == [[2], [7], "size"]
    assert rows["other"] == [None, [2, 3], "unused"]
    assert found["source"] == "given.safetensors"


def test_a_network_with_errors_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    document = mlp()
    job = MatchWeights(encode(document), str(tmp_path), "absent.safetensors")
    with pytest.raises(Refusal, match="no weights file"):
        match(job, Link(Recorder(), job))
    broken = document.apply(edits.disconnect(document, document.edges[0].id))
    job = MatchWeights(encode(broken), str(tmp_path), "absent.safetensors")
    with pytest.raises(Refusal, match="wired"):
        match(job, Link(Recorder(), job))
