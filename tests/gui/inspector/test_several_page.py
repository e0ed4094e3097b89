from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.inspector.common_fields import common_fields
from nndesigner.gui.inspector.inspector import Inspector
from nndesigner.gui.inspector.several_page import SeveralPage
from nndesigner.layers.catalogue import layers
from nndesigner.session.session import Session


@pytest.fixture
def inspector(app, qtbot, session: Session) -> Inspector:
    made = Inspector(session, session.editing)
    qtbot.addWidget(made)
    made.resize(350, 700)
    made.show()
    yield made
    made.close_down()


def _add(session: Session, type: str, **parameters: object) -> str:
    done = session.edit("", "add_node", type=type, parameters=parameters)
    assert done is not None
    return next(iter(done.added))


def _values(session: Session, ids: list[str], name: str) -> list[object]:
    return [session.document.node(id).parameters.get(name) for id in ids]


def test_what_layers_have_in_common() -> None:
    def common(*types: str) -> set[str]:
        return {field.name for field in common_fields([layers()[type].parameters for type in types])}

    assert "out_features" in common("Linear", "Linear")
    both = common("Conv1d", "Conv2d")
    assert "out_channels" in both and "kernel_size" not in both, (
        "a kernel of another dimension is another field"
    )
    assert common("Linear", "ReLU", "Conv2d") == set()
    assert common("Dropout", "Dropout2d") == {"p"}


def test_one_value_is_shown_and_entered_for_all_in_one_step(inspector, session) -> None:
    ids = [_add(session, "Linear", out_features=32) for _ in range(3)]
    inspector.show_selection(ids)
    line = inspector.form.rows["out_features"].editor.line
    assert line.text() == "32"
    depth = session.editing.history.depth
    box = inspector.form.rows["out_features"].editor.box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "128")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert _values(session, ids, "out_features") == [128, 128, 128]
    assert session.editing.history.depth == depth + 1 and "3 layers" in session.editing.undo_name
    session.undo()
    assert _values(session, ids, "out_features") == [32, 32, 32] and line.text() == "32"


def test_different_values_are_said_and_taken_over_only_when_something_is_entered(inspector, session) -> None:
    ids = [_add(session, "Linear", out_features=number) for number in (32, 64, 32)]
    inspector.show_selection(ids)
    row = inspector.form.rows["out_features"]
    assert row.editor.line.text() == "" and row.editor.line.placeholderText() == "2 values"
    assert row.hint.isVisible() and row.hint.text() == "32 · 64"
    depth = session.editing.history.depth
    row.editor.box.setFocus()
    QTest.keyClick(row.editor.box, Qt.Key.Key_Up)
    QTest.keyClicks(row.editor.box, "9")
    QTest.keyClick(row.editor.box, Qt.Key.Key_Backspace)
    inspector.flush()
    assert session.editing.history.depth == depth and not row.sentence.text(), "typed and taken back"
    QTest.keyClicks(row.editor.box, "-4")
    assert "-4" in row.sentence.text(), "the reason stands there at once"
    QTest.keyClick(row.editor.box, Qt.Key.Key_Escape)
    assert row.editor.line.text() == "" and not row.sentence.text()
    QTest.keyClicks(row.editor.box, "16")
    QTest.keyClick(row.editor.box, Qt.Key.Key_Return)
    assert _values(session, ids, "out_features") == [16, 16, 16]
    assert row.editor.line.text() == "16" and not row.hint.isVisible()


def test_a_tick_a_choice_and_a_slider_show_that_values_differ(inspector, session) -> None:
    ids = [
        _add(session, "Conv2d", bias=True, padding="same"),
        _add(session, "Conv2d", bias=False, padding="valid"),
    ]
    inspector.show_selection(ids)
    inspector.form.open_more(True)
    tick = inspector.form.rows["bias"].editor.box
    assert tick.checkState() == Qt.CheckState.PartiallyChecked
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    assert _values(session, ids, "bias") == [True, True]
    combo = inspector.form.rows["padding"].editor.combo
    assert combo.currentIndex() == -1 and combo.placeholderText() == "2 values"
    combo.setCurrentIndex(combo.findData("same"))
    assert _values(session, ids, "padding") == ["same", "same"]
    drops = [_add(session, "Dropout", p=p) for p in (0.1, 0.4)]
    inspector.show_selection(drops)
    slider = inspector.form.rows["p"].editor.slider
    assert slider.property("state") == "none"
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert _values(session, drops, "p") == [0.1, 0.1] and slider.property("state") == ""


def test_reset_goes_back_in_all_of_them(inspector, session) -> None:
    ids = [_add(session, "Dropout", p=0.3), _add(session, "Dropout")]
    inspector.show_selection(ids)
    row = inspector.form.rows["p"]
    assert row.back.isVisible()
    depth = session.editing.history.depth
    row.back.click()
    assert _values(session, ids, "p") == [None, None] and session.editing.history.depth == depth + 1
    assert not row.back.isVisible()


def test_an_arrow_held_down_is_one_step_for_all(inspector, session) -> None:
    ids = [_add(session, "Linear"), _add(session, "Linear")]
    inspector.show_selection(ids)
    depth = session.editing.history.depth
    for _ in range(5):
        QTest.keyClick(inspector.form.rows["out_features"].editor.box, Qt.Key.Key_Up)
    assert _values(session, ids, "out_features") == [69, 69]
    assert session.editing.history.depth == depth + 1


def test_how_they_learn_is_set_for_all(inspector, session) -> None:
    ids = [_add(session, "Linear"), _add(session, "Conv2d")]
    inspector.show_selection(ids)
    page = inspector.widget()
    assert isinstance(page, SeveralPage) and page.form is not None, "both have a bias"
    page.learning.form.open_more(True)
    tick = page.learning.form.rows["frozen"].editor.box
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    assert all(session.document.node(id).frozen for id in ids)
    session.undo()
    assert not any(session.document.node(id).frozen for id in ids), "one step"


def test_layers_with_nothing_in_common_say_so(inspector, session) -> None:
    inspector.show_selection([_add(session, "ReLU"), _add(session, "Linear")])
    assert inspector.form is None
    session.edit("", "remove", ids=[session.document.nodes()[0].id])
    assert inspector.form is not None, "what is left is shown"
