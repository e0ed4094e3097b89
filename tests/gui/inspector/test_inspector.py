from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.document import edits
from nndesigner.document.records import Node
from nndesigner.gui.inspector import page as module
from nndesigner.gui.inspector.inspector import Inspector
from nndesigner.gui.inspector.network_page import NetworkPage
from nndesigner.gui.inspector.node_page import NodePage
from nndesigner.gui.inspector.several_page import SeveralPage
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


def _box(inspector: Inspector, field: str):
    return inspector.form.rows[field].editor.box


def _line(inspector: Inspector, field: str):
    return inspector.form.rows[field].editor.line


def _type(inspector: Inspector, field: str, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    box = _box(inspector, field)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, end)


def test_typing_a_value_is_one_step_that_can_be_undone(inspector, session) -> None:
    id = _add(session, "Linear")
    inspector.show_selection([id])
    before = session.editing.history.depth
    _type(inspector, "out_features", "128")
    assert session.document.node(id).parameters == {"out_features": 128}
    assert session.editing.history.depth == before + 1
    assert "Units" in session.editing.undo_name
    session.undo()
    assert session.document.node(id).parameters == {}
    assert _line(inspector, "out_features").text() == "64", "the form follows the undo"


def test_an_invalid_value_leaves_the_old_one_and_says_why(inspector, session) -> None:
    id = _add(session, "Linear", out_features=32)
    inspector.show_selection([id])
    depth = session.editing.history.depth
    _type(inspector, "out_features", "-5")
    assert session.document.node(id).parameters == {"out_features": 32}
    assert session.editing.history.depth == depth
    sentence = inspector.form.rows["out_features"].sentence
    assert sentence.isVisible() and "-5" in sentence.text()
    _type(inspector, "out_features", "16")
    assert session.document.node(id).parameters == {"out_features": 16}
    assert not sentence.isVisible()


def test_an_arrow_held_down_is_one_step(inspector, session) -> None:
    id = _add(session, "Linear")
    inspector.show_selection([id])
    depth = session.editing.history.depth
    for _ in range(12):
        QTest.keyClick(_box(inspector, "out_features"), Qt.Key.Key_Up)
    assert session.document.node(id).parameters["out_features"] == 76
    assert session.editing.history.depth == depth + 1
    session.undo()
    assert session.document.node(id).parameters == {}


def test_two_changes_some_time_apart_are_two_steps(inspector, session, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    id = _add(session, "Linear")
    inspector.show_selection([id])
    depth = session.editing.history.depth
    QTest.keyClick(_box(inspector, "out_features"), Qt.Key.Key_Up)
    now[0] += 5.0
    QTest.keyClick(_box(inspector, "out_features"), Qt.Key.Key_Up)
    assert session.editing.history.depth == depth + 2


def test_an_edit_in_between_parts_two_changes(inspector, session) -> None:
    id = _add(session, "Linear")
    inspector.show_selection([id])
    depth = session.editing.history.depth
    QTest.keyClick(_box(inspector, "out_features"), Qt.Key.Key_Up)
    session.edit("Move", "move", places={id: (40, 40)})
    QTest.keyClick(_box(inspector, "out_features"), Qt.Key.Key_Up)
    assert session.editing.history.depth == depth + 3
    session.undo()
    assert session.document.node(id).x == 40 and session.document.node(id).parameters == {"out_features": 65}


def test_back_to_the_default(inspector, session, qtbot) -> None:
    id = _add(session, "Linear", out_features=32)
    inspector.show_selection([id])
    back = inspector.form.rows["out_features"].back
    assert back.isVisible()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert session.document.node(id).parameters == {}
    assert not back.isVisible()


def test_what_arrives_is_said_also_where_it_does_not_fit(inspector, session) -> None:
    image = _add(session, "ImageInput", channels=1, height=8, width=8)
    done = session.edit("", "append_node", type="Linear", after=image)
    linear = next(r.id for r in done.added.values() if isinstance(r, Node))
    inspector.show_selection([linear])
    said = " ".join(part.text() for part in inspector.findChildren(QLabel))
    assert (
        "channel 1 × height 8 × width 8" in said.replace("\N{NO-BREAK SPACE}", " ")
        and "not known yet" not in said
    )


def test_return_in_the_name_gives_the_keyboard_back(inspector, session, qtbot) -> None:
    desk, canvas = QWidget(), QLineEdit()
    qtbot.addWidget(desk)
    box = QVBoxLayout(desk)
    box.addWidget(canvas)
    box.addWidget(inspector)
    inspector.show()
    desk.show()
    qtbot.waitExposed(desk)
    desk.activateWindow()
    id = _add(session, "Linear")
    inspector.show_selection([id])
    for name in ("first", "second"):
        canvas.setFocus()
        inspector.focus_name()
        page = inspector.widget()
        assert desk.focusWidget() is page.name
        QTest.keyClicks(page.name, name)
        QTest.keyClick(page.name, Qt.Key.Key_Return)
        assert session.document.node(id).name == name and desk.focusWidget() is canvas
    inspector.setParent(None)


def test_renaming(inspector, session) -> None:
    id, other = _add(session, "Linear"), _add(session, "ReLU")
    inspector.show_selection([id])
    page = inspector.widget()
    assert isinstance(page, NodePage)

    def type_name(text: str) -> None:
        inspector.focus_name()
        QTest.keyClicks(page.name, text)
        QTest.keyClick(page.name, Qt.Key.Key_Return)

    type_name("hidden")
    assert session.document.node(id).name == "hidden"
    taken = session.document.node(other).name
    type_name(taken)
    assert session.document.node(id).name == "hidden" and page.name.text() == "hidden"
    inspector.focus_name()
    QTest.keyClicks(page.name, "for")
    assert "Python word" in page.name_sentence.text()
    session.edit("", "rename", node=id, name="renamed_elsewhere")
    assert session.document.node(id).name == "renamed_elsewhere"


def test_fields_without_effect_are_hidden_and_changed_ones_in_sight(inspector, session) -> None:
    id = _add(session, "Conv2d")
    inspector.show_selection([id])
    form = inspector.form
    advanced = [f.name for f in form.fields if f.advanced]
    assert advanced and not any(form.rows[name].isVisible() for name in advanced)
    assert not form.rows["pad"].isVisible()
    session.edit("", "set_parameter", node=id, parameter="padding", value="custom")
    assert form.rows["pad"].isVisible()
    session.edit("", "set_parameter", node=id, parameter="groups", value=4)
    assert form.rows["groups"].isVisible(), "what differs from the default is not hidden away"


def test_shapes_and_counts_stand_beside_the_form(inspector, session) -> None:
    table = _add(session, "TableInput", features=5)
    done = session.edit("", "append_node", type="Linear", after=table)
    linear = next(id for id in done.added if session.document.get(id).kind == "node")
    inspector.show_selection([linear])
    words = dict(inspector.widget()._facts.facts)
    assert words[tr("Out")].split() == ["feature", "64"] and words[tr("Weights")] == "384"
    _type(inspector, "out_features", "10")
    words = dict(inspector.widget()._facts.facts)
    assert words[tr("Out")].split() == ["feature", "10"] and words[tr("Weights")] == "60"


def test_nothing_one_and_several(inspector, session) -> None:
    assert isinstance(inspector.widget(), NetworkPage)
    ids = [_add(session, "Linear"), _add(session, "ReLU")]
    inspector.show_selection(ids[:1])
    assert isinstance(inspector.widget(), NodePage)
    inspector.show_selection(ids)
    assert isinstance(inspector.widget(), SeveralPage)
    session.edit("", "remove", ids=ids[:1])
    assert isinstance(inspector.widget(), NodePage), "what is left of the selection is shown"
    session.edit("", "remove", ids=ids[1:])
    assert isinstance(inspector.widget(), NetworkPage)


def test_what_was_typed_is_kept_when_another_layer_is_selected(inspector, session) -> None:
    first, second = _add(session, "Linear"), _add(session, "Linear")
    inspector.show_selection([first])
    box = _box(inspector, "out_features")
    box.selectAll()
    QTest.keyClicks(box, "99")
    inspector.show_selection([second])
    assert session.document.node(first).parameters == {"out_features": 99}


def test_the_help_of_a_field_shows_while_it_is_edited(inspector, session) -> None:
    id = _add(session, "Linear")
    inspector.show_selection([id])
    inspector.focus_field("out_features")
    inspector.form.rows["out_features"].editor.focused.emit()
    assert "one per neuron" in inspector.about.text.text()


def test_an_output_shows_the_options_of_its_loss_and_a_second_port_where_the_loss_reads_one(
    inspector, session
) -> None:
    id = _add(session, "Output")
    inspector.show_selection([id])

    def shown() -> set[str]:
        return {name for name, row in inspector.form.rows.items() if row.isVisibleTo(inspector.form)}

    assert shown() == {"loss", "target", "own_metrics"}
    session.edit("", "set_parameter", node=id, parameter="loss", value="focal")
    assert shown() == {"loss", "target", "own_metrics", "focal_gamma", "class_weights"}
    session.edit("", "set_parameter", node=id, parameter="class_weights", value="typed")
    assert "typed_weights" in shown()
    session.edit("", "set_parameter", node=id, parameter="loss", value="gaussian_nll")
    assert shown() == {"loss", "target", "own_metrics"}
    assert [port.name for port in edits.ports(session.document, session.document.node(id))[0]] == [
        "x",
        "log_var",
    ]


def test_the_help_at_the_foot_leads_to_the_page_and_takes_no_room_without_a_form(
    inspector, session, qtbot
) -> None:
    assert not inspector.about.isVisible() and inspector.viewport().height() >= inspector.height() - 2
    linear, relu = _add(session, "Linear"), _add(session, "ReLU")
    inspector.show_selection([linear])
    inspector.focus_field("out_features")
    inspector.form.rows["out_features"].editor.focused.emit()
    assert inspector.about.isVisible() and "1 to 10,000,000" in inspector.about.title.text()
    assert inspector.viewport().geometry().bottom() < inspector.about.y()
    with qtbot.waitSignal(inspector.help_wanted) as asked:
        QTest.mouseClick(inspector.about.more, Qt.MouseButton.LeftButton)
    assert asked.args[0].type == "Linear"
    inspector.show_selection([relu])
    assert not inspector.about.isVisible()


def test_no_two_lines_follow_each_other_while_nothing_is_known_of_a_layer(inspector, session) -> None:
    conv = _add(session, "Conv2d")
    inspector.show_selection([conv])
    page = inspector.widget()
    assert not page._facts.isVisible() and not page._above_facts.isVisible()
    image = _add(session, "ImageInput", channels=1, height=8, width=8)
    session.edit("", "connect", source=image, out_port="y", target=conv, in_port="x")
    assert page._facts.isVisible() and page._above_facts.isVisible()
