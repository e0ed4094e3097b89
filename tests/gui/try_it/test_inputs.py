"""The inputs of every example have editors that begin with a sample, or say what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.gui.try_it.explanation import Explanation
from nndesigner.gui.try_it.heat import HeatStrip, HeatWave, along_time
from nndesigner.gui.try_it.inputs import Inputs
from nndesigner.project.reader import open_project
from tests.networks import gaussian, two_rows

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
    # What a decoder reads of its own answer, nobody types.
    written = inputs.written
    known = [node for node in checked.inputs if node.field is not None and node.field != written]
    assert (written is not None) == (name == "networks/29a-bahdanau-translator")
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


def test_of_several_inputs_the_one_that_is_explained_is_chosen(app, qtbot) -> None:
    explanation = Explanation()
    qtbot.addWidget(explanation)
    explanation.show()
    explanation.show_network(check(two_rows()).as_answered())
    names = [explanation.input.itemData(i) for i in range(explanation.input.count())]
    assert names == ["", "left", "right"] and not explanation.input.isVisible()
    explanation.method.setCurrentIndex(explanation.method.findData("saliency"))
    explanation.method.activated.emit(0)
    assert explanation.input.isVisible() and explanation.wish is not None and explanation.wish.input == ""
    with qtbot.waitSignal(explanation.changed):
        qtbot.keyClick(explanation.input, Qt.Key.Key_Down)
    assert explanation.wish.input == names[1]
    explanation.show_network(check(open_project(EXAMPLES / "digits-cnn.nnd").document).as_answered())
    assert not explanation.input.isVisible() and explanation.wish.input == ""


def test_what_counts_in_a_sound_is_drawn_over_its_waveform(app, qtbot) -> None:
    field = DataField(
        name="waveform",
        role="input",
        kind="series",
        element="float",
        axes=(("time", 8000), ("feature", 1)),
        columns=("amplitude",),
    )
    explanation = Explanation()
    qtbot.addWidget(explanation)
    numbers = np.zeros((8000, 1), np.float32)
    numbers[6000:6100] = 1.0
    wave = np.tile(np.array([[-0.5, 0.5]], np.float32), (400, 1))
    result = {"numbers": {"waveform": numbers}, "score": 1.0, "baseline": None}
    explanation.show_result(
        result, {"waveform": np.zeros((8000, 1))}, {"waveform": field}, waves={"waveform": wave}
    )
    (shown,) = explanation.findChildren(HeatWave)
    assert "75 %" in shown.accessibleName() and not explanation.findChildren(HeatStrip)
    shown.setFixedWidth(400)
    image = shown.grab().toImage()
    there, elsewhere = image.pixelColor(302, 36), image.pixelColor(100, 36)
    assert there.red() > there.blue() + 60 and abs(elsewhere.red() - elsewhere.blue()) < 60
    explanation.show_result(result, {"waveform": np.zeros((8000, 1))}, {"waveform": field})
    (strip,) = [w for w in explanation.findChildren(HeatStrip) if not w.isHidden()]
    assert strip.strength.shape == (512, 1), "a long series is drawn in as many steps as can be told apart"


def test_along_time_is_the_sum_of_everything_else() -> None:
    spectrogram = DataField(name="s", role="input", kind="image", element="float")
    series = DataField(name="m", role="input", kind="series", element="float")
    numbers = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    assert along_time(numbers, spectrogram).tolist() == [11.0, 22.0, 33.0]
    assert along_time(numbers, series).tolist() == [6.0, 60.0]
