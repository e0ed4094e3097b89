"""Functions of one's own in the window: written, trusted, read and asked about, with mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from nndesigner.base import starters, trust
from nndesigner.gui import trust_dialog
from nndesigner.gui.data_cards import SourceCard
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.layers import described
from nndesigner.protocol.jobs import Describe, Inspect
from nndesigner.protocol.messages import DataFound, Done, Failed
from tests.own_texts import ASYMMETRIC, METRICS, RING
from tests.session.projects import FOUND

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.forget()


def click(button) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def write(editor: CodeEditor, text: str, clipboard) -> None:
    """Everything that stands there is replaced, as a person pastes."""
    clipboard.setText(text)
    editor.text.setFocus()
    QTest.keyClick(editor.text, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(editor.text, Qt.Key.Key_V, CONTROL)


def test_data_is_written_trusted_and_read_on_the_data_page(staffed, pool, qapp, qtbot) -> None:
    session = staffed.session
    staffed.actions_.run("show-data")
    page = staffed.data_page.view
    card = next(card for card in page.findChildren(SourceCard) if card.type == "own")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    code = page.form.rows["code"].editor
    assert code.draft == starters.DATA and "You trust this code" in code._state.text()
    assert list(page.form.rows)[:4] == ["code", "own_samples", "own_noise", "seed"]
    pool.last.end(Done())
    write(
        code,
        RING.replace("samples: int = 60", "count: int = 60").replace("samples", "count"),
        qapp.clipboard(),
    )
    assert session.document.data.parameters == {}, "nothing is applied while it is typed"
    click(code.apply_and_trust)
    assert session.document.data.parameters["code"].startswith("import numpy")
    assert trust.is_trusted(session.document.data.parameters["code"]) and isinstance(pool.last.job, Inspect)
    assert list(page.form.rows)[:4] == ["code", "own_count", "own_noise", "seed"]
    code = page.form.rows["code"].editor
    assert "You trust this code" in code._state.text() and code.text.hasFocus()
    pool.last.say(DataFound(**FOUND))
    pool.last.end(Done())
    session.undo()
    qtbot.waitUntil(lambda: list(page.form.rows)[1] == "own_samples")


def test_an_untrusted_data_set_is_asked_about_and_then_read(staffed, pool, monkeypatch) -> None:
    session = staffed.session
    session.edit("", "set_data", type="own", parameters={"code": RING})
    pool.last.end(Failed("The code of data is not trusted and was not run.", "", "refused"))
    staffed.actions_.run("show-data")
    page = staffed.data_page.view
    code = page.form.rows["code"].editor
    assert "Not trusted: it does not run." in code._state.text()
    assert page._sentence.text() == "The code of data is not trusted and was not run."
    (problem,) = [p for p in session.problems if p.code == "untrusted"]
    assert problem.where.node == session.document.data.id
    shown: list[str] = []

    def read(self) -> int:
        shown.append(self.text.toPlainText())
        self.trust.click()
        return 1

    asked = len(pool.asked)
    monkeypatch.setattr(trust_dialog.TrustDialog, "exec", read)
    click(code.read)
    assert shown == [RING] and trust.is_trusted(RING)
    assert [type(a.job) for a in pool.asked[asked:]] == [Inspect], "it is read now"
    assert "You trust this code" in page.form.rows["code"].editor._state.text()
    assert not [p for p in session.problems if p.code == "untrusted"]


def test_a_loss_and_metrics_at_the_output(staffed, pool, qapp, qtbot) -> None:
    loss = ASYMMETRIC + "\n# This text is of no other test: nothing is known of it yet.\n"
    session = staffed.session
    session.edit("", "set_data", type="iris")
    pool.last.say(DataFound(**FOUND))
    pool.last.end(Done())
    table = next(iter(session.edit("", "add_node", type="TableInput").added))
    linear = next(
        id
        for id, r in session.edit(
            "", "append_node", type="Linear", after=table, parameters={"out_features": 3}
        ).added.items()
        if r.kind == "node"
    )
    added = session.edit("", "append_node", type="Output", after=linear).added
    output = next(id for id, r in added.items() if r.kind == "node")
    inspector = staffed.inspector
    inspector.show_selection([output])
    form = inspector._page.form
    assert not form.rows["loss_code"].isVisible() and not form.rows["metric_code"].isVisible()
    session.edit("", "set_parameter", node=output, parameter="loss", value="own")
    qtbot.waitUntil(lambda: "own_power" in inspector._page.form.rows)
    form = inspector._page.form
    write(form.rows["loss_code"].editor, loss, qapp.clipboard())
    click(form.rows["loss_code"].editor.apply_and_trust)
    qtbot.waitUntil(lambda: "own_weight" in inspector._page.form.rows)
    assert session.document.node(output).parameters["loss_code"] == loss
    assert isinstance(pool.last.job, Describe) and pool.last.job.questions[0].kind == "loss"
    assert [p.code for p in session.problems if p.in_the_way] == ["pending"]
    switch = inspector._page.form.rows["own_metrics"].editor.findChild(QCheckBox)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(8, switch.height() // 2))
    assert session.document.node(output).parameters["own_metrics"] is True
    code = inspector._page.form.rows["metric_code"].editor
    write(code, METRICS.replace("def samples", "def accuracy"), qapp.clipboard())
    qtbot.waitUntil(
        lambda: "“accuracy” is taken already" in inspector._page.form.rows["metric_code"].sentence.text()
    )
    assert not code.apply_and_trust.isVisible() and "This is no metric yet." in code._state.text()
    write(code, METRICS, qapp.clipboard())
    click(code.apply)
    (problem,) = [p for p in session.problems if p.code == "untrusted"]
    assert problem.where.field == "metric_code" and "share_of_right, samples" in problem.message
