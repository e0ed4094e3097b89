"""Marks of what fits the last run, in a real window: the View action, edits, blocks, and the question on continuing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.check.carrying import Fit
from nndesigner.gui import dialogs
from nndesigner.gui.commands import training
from nndesigner.gui.main_window import MainWindow
from nndesigner.runs.store import create_at
from nndesigner.session.session import Session
from tests.session.projects import classifier


@pytest.fixture
def trained(make_window: Callable[[Session], MainWindow], app: QApplication, tmp_path: Path) -> MainWindow:
    """A window on a saved project with one run that has a checkpoint."""
    session = Session()
    window = make_window(session)
    session.files.new(classifier())
    session.files.save_as(tmp_path / "iris.nnd")
    window.show_project()
    run = create_at(session.training.folder / "0001-a", session.document)
    (run.path / "checkpoints" / "step-00000010").mkdir(parents=True)
    session.training.list.look()
    app.processEvents()
    return window


def test_off_until_it_is_asked_for_and_then_kept_up_to_date(trained: MainWindow) -> None:
    session, canvas, action = trained.session, trained.canvas, trained.actions_.made["mark-fitting"]
    session.edit("", "set_parameter", node="n1", parameter="out_features", value=9)
    assert canvas.state.fits == {} and not action.isChecked()
    action.trigger()
    assert action.isChecked()
    assert canvas.state.fits == {"n1": Fit(resized=1), "n3": Fit(resized=1)}
    session.edit("", "set_learning", ids=["n1"], values={"frozen": True})
    session.edit("", "set_parameter", node="n3", parameter="bias", value=False)
    assert canvas.state.fits == {"n1": Fit(resized=1, frozen=1), "n3": Fit(fresh=1)}
    session.edit("", "make_block", ids=["n1", "n2"], name="stage")
    block = next(node for node in session.document.nodes() if node.type == "Block")
    assert canvas.state.fits[block.id] == Fit(resized=1, frozen=1)
    session.editing.enter(block.id)
    assert canvas.state.fits == {"n1": Fit(resized=1, frozen=1)}
    action.trigger()
    assert canvas.state.fits == {} and not action.isChecked()


def test_without_a_run_it_says_why_not(window: MainWindow) -> None:
    action = window.actions_.made["mark-fitting"]
    assert not action.isEnabled() and "train first" in window.actions_.why_not("mark-fitting")


def test_another_project_without_runs_has_no_marks(trained: MainWindow) -> None:
    trained.actions_.made["mark-fitting"].trigger()
    assert trained.canvas.state.fits
    trained.session.files.new(classifier())
    assert trained.canvas.state.fits == {}


def test_the_question_on_continuing_shows_them_while_it_is_open(
    trained: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained.session.edit("", "set_parameter", node="n1", parameter="out_features", value=9)
    seen: list[dict[str, Fit]] = []

    def ask(*_: object, **more: str) -> str:
        seen.append(dict(trained.canvas.state.fits))
        return ""

    monkeypatch.setattr(dialogs, "ask", ask)
    training.continue_run(trained.desk)
    assert seen == [{"n1": Fit(resized=1), "n3": Fit(resized=1)}]
    assert trained.canvas.state.fits == {}
