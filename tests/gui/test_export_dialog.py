from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.gui.export_dialog import ExportDialog, result_words, run_words
from nndesigner.protocol.jobs import Export
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.runs.listing import RunSummary

RUN = RunSummary(
    path=Path("/somewhere/0001-a"),
    name="0001-a",
    created="",
    state="finished",
    sentence="",
    objective="supervised",
    plan={},
    result={"metrics": {"test": {"loss": 0.1, "accuracy": 0.98}}},
    checkpoints=2,
)


@pytest.fixture
def dialog(staffed, qtbot, tmp_path) -> ExportDialog:
    made = ExportDialog(staffed, staffed.session, [RUN])
    qtbot.addWidget(made)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show()
    made.path.setText(str(tmp_path / "model.onnx"))
    return made


def _pick(dialog: ExportDialog, format: str) -> None:
    row = list(dialog._formats).index(format)
    item = dialog.formats.item(row)
    QTest.mouseClick(
        dialog.formats.viewport(), Qt.MouseButton.LeftButton, pos=dialog.formats.visualItemRect(item).center()
    )


def test_the_job_says_what_was_chosen(dialog, pool, tmp_path) -> None:
    _pick(dialog, "onnx")
    dialog.path.selectAll()
    QTest.keyClicks(dialog.path, str(tmp_path / "x.onnx"))
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    job = pool.last.job
    assert isinstance(job, Export)
    assert (job.run, job.format, job.out) == (str(RUN.path), "onnx", str(tmp_path / "x.onnx"))
    assert not dialog.export_button.isEnabled()


def test_progress_and_what_the_gate_found_are_shown(dialog, pool) -> None:
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    pool.last.say(Progress(0.5, "Opening the file in a fresh process"))
    assert dialog.bar.isVisible() and dialog.bar.value() == 500
    pool.last.end(Done({"path": "/out/x.onnx", "bytes": 81_500, "max_abs_difference": 2.9e-6}))
    words = dialog.result_text.text()
    assert "/out/x.onnx" in words and "81.5 kB" in words and "2.9e-06" in words
    assert dialog.export_button.isEnabled() and not dialog.bar.isVisible()


def test_a_failure_is_a_sentence(dialog, pool) -> None:
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    pool.last.end(Failed("The answers differ by 0.3: no file was written.", "", "refused"))
    assert "no file was written" in dialog.result_text.text()


def test_another_format_changes_the_ending_and_keeps_the_name(dialog, tmp_path) -> None:
    dialog.path.selectAll()
    QTest.keyClicks(dialog.path, str(tmp_path / "mine.onnx"))
    for format, exporter in dialog._formats.items():
        _pick(dialog, format)
        assert dialog.path.text() == str(tmp_path / f"mine{exporter.suffix}")
        assert dialog._title.text() == exporter.label


def test_closing_cancels_what_goes_on(dialog, pool) -> None:
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert pool.last.cancelled


def test_words() -> None:
    assert run_words(RUN) == "0001-a  ·  test accuracy 0.98"
    assert "Written to" in result_words({"path": "/x"})
