from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nndesigner.base.fields import FloatField
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.gui.inspector.editors import editor
from nndesigner.gui.inspector.line_editors import NumberEditor
from nndesigner.gui.inspector.slider import FieldSlider, nearest, slider_marks
from nndesigner.layers.catalogue import layers

SHARE = FloatField(name="share", label="Share", default=0.5, minimum=0.0, maximum=1.0)
RATE = FloatField(
    name="rate", label="Rate", default=0.001, minimum=0.0, maximum=1000.0, open_minimum=True, logarithmic=True
)


def test_a_slider_follows_from_the_limits_and_not_from_the_name() -> None:
    marks = slider_marks(SHARE)
    assert (marks[0], marks[1], marks[-1], len(marks)) == (0.0, 0.01, 1.0, 101)
    assert slider_marks(FloatField(name="p", label="p", default=0.5)) == (), (
        "without limits there is no range"
    )
    wide = FloatField(name="p", label="p", default=0.5, minimum=0.0, maximum=10.0)
    assert slider_marks(wide) == ()
    almost = FloatField(name="b", label="b", default=0.9, minimum=0.0, maximum=0.9999)
    assert slider_marks(almost)[-2:] == (0.99, 0.9999)
    above = FloatField(name="b", label="b", default=0.9, minimum=0.0, maximum=1.0, open_minimum=True)
    assert slider_marks(above)[0] == 0.01


def test_a_rate_has_three_decades_on_either_side() -> None:
    marks = slider_marks(RATE)
    assert (marks[0], marks[-1]) == (1e-06, 1.0) and 0.002 in marks
    assert all(1.9 < b / a < 2.6 for a, b in pairwise(marks)), "1, 2, 5, 10"
    assert slider_marks(FloatField(name="w", label="w", default=0.0, logarithmic=True)) == ()


def test_every_mark_is_a_value_that_the_field_takes() -> None:
    fields = [f for entry in layers().values() for f in entry.parameters if isinstance(f, FloatField)]
    fields += [f for f in PLAN_FIELDS if isinstance(f, FloatField)]
    with_slider = {f.name for f in fields if slider_marks(f)}
    assert {"p", "momentum", "label_smoothing", "learning_rate", "eps"} <= with_slider
    for field in fields:
        for mark in slider_marks(field):
            assert field.check(mark) == mark


@pytest.mark.parametrize(("value", "index"), [(-5.0, 0), (0.004, 0), (0.006, 1), (0.5, 50), (7.0, 100)])
def test_a_value_between_marks_stands_at_the_nearest(value: float, index: int) -> None:
    assert nearest(slider_marks(SHARE), value) == index


@pytest.fixture
def shown(app, qtbot):
    made = editor(SHARE)
    assert isinstance(made, NumberEditor) and isinstance(made.slider, FieldSlider)
    qtbot.addWidget(made)
    made.resize(260, 40)
    made.show()
    qtbot.waitExposed(made)
    made.show_value(0.5)
    entered: list[float] = []
    made.entered.connect(entered.append)
    return made, entered


def _handle(slider: FieldSlider, share: float) -> QPoint:
    return QPoint(round(7 + share * (slider.width() - 14)), slider.height() // 2)


def test_dragging_enters_once_when_it_is_let_go(shown) -> None:
    made, entered = shown
    slider = made.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=_handle(slider, 0.5))
    QTest.mouseMove(slider, _handle(slider, 0.7))
    QTest.mouseMove(slider, _handle(slider, 0.9))
    assert entered == [] and float(made.line.text()) > 0.7, "the number goes along"
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=_handle(slider, 0.9))
    assert len(entered) == 1 and 0.8 <= entered[0] <= 1.0


def test_keys_on_the_slider_and_what_is_typed_beside_it(shown) -> None:
    made, entered = shown
    made.slider.setFocus()
    QTest.keyClick(made.slider, Qt.Key.Key_Right)
    assert entered == [0.51]
    made.show_value(0.123)
    assert made.slider.value() == 12 and made.line.text() == "0.123", "shown at the nearest, kept as it is"
    made.box.setFocus()
    made.line.selectAll()
    QTest.keyClicks(made.line, "0.25")
    QTest.keyClick(made.line, Qt.Key.Key_Return)
    assert entered[-1] == 0.25
    made.show_value(0.25)
    assert made.slider.value() == 25


def test_putting_it_back_changes_nothing(shown) -> None:
    made, entered = shown
    slider = made.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=_handle(slider, 0.5))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=_handle(slider, 0.5))
    assert entered == [] and made.line.text() == "0.5"
