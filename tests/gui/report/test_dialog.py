"""The dialog of the report: a click writes the file, evaluated first where that is to be done; it can be cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.report.dialog import ReportDialog
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.runs.evaluations import save
from nndesigner.runs.listing import summary
from nndesigner.runs.store import RunFolder
from nndesigner.session.session import Session

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(app: QApplication, pool, run: RunFolder, tmp_path: Path) -> Iterator[ReportDialog]:
    run.checkpoint_path(40).mkdir(parents=True)
    made = ReportDialog(None, Session(pool), [summary(run)])
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show()
    app.processEvents()
    made.path.setText(str(tmp_path / "report.html"))
    yield made
    made.close()
    made.deleteLater()
    app.processEvents()


def test_a_click_writes_the_report_once_the_test_part_is_evaluated(
    dialog, pool, run, classes, tmp_path, qtbot
) -> None:
    QTest.mouseClick(dialog.write_button, LEFT)
    (asked,) = pool.asked
    assert isinstance(asked.job, Evaluate) and asked.job.part == "test"
    asked.say(Progress(0.5, "Evaluating"))
    assert dialog.bar.isVisible() and dialog.bar.value() == 250 and dialog.doing.text() == "Evaluating"
    assert not dialog.write_button.isEnabled() and dialog.leave_button.text() == "Cancel"
    save(run, classes)
    asked.end(Done({}))
    qtbot.waitUntil(lambda: dialog.ended.isVisible(), timeout=20_000)
    assert dialog.result_text.text() == f"Written to {tmp_path / 'report.html'}"
    assert f"{80 / 90:.4f}" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert dialog.open_button.isVisible() and dialog.write_button.isEnabled()


def test_as_pdf_without_evaluating(dialog, pool, tmp_path, qtbot) -> None:
    QTest.mouseClick(dialog.formats.button(1), LEFT, pos=dialog.formats.button(1).rect().center())
    dialog.formats.button(1).setChecked(True)
    dialog.path.setText(str(tmp_path / "report.pdf"))
    dialog.evaluate.setChecked(False)
    QTest.mouseClick(dialog.write_button, LEFT)
    qtbot.waitUntil(lambda: dialog.ended.isVisible(), timeout=20_000)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-") and not pool.asked


def test_cancelled_nothing_is_written(dialog, pool, tmp_path, qtbot) -> None:
    QTest.mouseClick(dialog.write_button, LEFT)
    QTest.mouseClick(dialog.leave_button, LEFT)
    assert pool.asked[0].cancelled and dialog.isVisible()
    pool.asked[0].end(Failed("Cancelled.", "", "cancelled"))
    dialog.evaluate.setChecked(False)
    QTest.mouseClick(dialog.write_button, LEFT)  # between two pieces
    QTest.mouseClick(dialog.leave_button, LEFT)
    QTest.qWait(50)
    assert not (tmp_path / "report.html").exists() and dialog.leave_button.text() == "Close"


def test_what_goes_wrong_is_a_sentence(dialog, pool, tmp_path, qtbot) -> None:
    dialog.evaluate.setChecked(False)
    dialog.path.setText(str(tmp_path / "report.docx"))
    QTest.mouseClick(dialog.write_button, LEFT)
    assert "not as “.docx”" in dialog.result_text.text() and not dialog.open_button.isVisible()
    dialog.path.setText(str(tmp_path / "gone" / "a.html"))
    QTest.mouseClick(dialog.write_button, LEFT)
    qtbot.waitUntil(lambda: dialog.write_button.isEnabled(), timeout=20_000)
    assert "gone" in dialog.result_text.text()


def test_the_ending_follows_the_format(dialog) -> None:
    dialog.path.setText("")
    dialog._typed = False
    dialog.formats.button(1).setChecked(True)
    assert dialog.path.text().endswith("0001-<b>-report.pdf")
    dialog.formats.button(0).setChecked(True)
    assert dialog.path.text().endswith(".html")
