from __future__ import annotations

import time

import pytest

from nndesigner.base.fields import defaults
from nndesigner.check.analysis.memory import state_values, training_memory
from nndesigner.check.analysis.table import analyze
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.optimizers import OPTIMIZERS
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.document.records import Edge, Network, Node
from tests.check.advice.drawings import NUMBER, SERIES, rows
from tests.networks import DIGIT, DIGIT_IMAGE, chain, digits_cnn


def test_rows_and_totals_are_those_of_the_checker() -> None:
    checked = check(digits_cnn())
    analysis = analyze(checked)
    assert [row.name for row in analysis.rows] == [node.name for node in checked.nodes]
    assert (analysis.weights, analysis.trainable) == (checked.weights, checked.weights)
    assert analysis.macs == checked.macs
    conv = next(row for row in analysis.rows if row.name == "conv1")
    assert (conv.shape, conv.weights, conv.macs, conv.state) == ("N × 4 × 8 × 8", 40, 2304, "trainable")
    assert analysis.reaches["height"].size == 4, "a 3 × 3 window, then 2 × 2"


def test_what_no_output_depends_on_is_shown_but_not_counted() -> None:
    document = digits_cnn()
    image = document.nodes()[0]
    document = document.apply(edits.append_node(document, "Conv2d", image.id))
    analysis = analyze(check(document))
    (loose,) = (row for row in analysis.rows if not row.used)
    assert (loose.name, loose.state, loose.weights) == ("conv2", "not used", 320)
    assert analysis.weights == 40 + 650


def test_what_is_not_known_yet_has_a_row_of_its_own() -> None:
    document = chain([("ImageInput", {}), ("Linear", {}), ("ReLU", {}), ("Output", {})], [DIGIT_IMAGE, DIGIT])
    analysis = analyze(check(document))
    assert [(row.name, row.known) for row in analysis.rows][1:3] == [("linear1", False), ("relu1", False)]


def test_free_sizes_are_bound_to_the_data() -> None:
    steps = [
        ("SequenceInput", {"length": "T"}),
        ("LSTM", {"hidden_size": 8}),
        ("Linear", {"out_features": 1}),
    ]
    analysis = analyze(check(chain([*steps, ("Output", {})], [SERIES, NUMBER])))
    assert analysis.macs.value is None and analysis.in_data(analysis.macs) == 50 * 4 * 8 * (1 + 8) + 8
    memory = analysis.memory(32, {"optimizer": "adam"})
    assert memory.activations is not None and memory.total == 16 * analysis.weights + memory.activations


def test_heavy_is_what_has_a_tenth_and_twice_its_part() -> None:
    steps = [("Linear", {"out_features": 200}), "ReLU", ("Linear", {"out_features": 20}), "ReLU"]
    document = rows(*steps, ("Linear", {"out_features": 3}))
    analysis = analyze(check(document))
    named = {row.name: analysis.heavy[row.key] for row in analysis.rows if row.key in analysis.heavy}
    weights = [5 * 200 + 200, 200 * 20 + 20, 20 * 3 + 3]
    macs = [5 * 200, 200 * 20, 20 * 3]
    assert named == {"linear2": pytest.approx(max(weights[1] / sum(weights), macs[1] / sum(macs)))}


def test_alike_layers_are_not_heavy() -> None:
    steps = [("Linear", {"out_features": 5}), "ReLU"] * 8
    assert analyze(check(rows(*steps, ("Linear", {"out_features": 3})))).heavy == {}


def test_the_memory_is_the_formula() -> None:
    memory = training_memory(1000, 600, 50, 32, {"optimizer": "adam"})
    assert (memory.weights, memory.gradients, memory.optimizer, memory.activations) == (
        4000,
        2400,
        4800,
        1600,
    )
    assert memory.total == 4000 + 2400 + 4800 + 1600
    assert training_memory(1000, 600, None, 32, {}).total is None


def test_the_states_of_optimizers_are_torchs() -> None:
    import torch

    from nndesigner.training.optimizers import make

    usual = {"learning_rate": 0.1, "weight_decay": 0.0, "nesterov": False, "eps": 1e-8, "alpha": 0.9}
    usual = {**defaults(PLAN_FIELDS), **usual, "beta1": 0.9, "beta2": 0.99}
    for optimizer in OPTIMIZERS:
        for momentum in (0.0, 0.9):
            plan = {**usual, "optimizer": optimizer, "momentum": momentum}
            # Adafactor keeps a row and a column of a matrix; Muon moves nothing else.
            weight = torch.nn.Parameter(torch.zeros((10, 10) if OPTIMIZERS[optimizer].rest else 100))
            matrices = frozenset({"weight"}) if OPTIMIZERS[optimizer].rest else frozenset()
            made = make(plan, [("weight", weight)], torch.device("cpu"), matrices=matrices)
            weight.grad = torch.ones_like(weight)
            if OPTIMIZERS[optimizer].again:
                continue  # its history grows with the steps
            made.step()
            kept = sum(v.numel() for v in made.state[weight].values() if v is not None and v.numel() > 1)
            kept = (
                0 if optimizer == "adafactor" else kept
            )  # a row and a column of a matrix; this one is a vector
            if OPTIMIZERS[optimizer].rest:  # what its other optimizer moves keeps more
                assert 0 < kept < 100 * state_values(plan)
            else:
                assert kept == 100 * state_values(plan), (optimizer, momentum)


def deep(count: int) -> Document:
    """A convolutional network of about `count` nodes."""
    records: list[Network | Node | Edge] = [Network(id="main")]
    kinds = ["Conv2d", "BatchNorm2d", "ReLU"]
    for i in range(count):
        kind = "ImageInput" if i == 0 else "Output" if i == count - 1 else kinds[i % 3]
        values = {"channels": 3, "height": 32, "width": 32} if i == 0 else {}
        records.append(Node(id=f"n{i}", network="main", type=kind, name=f"layer{i}", parameters=values))
        if i:
            records.append(Edge(id=f"e{i}", source=f"n{i - 1}", out_port="y", target=f"n{i}", in_port="x"))
    return Document(records)


def test_a_thousand_layers_take_a_moment() -> None:
    checked = check(deep(1000))
    began = time.process_time()
    analysis = analyze(checked)
    assert time.process_time() - began < 0.3
    assert analysis.reaches["height"].size > 600
