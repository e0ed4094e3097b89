from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import (
    AxisField,
    BoolField,
    ChoiceField,
    DataFieldField,
    FloatField,
    IntField,
    PathField,
    SizesField,
    TextField,
)
from nndesigner.gui.inspector.choice_editors import ChoiceEditor
from nndesigner.gui.inspector.editors import editor
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.inspector.line_editors import LineEditor, relative, stepped

UNITS = IntField(name="units", label="Units", default=64, minimum=1, maximum=1000)
RATE = FloatField(name="rate", label="Rate", default=0.001, minimum=0.0, open_minimum=True, logarithmic=True)
SHARE = FloatField(name="share", label="Share", default=0.15, minimum=0.0, maximum=0.9)
KERNEL = SizesField(name="kernel", label="Kernel", default=(3, 3), dimensions=2, minimum=1, maximum=9)
AXIS = AxisField(name="height", label="Height")
CHANNELS = AxisField(name="channels", label="Channels", may_be_free=False)
MODE = ChoiceField(name="mode", label="Mode", default="a", choices={"a": "First", "b": "Second"})


class Shown:
    """An editor on the screen, and what it told."""

    def __init__(self, made: Editor, value: object) -> None:
        self.made = made
        self.entered: list[object] = []
        self.sentence = ""
        made.entered.connect(self.entered.append)
        made.refused.connect(self._say)
        made.show_value(value)

    def _say(self, sentence: str) -> None:
        self.sentence = sentence

    @property
    def target(self):
        return getattr(self.made, "box", None) or self.made.line

    def type(self, text: str, *, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        self.made.line.selectAll()
        QTest.keyClicks(self.target, text)
        if end is not None:
            QTest.keyClick(self.target, end)


@pytest.fixture
def show(app: QApplication, qtbot):
    def make(field, value) -> Shown:
        made = editor(field)
        qtbot.addWidget(made)
        made.resize(240, 40)
        made.show()
        QTest.qWaitForWindowActive(made, 1000)
        made.setFocus()
        return Shown(made, value)

    return make


def test_a_number_is_entered_with_return(show) -> None:
    shown = show(UNITS, 64)
    shown.type("128")
    assert shown.entered == [128] and shown.sentence == ""


@pytest.mark.parametrize(
    ("field", "value", "text", "word"),
    [
        (UNITS, 64, "many", "whole number"),
        (UNITS, 64, "0", "between 1 and 1000"),
        (RATE, 0.001, "0", "greater than"),
        (KERNEL, (3, 3), "3 x", "3"),
        (KERNEL, (3, 3), "1 2 3", "2 numbers"),
        (AXIS, "", "8 8", "8 8"),
    ],
)
def test_a_value_that_cannot_be_is_kept_out_and_explained(show, field, value, text, word) -> None:
    shown = show(field, value)
    shown.type(text)
    if field is KERNEL and text == "3 x":  # reads as one size for all dimensions
        assert shown.entered == [] and shown.sentence == ""
        return
    assert shown.entered == []
    assert word in shown.sentence
    assert shown.made.line.text() == text, "what was typed stays, to be mended"
    assert shown.made.line.property("state") == "error"


def test_escape_brings_the_value_back(show) -> None:
    shown = show(UNITS, 64)
    shown.type("many", end=Qt.Key.Key_Escape)
    assert shown.made.line.text() == "64" and shown.sentence == "" and shown.entered == []


def test_leaving_the_field_enters(show, qtbot) -> None:
    shown = show(SHARE, 0.15)
    shown.type("0.25", end=Qt.Key.Key_Tab)
    shown.made.flush()
    assert shown.entered == [0.25]


def test_the_same_value_again_is_no_change(show) -> None:
    shown = show(UNITS, 64)
    shown.type("064")
    assert shown.entered == [] and shown.made.line.text() == "64"


def test_arrows_step_naturally(show) -> None:
    shown = show(UNITS, 64)
    QTest.keyClick(shown.target, Qt.Key.Key_Up)
    QTest.keyClick(shown.target, Qt.Key.Key_PageDown)
    assert shown.entered == [65, 55]
    rate = show(RATE, 0.001)
    for _ in range(4):
        QTest.keyClick(rate.target, Qt.Key.Key_Up)
    assert rate.entered == [0.002, 0.005, 0.01, 0.02]
    share = show(SHARE, 0.15)
    QTest.keyClick(share.target, Qt.Key.Key_Down)
    assert share.entered == [0.1]
    kernel = show(KERNEL, (3, 5))
    QTest.keyClick(kernel.target, Qt.Key.Key_Up)
    assert kernel.entered == [(4, 6)]


def test_steps_stop_at_the_limits() -> None:
    assert stepped(UNITS, 1000, 1) == 1000 and stepped(UNITS, 1, -1) == 1
    assert stepped(SHARE, 0.9, 1) == 0.9 and stepped(SHARE, 0.0, -1) == 0.0
    assert stepped(RATE, 0.003, -1) == 0.002 and stepped(RATE, 0.003, 1) == 0.005
    tiny = stepped(RATE, 1e-12, -1)
    assert 0 < tiny < 1e-12


def test_the_wheel_changes_only_what_holds_the_keyboard(show, app) -> None:
    shown = show(UNITS, 64)
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    shown.made.line.clearFocus()
    shown.target.clearFocus()
    app.sendEvent(shown.target, wheel)
    assert shown.entered == []


def test_sizes_read_one_number_for_all_or_one_each(show) -> None:
    shown = show(KERNEL, (3, 3))
    assert shown.made.line.text() == "3"
    shown.type("5")
    shown.type("3 x 7")
    assert shown.entered == [(5, 5), (3, 7)]


def test_an_axis_follows_the_data_is_fixed_or_free(show) -> None:
    shown = show(AXIS, "")
    assert shown.made.line.placeholderText()
    shown.type("28")
    shown.type("T")
    assert shown.entered == [28, "T"]


def test_an_axis_that_weights_depend_on_offers_and_takes_no_name(show) -> None:
    shown = show(CHANNELS, "")
    shown.type("C")
    assert shown.entered == []
    assert "a number, or empty to follow the data" in shown.sentence and "free" not in shown.sentence
    shown.type("3")
    assert shown.entered == [3] and not shown.sentence


def test_choices_by_keyboard(show) -> None:
    shown = show(MODE, "a")
    QTest.keyClick(shown.made.combo, Qt.Key.Key_Down)
    assert shown.entered == ["b"]


def test_a_choice_that_is_cut_off_says_so(show) -> None:
    long = ChoiceField(
        name="mode", label="Mode", default="a", choices={"a": "Fill in the mean of the column"}
    )
    shown = show(long, "a")
    combo = shown.made.combo
    combo.setFixedWidth(110)
    combo.grab()
    assert combo.shown_text().startswith("Fill") and combo.shown_text().endswith("…")
    combo.setFixedWidth(500)
    assert combo.shown_text() == "Fill in the mean of the column"


def test_a_choice_from_elsewhere_is_shown_and_not_changed(show) -> None:
    shown = show(MODE, "z")
    assert shown.made.combo.currentData() == "z" and "z" in shown.made.combo.currentText()
    assert shown.entered == []


def test_a_check_box_with_space(show) -> None:
    shown = show(BoolField(name="bias", label="Bias", default=True), True)
    QTest.keyClick(shown.made.box, Qt.Key.Key_Space)
    assert shown.entered == [False]


def test_data_fields_are_offered_by_role(app, qtbot) -> None:
    fields = {
        name: DataField(name=name, role=role, kind="table", element="float")
        for name, role in (("x", "input"), ("y", "target"), ("both", "either"))
    }
    made = editor(DataFieldField(name="field", label="Field", role="target"), fields)
    qtbot.addWidget(made)
    assert isinstance(made, ChoiceEditor)
    assert [made.combo.itemData(i) for i in range(made.combo.count())] == ["", "y", "both", "x"], (
        "what an input reads comes last: it can be what comes back"
    )


def test_what_was_set_elsewhere_does_not_disturb_typing(show) -> None:
    shown = show(UNITS, 64)
    shown.type("12", end=None)
    shown.made.show_value(64)
    assert shown.made.line.text() == "12"
    shown.made.show_value(32)
    assert shown.made.line.text() == "32"


def test_every_kind_of_field_has_an_editor(app, qtbot) -> None:
    for field in (
        UNITS, RATE, SHARE, KERNEL, AXIS, MODE, BoolField(name="b", label="B"), TextField(name="t", label="T"),
        PathField(name="p", label="P"), DataFieldField(name="d", label="D"),
    ):  # fmt: skip
        made = editor(field)
        qtbot.addWidget(made)
        made.show_value(field.default)
        assert isinstance(made, LineEditor | ChoiceEditor) or field.kind == "bool"


def test_paths_are_kept_relative_inside_the_project_folder(tmp_path) -> None:
    assert relative(tmp_path / "data" / "x.csv", tmp_path) == "data/x.csv"
    assert relative(tmp_path / "x.csv", tmp_path / "other") == str(tmp_path / "x.csv")
    assert relative(tmp_path / "x.csv", None) == str(tmp_path / "x.csv")
