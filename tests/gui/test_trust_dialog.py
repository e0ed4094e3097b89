"""Nothing is trusted by accident: the code is shown as it is, and refusing is what Return and Esc do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.base import trust
from nndesigner.gui import trust_dialog
from nndesigner.gui.commands import trusting
from nndesigner.gui.extensions_dialog import ExtensionsDialog
from nndesigner.gui.trust_dialog import TrustDialog
from nndesigner.layers import described
from nndesigner.layers.extensions import Extension
from nndesigner.protocol.jobs import Describe
from nndesigner.session.trust import CodeInUse
from tests.custom_texts import GATE, SPLIT


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    described.forget()
    yield
    described.forget()


@pytest.fixture
def dialog(app: QApplication, qtbot) -> TrustDialog:
    code = (
        CodeInUse(GATE + "# \u202e", "Gate", ("gate1", "gate2"), False),
        CodeInUse(SPLIT, "Split", ("s",), False),
    )
    made = TrustDialog(None, code, SPLIT)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_code_asked_about_is_shown_and_hidden_signs_are_written_out(dialog: TrustDialog) -> None:
    assert dialog.text.isReadOnly() and dialog.text.toPlainText() == SPLIT
    dialog.which.setCurrentIndex(0)
    assert "\\u202e" in dialog.text.toPlainText() and "\u202e" not in dialog.text.toPlainText()


def test_return_and_escape_trust_nothing(dialog: TrustDialog) -> None:
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.chosen == ""


def test_trusting_gives_the_text_that_is_shown(dialog: TrustDialog) -> None:
    dialog.which.setCurrentIndex(0)
    dialog.trust.click()
    assert dialog.chosen == GATE + "# \u202e"


def test_the_window_asks_and_has_a_worker_describe_it(staffed, pool, monkeypatch) -> None:
    window = staffed
    session = window.session
    session.edit("", "set_data", type="iris")
    diff = session.edit("", "add_node", type="TableInput")
    table = next(iter(diff.added))
    session.edit("", "append_node", type="Custom", after=table, parameters={"code": GATE})
    assert trusting.why_not_trust(window.desk) == ""
    shown: list[str] = []

    def read(self) -> int:
        shown.append(self.text.toPlainText())
        self.trust.click()
        return 1

    monkeypatch.setattr(trust_dialog.TrustDialog, "exec", read)
    (problem,) = [p for p in session.problems if p.code == "untrusted"]
    window._run_remedy(problem, problem.remedies[0])
    assert shown == [GATE] and trust.is_trusted(GATE)
    assert trusting.why_not_trust(window.desk).endswith("brings code along.")
    assert not [asked for asked in pool.asked if isinstance(asked.job, Describe)], (
        "what arrives is not known yet"
    )


class Two:
    """Two packages, one of which cannot be enabled."""

    def __init__(self) -> None:
        self.on: list[str] = []

    @property
    def installed(self) -> tuple[Extension, ...]:
        return Extension("good", "1", "", ("good",), ("A", "B")), Extension("bad", "2", "Bad.", ("bad",))

    def enable(self, name: str) -> None:
        from nndesigner.base.problem import Refusal

        if name == "bad":
            raise Refusal("It cannot be loaded.")
        self.on.append(name)

    def disable(self, name: str) -> None:
        self.on.remove(name)


def test_packages_are_switched_on_and_off(app: QApplication, qtbot) -> None:
    packages = Two()
    made = ExtensionsDialog(None, packages)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    good, bad = made.rows
    good.switch.click()
    assert packages.on == ["good"]
    good.switch.click()
    assert packages.on == []
    bad.switch.click()
    assert not bad.switch.isChecked() and bad.failure.text() == "It cannot be loaded."


def test_without_any_package_it_says_how_they_are_found(app: QApplication, qtbot, session) -> None:
    from PySide6.QtWidgets import QLabel

    made = ExtensionsDialog(None, session.extensions)
    qtbot.addWidget(made)
    words = [found.text() for found in made.findChildren(QLabel)]
    assert made.rows or any("nndesigner.layers" in text for text in words)
