"""Work on other threads: what arrives does so on the GUI thread, and the GUI thread reads no run's files itself."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nndesigner.base.problem import Refusal
from nndesigner.gui.background import Background
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.runs_view import RunsView
from nndesigner.protocol.messages import Done, Failed, ScalarRow
from nndesigner.runs.store import LINES_PER_WORD, RunFolder, create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn


@pytest.fixture
def background(app: QApplication) -> Iterator[Background]:
    gc.collect()
    gc.disable()  # as in the window: the collector must not destroy Qt objects on another thread
    made = Background()
    yield made
    made.close()
    gc.enable()
    made.deleteLater()
    app.processEvents()


# -- the thread ----------------------------------------------------------------------------------------------------
def test_work_is_done_on_another_thread_and_arrives_on_this_one(background: Background, qtbot) -> None:
    here, there, came = threading.get_ident(), [], []
    background(
        lambda progress: there.append(threading.get_ident()) or 42,
        lambda result: came.append((result, threading.get_ident())),
        came.append,
    )
    assert came == [], "nothing before the event loop goes on"
    qtbot.waitUntil(lambda: bool(came))
    assert came == [(42, here)] and there != [here]
    assert not background.busy


def test_what_is_held_waits_for_the_beginning(app: QApplication, qtbot) -> None:
    held = Background(held=True)
    came: list[int] = []
    try:
        held(lambda progress: 1, came.append, pytest.fail)
        call_off = held(lambda progress: 2, came.append, pytest.fail)
        call_off()
        qtbot.wait(50)
        assert came == [] and held.busy
        held.begin()
        held(lambda progress: 3, came.append, pytest.fail)
        held.begin()
        qtbot.waitUntil(lambda: sorted(came) == [1, 3])
    finally:
        held.close()
        held.deleteLater()


def test_what_goes_wrong_is_told_and_a_fault_reaches_the_crash_hook(
    background: Background, qtbot, monkeypatch
) -> None:
    failed: list[Exception] = []
    faults: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: faults.append(kind))

    def refuse(progress: Any) -> None:
        raise Refusal("Do this instead.")

    def break_(progress: Any) -> None:
        raise ZeroDivisionError

    background(refuse, pytest.fail, failed.append)
    background(break_, pytest.fail, pytest.fail)
    qtbot.waitUntil(lambda: bool(failed and faults))
    assert str(failed[0]) == "Do this instead." and faults == [ZeroDivisionError]


def test_progress_is_told_and_what_is_called_off_ends_and_is_not_heard(background: Background, qtbot) -> None:
    ended, told = threading.Event(), []

    def long(progress: Callable[[float, str], None]) -> None:
        try:
            for i in range(10_000):
                progress(i / 10_000, "on")
                time.sleep(0.005)
        finally:
            ended.set()

    call_off = background(long, pytest.fail, pytest.fail, lambda fraction, words: told.append(fraction))
    qtbot.waitUntil(lambda: len(told) >= 2, timeout=10_000)
    assert told == sorted(told)
    call_off()
    assert ended.wait(5.0)
    qtbot.wait(20)
    assert not background.busy


def test_closing_calls_everything_off_and_leaves_no_thread(background: Background) -> None:
    def long(progress: Callable[[float, str], None]) -> None:
        while True:
            progress(0.0, "")
            time.sleep(0.002)

    for _ in range(5):
        background(long, pytest.fail, pytest.fail)
    background.close()
    assert not any(thread.name.startswith("background") for thread in threading.enumerate())
    background(lambda progress: pytest.fail("done after the end"), pytest.fail, pytest.fail)


# -- run folders ---------------------------------------------------------------------------------------------------
_opened: list[tuple[Path, int]] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is None or event not in ("open", "os.listdir", "os.scandir") or not arguments:
        return
    if isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append((Path(os.fsdecode(arguments[0])), threading.get_ident()))


sys.addaudithook(_hear)  # it cannot be taken back; without a list to write to it does nothing


@pytest.fixture
def opened() -> Iterator[list[tuple[Path, int]]]:
    """Every file and folder that Python opens, with the thread that does."""
    global _opened
    _opened = []
    yield _opened
    _opened = None


def run_of(folder: Path, name: str, rows: int = 50, **record: Any) -> RunFolder:
    run = create_at(folder / name, digits_cnn())
    run.append_rows(ScalarRow(i, i / 10, "train", "loss", 1 / i, 0.1 * i) for i in range(1, rows + 1))
    run.save_record(**{"state": "finished", "result": {"epochs": 5}, "plan": {"epochs": 5}, **record})
    run.close()
    return run


class Project:
    def __init__(self, session: Session, path: Path, opened: list[tuple[Path, int]]) -> None:
        self.session, self.path, self.runs, self._opened = session, path, path.with_suffix(".runs"), opened

    def read_here(self) -> list[Path]:
        """Files and folders of runs that this thread has opened."""
        return self._read(lambda thread: thread == threading.get_ident())

    def read_elsewhere(self) -> list[Path]:
        return self._read(lambda thread: thread != threading.get_ident())

    def _read(self, by: Callable[[int], bool]) -> list[Path]:
        return [path for path, thread in self._opened if self.runs in (path, *path.parents) and by(thread)]

    def open(self) -> None:
        """From here on it counts who reads."""
        self._opened.clear()
        self.session.files.open(self.path)


@pytest.fixture
def project(background: Background, pool, tmp_path: Path, opened) -> Iterator[Project]:
    maker = Session(pool)
    maker.files.new(digits_cnn())
    maker.files.save_as(tmp_path / "digits.nnd")
    maker.close()
    session = Session(pool, elsewhere=background)
    yield Project(session, tmp_path / "digits.nnd", opened)
    session.close()


def test_runs_are_listed_and_shown_without_a_file_opened_here(
    project: Project, background: Background, app, qtbot
) -> None:
    for number in range(3):
        run_of(project.runs, f"000{number}-r", created=f"2026-01-0{number + 1}T10:00:00+00:00")
    project.open()
    panel, view = MonitorsPanel(project.session), RunsView(project.session)
    for widget in (panel, view):
        qtbot.addWidget(widget, before_close_func=lambda w: w.close_down())
        widget.show()
    view.chosen.connect(panel.show_runs)
    panel.shown_changed.connect(lambda: view.mark(panel.shown_paths))
    qtbot.waitUntil(lambda: len(view.summaries()) == 3 and bool(panel.runs))
    assert [run.name for run in view.summaries()] == ["0002-r", "0001-r", "0000-r"]
    assert panel.shown_paths == (project.runs / "0002-r",), "the newest one, unasked"
    view.select([project.runs / "0000-r", project.runs / "0001-r"])
    qtbot.waitUntil(lambda: len(panel.shown_paths) == 2)
    view.select([project.runs / "0002-r"])
    qtbot.waitUntil(lambda: panel.shown_paths == (project.runs / "0002-r",))
    assert set(view.selected_paths()) == {project.runs / "0002-r"}
    assert project.read_here() == [] and project.runs / "0002-r" / "metrics.log" in project.read_elsewhere()


def test_a_run_that_goes_on_is_heard_without_a_file_opened_here(project: Project, qtbot) -> None:
    run = run_of(project.runs, "0001-on", state="running", result={})
    project.open()
    training = project.session.training
    qtbot.waitUntil(lambda: training.followed)
    qtbot.waitUntil(lambda: training.history.last("train", "loss") == 1 / 50)
    assert training.history.clock is not None and training.history.clock.epochs == 5
    assert project.read_here() == [] and project.read_elsewhere()
    run.append_rows([ScalarRow(51, 5.1, "train", "loss", 0.25, 9.0)])
    run.save_record(state="finished", result={"state": "finished", "epochs": 5})
    run.close()
    project._opened.clear()
    project.session.tick()
    qtbot.waitUntil(lambda: isinstance(training.outcome, Done))
    assert training.history.last("train", "loss") == 0.25 and not training.busy
    assert project.read_here() == []


def test_a_run_that_broke_off_is_found_and_resumed_without_a_file_opened_here(
    project: Project, pool, qtbot
) -> None:
    run = run_of(project.runs, "0001-off", state="stopped", result={"state": "orphaned"})
    project.open()
    training = project.session.training
    qtbot.waitUntil(lambda: training.broke_off)
    assert training.run == run.path and isinstance(training.outcome, Failed)
    assert training.history.last("train", "loss") == 1 / 50
    training.resume(run.path)
    assert training.busy, "nothing else can begin while it is read"
    with pytest.raises(Refusal, match="going on"):
        training.resume(run.path)
    qtbot.waitUntil(lambda: bool(training.state))
    assert pool.last.job.start == "resume" and training.state == "starting"
    assert project.read_here() == []


def test_a_resume_can_be_called_off_while_it_is_read_and_a_late_refusal_is_told(
    project: Project, pool, qtbot
) -> None:
    run = run_of(project.runs, "0001-off", state="stopped", result={"state": "orphaned"})
    project.open()
    training = project.session.training
    qtbot.waitUntil(lambda: training.broke_off)
    training.resume(run.path)
    training.stop()
    assert not training.busy
    said: list[str] = []
    training.refused.connect(said.append)
    training.resume(project.runs / "nowhere")
    qtbot.waitUntil(lambda: bool(said))
    assert "nowhere" in said[0] and not training.busy
    assert not any(getattr(asked.job, "start", "") == "resume" for asked in pool.asked)


def test_reading_a_long_history_tells_how_far_it_is_and_can_be_cancelled(
    project: Project, app, qtbot, monkeypatch
) -> None:
    from nndesigner.gui.monitors import reading

    short = run_of(project.runs, "0002-short", created="2026-01-02T10:00:00+00:00")
    long = run_of(project.runs, "0001-long", 5 * LINES_PER_WORD, created="2026-01-01T10:00:00+00:00")
    wait, read = threading.Event(), reading.run_from_folder

    def slowly(path: Path, progress: Callable[[float, str], None]) -> object:
        def told(fraction: float, sentence: str) -> None:
            if path == long.path:
                wait.wait(0.15)
            progress(fraction, sentence)

        return read(path, told)

    monkeypatch.setattr(reading, "run_from_folder", slowly)
    project.open()
    panel = MonitorsPanel(project.session)
    qtbot.addWidget(panel, before_close_func=lambda w: w.close_down())
    panel.resize(1000, 300)
    panel.show()
    qtbot.waitUntil(lambda: panel.shown_paths == (short.path,))
    assert not panel.cancel_button.isVisible()
    panel.show_runs([long.path])
    assert panel.cancel_button.isVisible() and panel.shown_paths == (short.path,), "it stays meanwhile"
    said: list[str] = []
    qtbot.waitUntil(lambda: said.append(panel.title.text()) or len(set(said)) >= 3)
    assert all(words.startswith("Reading 0001-long: ") and words.endswith(" %") for words in said)
    panel.cancel_button.click()
    wait.set()
    assert panel.shown_paths == (short.path,) and not panel.cancel_button.isVisible()
    panel.show_runs([long.path])
    qtbot.waitUntil(lambda: panel.shown_paths == (long.path,))
    assert len(panel.runs[0].history.series("train", "loss")) == 5 * LINES_PER_WORD


# -- waiting for it ------------------------------------------------------------------------------------------------
def test_waiting_gives_what_the_work_gives_while_timers_go_on(background: Background) -> None:
    turns: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(threading.get_ident()))
    timer.start(1)
    there = background.wait(lambda: (time.sleep(0.2), threading.get_ident())[1])
    timer.stop()
    assert there != threading.get_ident() and len(turns) > 20

    def refuse() -> None:
        raise Refusal("Do this instead.")

    with pytest.raises(Refusal, match="Do this"):
        background.wait(refuse)
    assert background.wait(lambda: 3) == 3
