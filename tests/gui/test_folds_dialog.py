"""Cross-validation in the window: started by a click, followed fold by fold, its table shown, saved and listed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from nndesigner.gui import dialogs
from nndesigner.gui.folds_dialog import FoldsDialog
from nndesigner.gui.runs_view import RunsView
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Clock, Done
from nndesigner.runs.cross_validation import group_of
from nndesigner.runs.store import create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(pool, app: QApplication, tmp_path: Path) -> Session:
    made = Session(pool)
    made.files.new(digits_cnn())
    made.files.save_as(tmp_path / "digits.nnd")
    return made


@pytest.fixture
def dialog(session: Session, app: QApplication) -> Iterator[FoldsDialog]:
    made = FoldsDialog(None, session)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.show()
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()
    app.processEvents()


def finish(pool, session: Session, accuracy: float) -> None:
    """The run that goes on writes its folder and ends, as a worker would."""
    job = pool.last.job
    assert isinstance(job, Train)
    result = {
        "state": "finished",
        "sentence": "",
        "metrics": {"validation": {"accuracy": accuracy, "loss": 0.5}},
    }
    run = create_at(Path(job.run), session.document, group=job.group)
    run.save_record(state="finished", result=result)
    run.close()
    pool.last.end(Done(result))


def test_a_click_trains_fold_after_fold(
    dialog: FoldsDialog, session: Session, pool, app: QApplication
) -> None:
    dialog.folds.setFocus()
    dialog.folds.selectAll()
    QTest.keyClicks(dialog.folds, "3")
    QTest.mouseClick(dialog.start_button, LEFT)
    assert session.cross_validating.fold == 1 and dialog.start_button.isHidden()
    for fold, accuracy in enumerate((0.9, 0.94, 0.98), 1):
        pool.last.say(Clock(5, 10, 1.0, 2, 100.0, 1.0, 0.0))
        assert f"Fold {fold} of 3" in dialog.doing.text() and "epoch 2 of 2" in dialog.doing.text()
        assert dialog.bar.value() == round(1000 * (fold - 0.5) / 3)
        finish(pool, session, accuracy)
    app.processEvents()
    assert dialog.bar.isHidden() and not dialog.start_button.isHidden()
    assert dialog.title.text() == "Validation accuracy 94.0 % ± 4.0 %"
    assert dialog.table.header() == ["metric", "mean", "std. dev.", "fold 1", "fold 2", "fold 3"]
    row = next(row for row in dialog.table.rows() if "accuracy" in str(row[0]))
    assert row[1] == pytest.approx(0.94) and row[2] == pytest.approx(0.04) and row[3:] == [0.9, 0.94, 0.98]
    assert "3 of 3 folds" in dialog.remark.text()


def test_stop_ends_it_and_says_where(dialog: FoldsDialog, session: Session, pool) -> None:
    QTest.mouseClick(dialog.start_button, LEFT)
    finish(pool, session, 0.9)
    QTest.mouseClick(dialog.stop_button, LEFT)
    pool.last.end(Done({"state": "stopped", "sentence": ""}))
    assert "Stopped in fold 2 of 5" in dialog.doing.text()
    assert dialog.start_button.isEnabled() and "1 of 5 folds" in dialog.remark.text()


def test_data_in_time_order_says_why_it_cannot(session: Session, app: QApplication) -> None:
    session.edit("", "set_data", type="sine")
    made = FoldsDialog(None, session)
    made.show()
    assert not made.start_button.isEnabled() and "follow each other" in made.doing.text()
    made.close()


def test_what_the_check_refuses_is_told(
    dialog: FoldsDialog, session: Session, pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(dialogs, "tell", lambda parent, title, sentence, detail="": told.append(sentence))
    session.edit("", "disconnect", edge=session.document.edges[0].id)
    QTest.mouseClick(dialog.start_button, LEFT)
    assert told and not session.cross_validating.busy and not pool.asked


def test_the_table_is_saved_as_csv(
    dialog: FoldsDialog, session: Session, pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog.folds.setValue(2)
    QTest.mouseClick(dialog.start_button, LEFT)
    for accuracy in (0.5, 0.75):
        finish(pool, session, accuracy)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "folds.csv"), ""))
    QTest.mouseClick(dialog.save_button, LEFT)
    with open(tmp_path / "folds.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[1][:5] == ["validation", "accuracy", "0.5", "0.75", "0.625"]
    assert "Saved as" in dialog.remark.text()


@pytest.fixture
def view(session: Session, app: QApplication) -> Iterator[RunsView]:
    made = RunsView(session)
    made.resize(340, 500)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


def test_runs_of_one_cross_validation_stand_together(
    view: RunsView, session: Session, app: QApplication
) -> None:
    def add(name: str, group: dict[str, object] | None = None) -> None:
        run = create_at(session.training.folder / name, session.document, group=group or {})
        metrics = {"validation": {"accuracy": 0.9}}
        run.save_record(state="finished", result={"epochs": 2, "metrics": metrics})

    add("0001-net")
    add("0002-net-fold-1-of-2", group_of("a", 1, 2))
    add("0003-net")
    add("0004-net-fold-2-of-2", group_of("a", 2, 2))
    session.training.list.look()
    app.processEvents()
    names = [run.name for run in view.summaries()]
    assert names == ["0002-net-fold-1-of-2", "0004-net-fold-2-of-2", "0003-net", "0001-net"]
    head = view.list.item(0)
    assert "2 folds" in head.text() and "90.0 % ± 0.0 %" in head.text()
    wanted: list[str] = []
    view.folds_wanted.connect(wanted.append)
    at = view.list.visualItemRect(head).center()
    QTest.mouseClick(view.list.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, QPoint(at))
    assert wanted == ["a"] and view.selected() == []
    view.list.setCurrentRow(1)
    QTest.keyClick(view.list, Qt.Key.Key_Up)
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    assert wanted == ["a", "a"]
    QTest.keyClick(view.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert {run.name for run in view.selected()} == set(names)
    session.training.list.look()
    assert len(view.selected()) == 4


def test_the_menu_opens_the_dialog(window, app: QApplication) -> None:
    window.actions_.run("cross-validate")
    app.processEvents()
    (dialog,) = window.findChildren(FoldsDialog)
    assert dialog.isVisible() and not dialog.isModal()
    dialog.close()
