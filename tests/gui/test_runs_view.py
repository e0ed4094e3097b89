"""The list of runs: what it says of each, what a selection shows, and what can be done with one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from nndesigner.base.processes import host_tag
from nndesigner.gui.run_row import difference_lines, run_words, when_words
from nndesigner.gui.runs_view import RunsView
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import State
from nndesigner.runs.listing import list_runs
from nndesigner.runs.removal import REMOVED
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn


@pytest.fixture
def session(pool, app: QApplication, tmp_path: Path) -> Session:
    made = Session(pool)
    made.files.new(digits_cnn())
    made.files.save_as(tmp_path / "digits.nnd")
    return made


@pytest.fixture
def add(session: Session) -> Callable[..., RunFolder]:
    """Puts a run into the project's folder of runs."""

    def make(name: str, **changes: Any) -> RunFolder:
        run = create_at(session.training.folder / name, session.document)
        run.save_record(**{"state": "finished", "result": {"epochs": 20}, **changes})
        return run

    return make


@pytest.fixture
def view(session: Session, app: QApplication) -> Iterator[RunsView]:
    made = RunsView(session)
    made.resize(340, 400)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


def names(view: RunsView) -> list[str]:
    return [run.name for run in view.summaries()]


def click(view: RunsView, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = view.list.visualItemRect(view.list.item(row)).center()
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, keys, place)


def test_a_project_without_runs_says_so(view: RunsView) -> None:
    assert view._stack.currentIndex() == 0
    assert not view.delete_button.isEnabled()


def test_the_newest_run_is_on_top_and_new_ones_appear(view: RunsView, add, session) -> None:
    add("0001-a", created="2026-01-01T10:00:00+00:00")
    add("0002-b", created="2026-01-02T10:00:00+00:00")
    session.training.listed.tell()
    assert names(view) == ["0002-b", "0001-a"]
    add("0003-c", created="2026-01-03T10:00:00+00:00")
    session.training.listed.tell()
    assert names(view)[0] == "0003-c"


def test_what_is_said_of_a_run(add) -> None:
    metrics = {"validation": {"loss": 0.1, "accuracy": 0.974}}
    run = add("0001-a", result={"epochs": 1, "metrics": metrics})
    state, words, when = run_words(list_runs(run.path.parent)[0])
    assert state == "finished"
    assert words == "1 epoch · validation 97.4 %"
    assert when


def test_times_are_as_short_as_they_can_be() -> None:
    now = datetime.now().astimezone().replace(hour=12, minute=30)
    assert when_words(now.isoformat(), now) == "12:30"
    assert when_words((now - timedelta(days=1)).isoformat(), now).endswith("12:30")
    assert when_words("2001-05-03T12:00:00+00:00", now).endswith("2001")
    assert when_words("no time", now) == ""


def test_selected_runs_are_shown_the_one_clicked_last_first(view: RunsView, add, session) -> None:
    runs = [add(f"000{i}-r", created=f"2026-01-0{i}T10:00:00+00:00") for i in (1, 2, 3)]
    session.training.listed.tell()
    shown: list[tuple[Path, ...]] = []
    view.chosen.connect(shown.append)
    click(view, 0)
    assert shown[-1] == (runs[2].path,)
    click(view, 2, Qt.KeyboardModifier.ControlModifier)
    assert shown[-1] == (runs[0].path, runs[2].path)
    opened: list[int] = []
    view.opened.connect(lambda: opened.append(1))
    view.list.itemActivated.emit(view.list.item(0))
    assert opened == [1]


def test_a_selection_outlives_a_new_listing(view: RunsView, add, session) -> None:
    run = add("0001-a")
    session.training.listed.tell()
    click(view, 0)
    shown: list[object] = []
    view.chosen.connect(shown.append)
    add("0002-b")
    session.training.listed.tell()
    assert view.selected_paths() == (run.path,)
    assert shown == []


def test_marks_take_the_colours_of_the_curves(view: RunsView, add, session) -> None:
    first, second = add("0001-a"), add("0002-b")
    session.training.listed.tell()
    view.select([first.path, second.path])
    view.mark([second.path, first.path])
    role = Qt.ItemDataRole.UserRole
    items = [view.list.item(i) for i in range(2)]
    assert {item.data(role).name: item.data(role + 2) for item in items} == {"0001-a": 1, "0002-b": 0}
    view.mark([second.path])
    assert view.selected_paths() == ()  # what is not looked at is not selected
    view.grab()


def test_what_differs_between_the_plans_of_selected_runs(view: RunsView, add, session) -> None:
    add("0001-a", plan={"epochs": 20, "learning_rate": 0.001, "optimizer": "adam"})
    add("0002-b", plan={"epochs": 20, "learning_rate": 0.01, "optimizer": "sgd"})
    session.training.listed.tell()
    assert view.differences.isHidden()
    view.select(run.path for run in view.summaries())
    lines = view.differences.text().split("\n")
    assert "Learning rate" in lines[0] and "0.001" in lines[0] and "0.01" in lines[0]
    assert len(lines) == 2
    assert difference_lines(view.selected()) == lines


def test_buttons_are_for_runs_that_have_what_they_need(view: RunsView, add, session) -> None:
    add("0001-a")
    session.training.listed.tell()
    click(view, 0)
    assert not view.continue_button.isEnabled()  # no checkpoint
    assert not view.export_button.isEnabled()
    assert view.delete_button.isEnabled()
    assert view.resume_button.isHidden()
    (session.training.folder / "0001-a" / "checkpoints" / "step-00000010").mkdir(parents=True)
    session.training.listed.tell()
    assert view.continue_button.isEnabled() and view.export_button.isEnabled()
    wanted: list[str] = []
    view.continue_wanted.connect(lambda run: wanted.append(f"continue {run.name}"))
    view.export_wanted.connect(lambda run: wanted.append(f"export {run.name}"))
    QTest.mouseClick(view.continue_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(view.export_button, Qt.MouseButton.LeftButton)
    assert wanted == ["continue 0001-a", "export 0001-a"]


def test_with_nothing_selected_the_buttons_are_about_the_run_that_is_looked_at(
    view: RunsView, add, session
) -> None:
    looked_at = add("0001-a")
    add("0002-b")
    (looked_at.path / "checkpoints" / "step-00000010").mkdir(parents=True)
    session.training.listed.tell()
    assert not view.export_button.isEnabled()
    view.mark([looked_at.path])
    assert view.export_button.isEnabled() and not view.delete_button.isEnabled()
    wanted: list[str] = []
    view.export_wanted.connect(lambda run: wanted.append(run.name))
    QTest.mouseClick(view.export_button, Qt.MouseButton.LeftButton)
    assert wanted == ["0001-a"]


def test_an_interrupted_run_can_be_resumed(view: RunsView, add, session, pool) -> None:
    run = add("0001-a", state="running", process=2**22 + 12345, host=host_tag())
    session.training.listed.tell()
    assert view.summaries()[0].state == "interrupted"
    click(view, 0)
    QTest.mouseClick(view.resume_button, Qt.MouseButton.LeftButton)
    job = pool.last.job
    assert isinstance(job, Train)
    assert (job.start, job.run) == ("resume", str(run.path))


def test_a_run_that_cannot_be_resumed_says_why(view: RunsView, add, session, pool, answers) -> None:
    run = add("0001-a", state="running", process=2**22 + 12345, host=host_tag())
    (run.path / "project.nnd").unlink()
    session.training.listed.tell()
    click(view, 0)
    QTest.mouseClick(view.resume_button, Qt.MouseButton.LeftButton)
    assert "cannot be read" in answers.asked[0][1]


def test_deleting_asks_and_can_be_undone(view: RunsView, add, session, answers) -> None:
    run = add("0001-a")
    add("0002-b")
    session.training.listed.tell()
    view.select([run.path])
    QTest.mouseClick(view.delete_button, Qt.MouseButton.LeftButton)
    assert "Delete “0001-a”?" in answers.asked[0][0]
    assert run.path.exists()  # cancelled
    answers.give("delete")
    shown: list[object] = []
    view.chosen.connect(shown.append)
    QTest.mouseClick(view.delete_button, Qt.MouseButton.LeftButton)
    assert names(view) == ["0002-b"]
    assert shown == [()]
    assert not view.undo_bar.isHidden()
    QTest.mouseClick(view.undo_button, Qt.MouseButton.LeftButton)
    assert sorted(names(view)) == ["0001-a", "0002-b"]
    assert run.path.exists()
    assert view.undo_bar.isHidden()


def test_what_was_deleted_is_gone_when_the_view_closes(session, add, app, answers) -> None:
    run = add("0001-a")
    view = RunsView(session)
    view.select([run.path])
    answers.give("delete")
    view.delete_selected()
    assert (run.path.parent / REMOVED / "0001-a").exists()
    view.close_down()
    assert not (run.path.parent / REMOVED).exists()
    view.deleteLater()


def test_the_run_that_goes_on_is_not_deleted(view: RunsView, session, pool, answers, add) -> None:
    run = add("0001-a", state="running", process=os.getpid(), host=host_tag())
    session.training.listed.tell()
    view.select([run.path])
    answers.give("delete", "")
    view.delete_selected()
    assert run.path.exists()
    assert "going on" in answers.asked[-1][1]


def test_while_a_run_goes_on_no_other_is_continued(view: RunsView, session, pool, add) -> None:
    add("0001-a")
    (session.training.folder / "0001-a" / "checkpoints" / "step-00000010").mkdir(parents=True)
    session.training.listed.tell()
    click(view, 0)
    session.training.train()
    pool.last.say(State("running"))
    assert not view.continue_button.isEnabled()


def test_names_are_shown_as_text(view: RunsView, session, add) -> None:
    add("0001-<b>x", sentence="<img src=x>")
    session.training.listed.tell()
    view.list.selectAll()
    view.grab()
    for label in view.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
    tip = view.list.item(0).toolTip()
    assert "<b>" not in tip and "<img" not in tip and "&lt;img" in tip


def test_the_menu_offers_the_same(view: RunsView, session, add) -> None:
    add("0001-a")
    session.training.listed.tell()
    click(view, 0)
    menu = view.menu()
    enabled = {action.text(): action.isEnabled() for action in menu.actions()}
    assert enabled == {"Continue from here": False, "Resume": False, "Export…": False, "Delete": True}
    menu.deleteLater()


def test_another_project_has_its_own_runs(view: RunsView, session, add) -> None:
    add("0001-a")
    session.training.listed.tell()
    assert names(view)
    session.files.new()
    assert names(view) == []
