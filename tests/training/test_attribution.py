"""Explanations with known answers: linear networks, pixels that are not read, a planted bright quadrant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.check.check import check
from nndesigner.document.document import Document
from nndesigner.training.attribution import METHODS, empty, explain
from nndesigner.training.inside import Inside
from nndesigner.training.predict import Predictor
from tests.networks import DIGIT, DIGIT_IMAGE, MIXED_TABLE, PRICE, chain, digits_cnn, two_rows
from tests.training import small


class Untrained(Predictor):
    """A predictor without a run: the network of a document with weights that the test sets."""

    def __init__(self, document: Document, weights: Mapping[str, Any] = {}) -> None:
        from nndesigner.compiler.build import build, with_preparation

        torch.manual_seed(0)
        whole = check(document)
        assert whole.ok, whole.errors
        self.document, self.checked = document, whole.as_answered()
        self._noise: dict[int, Any] = {}
        self.device = torch.device("cpu")
        self._compiled = build(whole)
        state = self._compiled.state_dict()
        for name, value in weights.items():
            state[name].copy_(torch.as_tensor(value))
        self.heads = self._compiled.heads
        self.fields = tuple(node.field for node in self.checked.inputs if node.field is not None)
        self._model = with_preparation(self._compiled, self.checked).eval()


LINEAR = chain([("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})], [MIXED_TABLE, PRICE])
WEIGHTS = {"linear1.weight": [[2.0, 10.0, 20.0, 30.0, -1.0]], "linear1.bias": [5.0]}
ROW = {"row": np.array([[179.5, 1.0, 91.0]], np.float32)}
"""height +1 standard deviation, the second of three categories, weight +2 standard deviations"""


TWO = two_rows()


def test_integrated_gradients_of_a_linear_network_are_weight_times_difference() -> None:
    found = explain(Untrained(LINEAR, WEIGHTS), ROW, "integrated_gradients")
    # What stands in for a missing height is 170, (170 − 171.5) / 8 prepared; of a missing weight (70 − 69) / 11.
    height, weight = 1.0 - (170.0 - 171.5) / 8.0, 2.0 - (70.0 - 69.0) / 11.0
    expected = 77.0 * np.array([2.0 * height, 20.0, -1.0 * weight])  # in the units of the price
    assert found.numbers["row"] == pytest.approx(expected, rel=1e-5)
    assert found.baseline is not None
    assert found.numbers["row"].sum() == pytest.approx(found.score - found.baseline, rel=1e-5)
    assert abs(found.gap) < 1e-3


def test_integrated_gradients_are_complete_for_a_network_that_is_not_linear() -> None:
    network = Untrained(digits_cnn())
    image = np.random.default_rng(1).uniform(0, 16, (1, 1, 8, 8)).astype(np.float32)
    found = explain(network, {"image": image}, "integrated_gradients", wanted=4)
    assert found.baseline is not None and found.numbers["image"].shape == (8, 8)
    whole = found.score - found.baseline
    assert abs(float(found.numbers["image"].sum()) - whole) < 0.05 * max(abs(whole), 0.05)
    assert found.gap == pytest.approx(float(found.numbers["image"].sum()) - whole, abs=1e-5)
    dark = explain(network, {"image": np.zeros_like(image)}, "integrated_gradients", wanted=4)
    assert (dark.numbers["image"] == 0).all(), "the empty image differs nowhere from itself"


def test_saliency_of_a_linear_network_is_the_size_of_its_weights() -> None:
    found = explain(Untrained(LINEAR, WEIGHTS), ROW, "saliency")
    assert found.numbers["row"] == pytest.approx(77.0 * np.array([2.0, 60.0, 1.0]))


def test_occlusion_of_a_column_is_its_part_of_a_linear_answer() -> None:
    found = explain(Untrained(LINEAR, WEIGHTS), ROW, "occlusion")
    same = explain(Untrained(LINEAR, WEIGHTS), ROW, "integrated_gradients")
    assert found.numbers["row"] == pytest.approx(same.numbers["row"], rel=1e-4)


def _looks_at_one_pixel() -> Untrained:
    weight = np.zeros((10, 64), np.float32)
    weight[3, 2 * 8 + 5] = 1.0
    document = chain(
        [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})],
        [DIGIT_IMAGE, DIGIT],
    )
    return Untrained(document, {"linear1.weight": weight, "linear1.bias": np.zeros(10)})


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "occlusion"])
def test_a_pixel_that_is_not_read_counts_nothing(method: str) -> None:
    image = np.full((1, 1, 8, 8), 8.0, np.float32)
    found = explain(_looks_at_one_pixel(), {"image": image}, method, wanted=3)
    numbers = found.numbers["image"]
    assert numbers[2, 5] > 0.1
    numbers[2, 5] = 0.0
    assert (numbers == 0).all()


def test_the_answered_class_is_explained_unless_another_is_named() -> None:
    image = np.full((1, 1, 8, 8), 8.0, np.float32)
    network = _looks_at_one_pixel()
    assert explain(network, {"image": image}, "saliency").numbers["image"][2, 5] > 0
    assert (explain(network, {"image": image}, "saliency", wanted=7).numbers["image"] == 0).all()


def test_grad_cam_finds_the_bright_quadrant() -> None:
    document = chain(
        [
            ("ImageInput", {}),
            ("Conv2d", {"out_channels": 2, "kernel_size": (1, 1)}),
            ("ReLU", {}),
            ("Mean", {}),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ],
        [DIGIT_IMAGE, DIGIT],
    )
    head = np.zeros((10, 2), np.float32)
    head[6] = [1.0, -1.0]
    network = Untrained(
        document,
        {
            "conv1.weight": np.array([1.0, 0.0], np.float32).reshape(2, 1, 1, 1),
            "conv1.bias": [0.0, 0.1],
            "linear1.weight": head,
        },
    )
    image = np.zeros((1, 1, 8, 8), np.float32)
    image[..., 4:, :4] = 16.0
    found = explain(network, {"image": image}, "grad_cam", wanted=6).numbers["image"]
    assert found.shape == (8, 8)
    bright = found[4:, :4].sum()
    assert bright > 0.9 * found.sum() > 0
    (conv,) = [inner.key for inner in network.inside.maps() if inner.name == "conv1"]
    named = explain(network, {"image": image}, "grad_cam", wanted=6, node=conv).numbers["image"]
    assert named[4:, :4].sum() > 0.9 * named.sum() > 0


def test_tokens_are_explained_at_their_embeddings(tmp_path: Path) -> None:
    network, text = _letters(tmp_path)
    for method in ("saliency", "integrated_gradients", "occlusion"):
        found = explain(network, text, method)
        assert found.numbers["text"].shape == (8,)
        assert np.isfinite(found.numbers["text"]).all() and found.numbers["text"].any()
    # The answer at the last place is that of its own letter alone: the network looks at each letter by itself.
    for method in ("saliency", "integrated_gradients", "occlusion"):
        assert (explain(network, text, method).numbers["text"][:-1] == 0).all()
    whole = explain(network, text, "integrated_gradients")
    assert whole.baseline is not None
    assert float(whole.numbers["text"].sum()) == pytest.approx(whole.score - whole.baseline, abs=1e-4)


def _letters(folder: Path) -> tuple[Untrained, dict[str, Any]]:
    path = folder / "text.txt"
    path.write_text("abcdabcdeabcdabcde" * 20)
    document = small.chain(
        "text",
        [
            ("TokensInput", {}),
            ("Embedding", {"embedding_dim": 6}),
            ("Linear", {"out_features": 5}),
            ("Output", {}),
        ],
        {"path": str(path), "window": 8},
    )
    return Untrained(document), {"text": np.array([[0, 1, 2, 3, 0, 1, 2, 3]])}


def test_what_cannot_be_explained_is_refused() -> None:
    network = Untrained(LINEAR, WEIGHTS)
    with pytest.raises(Refusal, match="no explanation “magic”"):
        explain(network, ROW, "magic")
    with pytest.raises(Refusal, match="stack of maps"):
        explain(network, ROW, "grad_cam")
    picture = {"image": np.zeros((1, 1, 8, 8), np.float32)}
    with pytest.raises(Refusal, match="stack of maps"):
        explain(Untrained(digits_cnn()), picture, "grad_cam", node="nowhere")
    with pytest.raises(Refusal, match="is not given"):
        explain(network, {}, "saliency")


def test_a_long_explanation_can_be_cancelled() -> None:
    def cancelled(fraction: float, sentence: str) -> None:
        raise Cancelled

    image = {"image": np.zeros((1, 1, 8, 8), np.float32)}
    for method in ("integrated_gradients", "occlusion"):
        with pytest.raises(Cancelled):
            explain(Untrained(digits_cnn()), image, method, progress=cancelled)


def test_every_method_leaves_the_network_as_it_was() -> None:
    network = Untrained(digits_cnn())
    image = {"image": np.full((1, 1, 8, 8), 3.0, np.float32)}
    before = {name: value.clone() for name, value in network._compiled.state_dict().items()}
    said = network.answers(image)["output1"]["values"]
    for method in METHODS:
        explain(network, image, method)
    for name, value in network._compiled.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(p.grad is None for p in network._compiled.parameters())
    assert (network.answers(image)["output1"]["values"] == said).all()


def test_the_empty_sample() -> None:
    assert np.isnan(empty(MIXED_TABLE, np.zeros((1, 3), np.float32))).all()
    assert (empty(DIGIT_IMAGE, np.ones((1, 1, 8, 8), np.float32)) == 0.0).all()


def test_the_features_are_what_the_last_layer_with_weights_reads() -> None:
    network = Untrained(digits_cnn())
    assert isinstance(network.inside, Inside)
    place = network.inside.features(network.heads[0])
    node = network.checked.node(place[0])
    assert node is not None and node.name.startswith("flatten")


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "occlusion"])
def test_of_several_inputs_one_is_explained_while_the_others_stay(method: str) -> None:
    pair = Untrained(TWO, {"linear1.weight": [[1.0, 2.0, -3.0, 4.0]], "linear1.bias": [0.5]})
    sample = {"left": np.array([[1.0, -2.0]], np.float32), "right": np.array([[3.0, 1.0]], np.float32)}
    both = explain(pair, sample, method)
    right = explain(pair, sample, method, only="right")
    assert set(both.numbers) == {"left", "right"} and set(right.numbers) == {"right"}
    assert right.numbers["right"] == pytest.approx(both.numbers["right"], abs=1e-5), "it is linear"
    assert right.score == both.score == pytest.approx(1 - 4 - 9 + 4 + 0.5)
    if method != "saliency":
        assert right.baseline == pytest.approx(1 - 4 + 0.5), "only this one is emptied"
        assert right.numbers["right"] == pytest.approx([-9.0, 4.0], abs=1e-5)
    with pytest.raises(Refusal, match="reads no “middle”"):
        explain(pair, sample, method, only="middle")
