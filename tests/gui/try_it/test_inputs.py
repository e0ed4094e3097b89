"""The inputs of every example have editors that begin with a sample, or say what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.check.check import check
from nndesigner.gui.try_it.explanation import Explanation
from nndesigner.gui.try_it.inputs import Inputs
from nndesigner.project.reader import open_project
from tests.networks import gaussian

EXAMPLES = Path(__file__).parents[3] / "examples"
KINDS = (
    "digits-cnn",
    "iris-mlp",
    "sine-lstm",
    "sunspots-lstm",
    "networks/05-fraud",
    "networks/08a-alexnet",
    "networks/19a-unet",
    "networks/22a-siamese",
    "networks/27a-bilstm-sentiment",
    "networks/29a-bahdanau-translator",
    "networks/39-pointnet",
    "networks/37c-speaker-recognition",
)


@pytest.mark.parametrize("name", KINDS)
def test_an_example_can_be_tried(app, qtbot, name: str) -> None:
    checked = check(open_project(EXAMPLES / f"{name}.nnd").document).as_answered()
    inputs, explanation = Inputs(), Explanation()
    for widget in (inputs, explanation):
        qtbot.addWidget(widget)
    inputs.resize(330, 400)
    assert inputs.show_network(checked)
    explanation.show_network(checked)
    known = [node for node in checked.inputs if node.field is not None]
    assert set(inputs.editors) == {node.field.name for node in known if node.field is not None}
    sample, problem = inputs.sample()
    assert sample or problem or not known
    for node in known:
        if node.field is not None and node.field.name in sample:
            columns = node.field.preparation.get("columns")
            shape = (len(columns),) if columns is not None else node.field.sizes
            assert sample[node.field.name].shape == tuple(shape)
    inputs.show()
    inputs.grab()
    inputs.hide()
    assert explanation.wish is None and (explanation.method.count() > 1) == bool(known)


def test_a_network_that_reads_the_same_keeps_its_sample(app, qtbot) -> None:
    inputs = Inputs()
    qtbot.addWidget(inputs)
    checked = check(gaussian())
    assert inputs.show_network(checked)
    inputs.show_sample({"row": np.array([1.0, 2.0, 3.0, 4.0], np.float32)})
    assert not inputs.show_network(check(gaussian()))
    assert inputs.sample()[0]["row"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert inputs.show_network(None) and inputs.sample() == ({}, "")


def test_what_a_decoder_writes_by_itself_has_no_editor(app, qtbot) -> None:
    inputs = Inputs()
    qtbot.addWidget(inputs)
    checked = check(open_project(EXAMPLES / "reverse-sequence.nnd").document).as_answered()
    assert inputs.show_network(checked)
    assert set(inputs.editors) == {"sequence"} and set(inputs.fields) == {"sequence", "so far"}
    inputs.show_sample({"sequence": np.arange(8), "so far": np.zeros(8, np.int64)})
    sample, _ = inputs.sample()
    assert set(sample) == {"sequence"} and sample["sequence"].tolist() == list(range(8))
