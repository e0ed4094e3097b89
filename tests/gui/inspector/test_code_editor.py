"""A custom layer's code in the inspector: typed, read, applied as one step, trusted by the user's word only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest

from nndesigner.base import trust
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.gui.inspector.inspector import Inspector
from nndesigner.gui.inspector.node_page import NodePage
from nndesigner.layers import described
from nndesigner.layers.custom import STARTER
from nndesigner.session.session import Session
from tests.custom_texts import GATE


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.forget()


@pytest.fixture
def inspector(app, qtbot, session: Session) -> Iterator[Inspector]:
    made = Inspector(session, session.editing)
    qtbot.addWidget(made)
    made.resize(350, 800)
    made.show()
    yield made
    made.close_down()


def add(session: Session, inspector: Inspector, **parameters: object) -> str:
    done = session.edit("", "add_node", type="Custom", parameters=parameters)
    assert done is not None
    id = next(iter(done.added))
    inspector.show_selection([id])
    return id


def editor(inspector: Inspector) -> CodeEditor:
    page = inspector._page
    assert isinstance(page, NodePage) and page.code_editor is not None
    return page.code_editor


def write(inspector: Inspector, text: str) -> None:
    editor(inspector).text.selectAll()
    editor(inspector).text.insertPlainText(text)


def test_a_new_layer_starts_with_our_text_which_may_run(inspector, session) -> None:
    add(session, inspector)
    made = editor(inspector)
    assert made.draft == STARTER and "You trust this code" in made._state.text()
    assert not made.apply.isVisibleTo(made) and not made.read.isVisibleTo(made)
    assert list(inspector.form.rows) == ["code", "start"]


def test_apply_is_one_step_and_brings_the_form_of_the_new_text(qtbot, inspector, session) -> None:
    id = add(session, inspector)
    depth = session.editing.history.depth
    write(inspector, GATE)
    made = editor(inspector)
    assert made.apply.isVisibleTo(made) and made.apply_and_trust.isVisibleTo(made)
    assert session.document.node(id).parameters == {}, "nothing is applied while it is typed"
    made.apply.click()
    assert session.editing.history.depth == depth + 1
    qtbot.waitUntil(lambda: list(inspector.form.rows) == ["code", "hidden", "scale"])
    made = editor(inspector)
    assert "Not trusted" in made._state.text() and made.read.isVisibleTo(made)
    assert not trust.is_trusted(GATE)
    session.undo()
    qtbot.waitUntil(lambda: list(inspector.form.rows) == ["code", "start"])
    assert editor(inspector).draft == STARTER


def test_apply_and_trust_tells_the_text_that_was_written(inspector, session) -> None:
    add(session, inspector)
    told: list[str] = []
    inspector.trusted.connect(told.append)
    write(inspector, GATE)
    editor(inspector).apply_and_trust.click()
    assert told == [GATE]


def test_a_mistake_is_underlined_and_said_and_can_be_reverted(qtbot, inspector, session) -> None:
    add(session, inspector)
    write(inspector, STARTER.replace("def forward(self, x):", "def forward(self, x)"))
    made = editor(inspector)
    qtbot.waitUntil(lambda: made.text.marked_line == 15)
    sentence = inspector.form.rows["code"].sentence
    assert sentence.isVisibleTo(inspector) and sentence.text().startswith("Line 15: ")
    assert not made.apply_and_trust.isVisibleTo(made)
    made.revert.click()
    assert made.text.marked_line == 0 and made.draft == STARTER and not sentence.isVisibleTo(inspector)


def test_what_is_typed_stays_while_something_else_changes_and_is_applied_when_left(
    inspector, session
) -> None:
    id = add(session, inspector)
    write(inspector, GATE)
    session.edit("", "rename", node=id, name="other")
    assert editor(inspector).draft == GATE
    inspector.show_selection([])
    assert session.document.node(id).parameters == {"code": GATE}


def test_somebody_elses_text_asks_to_be_read(inspector, session) -> None:
    id = add(session, inspector, code=GATE)
    wanted: list[str] = []
    inspector.read_wanted.connect(wanted.append)
    editor(inspector).read.click()
    assert wanted == [id]


def test_trust_shows_at_once(inspector, session) -> None:
    add(session, inspector, code=GATE)
    session.trust.trust(GATE)
    assert "You trust this code" in editor(inspector)._state.text()


def test_the_larger_window_is_the_same_text(qtbot, inspector, session, monkeypatch) -> None:
    from nndesigner.gui.inspector import code_editor

    add(session, inspector)

    def typed(self) -> int:
        self.text.go_to(1)
        QTest.keyClicks(self.text, "# mine ")
        self._read()
        assert self.sentence.text() == ""
        return 1

    monkeypatch.setattr(code_editor.LargerCode, "exec", typed)
    editor(inspector).larger.click()
    assert editor(inspector).draft == "# mine " + STARTER and editor(inspector).changed
