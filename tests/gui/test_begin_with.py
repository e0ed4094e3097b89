"""What a run begins with, in the training panel: chosen from a menu, held against the network, listed by tensor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from nndesigner.document import edits
from nndesigner.gui.begin_with import FittingDialog
from nndesigner.gui.training_panel import TrainingPanel
from nndesigner.protocol.jobs import MatchWeights
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.store import create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn

LEFT = Qt.MouseButton.LeftButton
ROWS = [
    ["conv1.weight", [16, 1, 3, 3], [16, 1, 3, 3], "taken"],
    ["conv1.bias", [16], [16], "taken"],
    ["head.weight", [10, 64], [5, 64], "size"],
    ["head.bias", [10], None, "fresh"],
    ["old.weight", None, [3], "unused"],
]


@pytest.fixture
def session(pool, app: QApplication, tmp_path: Path) -> Session:
    made = Session(pool)
    made.files.new(digits_cnn())
    made.files.save_as(tmp_path / "digits.nnd")
    return made


@pytest.fixture
def panel(session: Session, app: QApplication) -> Iterator[TrainingPanel]:
    made = TrainingPanel(session, run_action=lambda id: None, why_not=lambda id: "")
    made.resize(380, 900)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


def begins_with(session: Session) -> object:
    assert session.document.plan is not None
    return session.document.plan.parameters.get("begin_with")


def add_run(session: Session, name: str) -> Path:
    run = create_at(session.training.folder / name, session.document)
    run.save_record(state="finished")
    (run.path / "checkpoints" / "step-00000001").mkdir(parents=True)
    session.training.list.look()
    return run.path


def offered(panel: TrainingPanel) -> list[str]:
    panel.begin.menu.aboutToShow.emit()
    return [action.text() for action in panel.begin.menu.actions() if not action.isSeparator()]


def pick(panel: TrainingPanel, text: str) -> None:
    panel.begin.menu.aboutToShow.emit()
    next(action for action in panel.begin.menu.actions() if action.text() == text).trigger()


def test_a_run_of_the_project_is_chosen_and_undone(panel: TrainingPanel, session: Session, pool) -> None:
    add_run(session, "0001-first")
    assert panel.match.isHidden()
    assert offered(panel)[:2] == ["Fresh weights, from the seed", "0001-first"]
    pick(panel, "0001-first")
    assert begins_with(session) == "digits.runs/0001-first"
    assert panel.begin.line.text() == "digits.runs/0001-first" and not panel.match.isHidden()
    session.undo()
    assert begins_with(session) is None and panel.begin.line.text() == ""
    session.redo()
    pick(panel, "Fresh weights, from the seed")
    assert not begins_with(session)


def test_a_file_is_typed_and_held_against_the_network(
    panel: TrainingPanel, session: Session, pool, qtbot
) -> None:
    QTest.mouseClick(panel.begin.line, LEFT)
    QTest.keyClicks(panel.begin.line, "old.safetensors")
    QTest.keyClick(panel.begin.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(pool.asked) and isinstance(pool.last.job, MatchWeights), timeout=5000)
    job = pool.last.job
    assert (job.source, job.folder) == ("old.safetensors", str(session.files.folder))
    assert panel.match.words.text() == "Reading the weights"
    pool.last.end(Done({"source": "old.safetensors", "rows": ROWS}))
    assert panel.match.words.text() == "2 of 4 tensors fit, 2 begin from the seed, 1 not used."
    asked = len(pool.asked)
    session.edit("", "rename", node=session.document.nodes()[0].id, name="pixels")
    qtbot.waitUntil(lambda: len(pool.asked) > asked, timeout=5000)
    pool.last.end(Failed("There is no weights file at old.safetensors.", "", "refused"))
    assert "no weights file" in panel.match.words.text()


def test_the_list_says_what_becomes_of_every_tensor(
    panel: TrainingPanel, session: Session, pool, app: QApplication
) -> None:
    session.edit("", "set_plan", values={"begin_with": "old.safetensors"})
    session.matching.look()
    pool.last.end(Done({"source": "old.safetensors", "rows": ROWS}))
    QTest.mouseClick(panel.match.button, LEFT)
    app.processEvents()
    (dialog,) = (w for w in app.topLevelWidgets() if isinstance(w, FittingDialog) and w.isVisible())
    assert dialog.table.rowCount() == len(ROWS)
    assert dialog.table.rows()[2] == [
        "head.weight",
        "10 × 64",
        "5 × 64",
        "begins from the seed: another size",
    ]
    QTest.keyClicks(dialog.search, "not in the network")
    assert [row[0] for row in dialog.table.rows()] == ["old.weight"]
    dialog.close()


def test_a_path_from_elsewhere_is_not_looked_at_unasked(
    session: Session, pool, app: QApplication, tmp_path: Path, qtbot
) -> None:
    """A project that somebody sent names a path on another machine: opening it asks for nothing."""
    document = session.document.apply(
        edits.set_plan(session.document, {"begin_with": "//elsewhere/share/x.pt"})
    )
    session.files.new(document)
    made = TrainingPanel(session, run_action=lambda id: None, why_not=lambda id: "")
    made.show()
    qtbot.wait(900)
    assert not any(isinstance(asked.job, MatchWeights) for asked in pool.asked)
    assert "outside the project" in made.match.words.text()
    QTest.mouseClick(made.match.button, LEFT)
    assert isinstance(pool.last.job, MatchWeights)
    made.close_down()
    made.close()
    made.deleteLater()


def test_a_file_is_chosen_in_a_dialog(
    panel: TrainingPanel, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "w.pt"), ""))
    pick(panel, "A file of weights…")
    assert begins_with(session) == "w.pt"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/elsewhere/0007-run")
    pick(panel, "Another run: its folder…")
    assert begins_with(session) == "/elsewhere/0007-run"
