"""Networks for previews have the weights that training begins with, or those of a run where they fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.project.writer import encode
from nndesigner.training import checkpoints
from nndesigner.worker import previews
from tests.training.small import compiled, mlp, trained


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    previews.forget()
    yield
    previews.forget()


def test_fresh_weights_are_those_of_the_seed() -> None:
    document = mlp(seed=7)
    torch.manual_seed(1)
    made = previews.network(encode(document), None)
    begun, _ = compiled(document)
    for name, tensor in begun.state_dict().items():
        assert torch.equal(made.compiled.state_dict()[name], tensor), name
    assert made.fit is None and not made.compiled.training


def test_a_second_question_builds_nothing_and_an_edit_does() -> None:
    document = mlp()
    first = previews.network(encode(document), None)
    assert previews.network(encode(document), None) is first
    linear = next(node for node in document.nodes() if node.name == "linear1")
    edited = document.apply(edits.set_parameters(document, linear.id, {"out_features": 5}))
    second = previews.network(encode(edited), None)
    assert second is not first and tuple(second.compiled.linear1.weight.shape) == (5, 2)  # type: ignore[union-attr]


def test_weights_of_a_run_are_taken_where_they_fit_whatever_the_layer_is_called_now(tmp_path: Path) -> None:
    document = mlp(epochs=1)
    it, _ = trained(document, tmp_path)
    newest = it.run.latest_checkpoint()
    assert newest is not None
    saved = checkpoints.read(newest.path).model
    first, last = (node for node in document.nodes() if node.type == "Linear")
    edited = document.apply(edits.rename(document, first.id, "features"))
    edited = edited.apply(edits.set_parameters(edited, last.id, {"bias": False}))
    made = previews.network(encode(edited), it.run.path)
    assert torch.equal(made.compiled.state_dict()["features.weight"], saved["linear1.weight"])
    assert made.fit is not None and set(made.fit.kept) == {
        "features.weight",
        "features.bias",
        "linear2.weight",
    }


def test_a_network_with_an_error_is_refused_with_it() -> None:
    document = mlp(classes=3)
    with pytest.raises(Refusal, match="2 classes"):
        previews.network(encode(document), None)


def test_a_run_that_is_gone_leaves_fresh_weights(tmp_path: Path) -> None:
    assert previews.network(encode(mlp()), tmp_path / "gone").fit is None
