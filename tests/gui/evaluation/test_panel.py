"""The evaluation panel, by mouse and keys: evaluate, turn pages, click a cell to see its samples, save a page."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from nndesigner.document import edits
from nndesigner.gui.evaluation.panel import EvaluationPanel
from nndesigner.protocol.jobs import Evaluate, Predict
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.runs.evaluations import Evaluation, plain, save
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn
from tests.training.evaluation.hand_made import class_output, evaluation, number_output

LEFT = Qt.MouseButton.LeftButton
TRUTH = np.arange(90) % 3
SAID = np.where(np.arange(90) % 9 == 4, (TRUTH + 1) % 3, TRUTH)  # ten of class 1 are taken for 2


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluation(class_output(TRUTH, SAID, 3))


@pytest.fixture
def session(app: QApplication, pool, tmp_path: Path) -> Session:
    made = Session(pool)
    document = digits_cnn()
    assert document.data is not None
    counts = {"all": 180, "train": 90, "test": 90}
    made.files.new(document.apply(edits.set_found(document, document.data.fields, counts, "f" * 64)))
    made.files.save_as(tmp_path / "digits.nnd")
    return made


@pytest.fixture
def make_run(session: Session) -> Callable[[str], RunFolder]:
    """A run with a checkpoint, as its folder tells it."""

    def make(name: str) -> RunFolder:
        run = create_at(session.training.folder / name, session.document)
        run.checkpoint_path(40).mkdir(parents=True)
        run.save_record(state="finished")
        session.training.list.look()
        return run

    return make


@pytest.fixture
def run(make_run: Callable[[str], RunFolder]) -> RunFolder:
    return make_run("0001-a")


@pytest.fixture
def make_panel(session: Session, app: QApplication) -> Iterator[Callable[[], EvaluationPanel]]:
    made: list[EvaluationPanel] = []

    def make() -> EvaluationPanel:
        panel = EvaluationPanel(session)
        made.append(panel)
        panel.resize(1100, 360)
        panel.show()
        app.processEvents()
        return panel

    yield make
    for panel in made:
        panel.close_down()
        panel.close()
        panel.deleteLater()
    app.processEvents()


@pytest.fixture
def panel(run: RunFolder, found: Evaluation, make_panel) -> EvaluationPanel:
    """On a run that has been evaluated before."""
    save(run, found)
    return make_panel()


def open_page(panel: EvaluationPanel, name: str) -> None:
    """By a click on its tab."""
    page = panel.pages[name]
    at = panel.tabs.indexOf(page)
    assert at >= 0
    QTest.mouseClick(panel.tabs.tabBar(), LEFT, pos=panel.tabs.tabBar().tabRect(at).center())
    QApplication.processEvents()
    assert panel.page is page


def cell_place(panel: EvaluationPanel, row: int, column: int) -> QPoint:
    matrix = panel.confusion.matrix
    frame, n = matrix.frame(), len(matrix.counts)
    return QPoint(
        round(frame.left() + (column + 0.5) * frame.width() / n),
        round(frame.top() + (row + 0.5) * frame.height() / n),
    )


# -- evaluating ------------------------------------------------------------------------------------------------------
def test_without_a_run_it_says_what_to_do(make_panel) -> None:
    panel = make_panel()
    assert "Train a network" in panel.empty.sentence.text()
    assert not panel.button.isEnabled() and "train for an epoch" in panel.button.toolTip()


def test_a_click_evaluates_and_shows_what_was_found(run, pool, make_panel, found) -> None:
    panel = make_panel()
    assert panel.empty.title.text() == "Not evaluated yet"
    panel.group.setCurrentIndex(panel.group.findData("digit"))
    QTest.mouseClick(panel.button, LEFT)
    job = pool.asked[-1].job
    assert isinstance(job, Evaluate)
    assert (job.run, job.part, job.group) == (str(run.path), "test", "digit")
    pool.asked[-1].say(Progress(0.4, "Sample 40 of 90"))
    assert panel.working.isVisible() and panel.bar.value() == 400 and not panel.button.isEnabled()
    pool.asked[-1].end(Done({**plain(found), "remarks": []}))
    assert not panel.working.isVisible() and panel.stack.currentIndex() == 1
    assert not panel.remark.isVisible()
    shown = {row[0]: row[1] for row in panel.pages["overview"].table()[1]}
    assert shown["accuracy"] == pytest.approx(80 / 90)


def test_it_can_be_cancelled_and_a_failure_is_told(run, pool, make_panel) -> None:
    panel = make_panel()
    QTest.mouseClick(panel.button, LEFT)
    QTest.mouseClick(panel.cancel, LEFT)
    assert pool.asked[-1].cancelled
    pool.asked[-1].end(Failed("Cancelled.", "", "cancelled"))
    assert panel.empty.title.text() == "Not evaluated yet" and panel.button.isEnabled()
    QTest.mouseClick(panel.button, LEFT)
    pool.asked[-1].end(Failed("The data is gone.", "", "refused"))
    assert panel.empty.sentence.text() == "The data is gone."


def test_what_was_found_before_is_there_at_once_and_told_stale(panel, session, pool, run) -> None:
    assert panel.stack.currentIndex() == 1 and not pool.asked and not panel.remark.isVisible()
    run.checkpoint_path(80).mkdir()
    (run.path / "checkpoints" / "step-00000080" / "manifest.json").write_text("{}")
    document = session.document
    assert document.data is not None
    session.edit(
        "read",
        "set_found",
        fields=document.data.fields,
        counts=document.data.counts,
        fingerprint="new",
        remarks=(),
    )
    session.evaluating.look(run.path, "test", session.document.data)
    assert "data has changed" in panel.remark_words.text() and panel.remark.isVisible()


def test_parts_that_have_no_samples_cannot_be_chosen(panel) -> None:
    model = panel.part.model()
    assert [model.item(i).isEnabled() for i in range(3)] == [True, False, True]


def test_another_run_shows_what_is_kept_of_it(panel, make_run, session) -> None:
    other = make_run("0002-b")
    assert panel.run.count() == 2 and panel.chosen[0].name == "0001-a"
    panel.show_run(other.path)
    assert panel.stack.currentIndex() == 0 and panel.empty.title.text() == "Not evaluated yet"


# -- the confusion matrix ----------------------------------------------------------------------------------------------
def test_a_click_on_a_cell_shows_the_samples_of_that_cell(panel, pool, run) -> None:
    open_page(panel, "confusion")
    QTest.mouseClick(panel.confusion.matrix, LEFT, pos=cell_place(panel, 1, 2))
    job = pool.asked[-1].job
    assert isinstance(job, Predict)
    wrong = np.flatnonzero(np.arange(90) % 9 == 4)
    assert job.indices == tuple(wrong.tolist()) and job.split == "test"
    assert job.checkpoint == str(run.path / "checkpoints" / "step-00000040")
    images = np.zeros((10, 1, 8, 8), np.uint8)
    images[3] = 255
    pool.asked[-1].end(Done({"inputs": {"image": images}, "answers": {}, "indices": wrong}))
    samples = panel.confusion.gallery.samples
    assert [sample.index for sample in samples] == wrong.tolist()
    assert all((s.truth, s.answer, s.wrong) == ("b", "c", True) for s in samples)
    assert samples[0].image.pixelColor(0, 0).red() == 0 and samples[3].image.pixelColor(0, 0).red() == 255
    assert "10 × “b” taken for “c”" in panel.confusion.words.text()


def test_answers_for_a_cell_that_is_left_already_are_not_shown(panel, pool) -> None:
    open_page(panel, "confusion")
    QTest.mouseClick(panel.confusion.matrix, LEFT, pos=cell_place(panel, 1, 2))
    first = pool.asked[-1]
    QTest.mouseClick(panel.confusion.matrix, LEFT, pos=cell_place(panel, 0, 0))
    first.end(Done({"inputs": {"image": np.zeros((10, 1, 8, 8), np.uint8)}}))
    assert panel.confusion.gallery.samples == ()
    assert pool.asked[-1] is not first and len(pool.asked[-1].job.indices) != 10
    assert "answered right" in panel.confusion.words.text()


def test_an_empty_cell_asks_for_nothing_and_a_failure_is_told(panel, pool) -> None:
    open_page(panel, "confusion")
    QTest.mouseClick(panel.confusion.matrix, LEFT, pos=cell_place(panel, 0, 2))
    assert not pool.asked and "0 × “a” taken for “c”" in panel.confusion.words.text()
    QTest.mouseClick(panel.confusion.matrix, LEFT, pos=cell_place(panel, 2, 2))
    pool.asked[-1].end(Failed("The data is gone.", "", "refused"))
    assert panel.confusion.words.text() == "The data is gone."


def test_the_arrow_keys_go_from_cell_to_cell(panel, pool) -> None:
    open_page(panel, "confusion")
    panel.confusion.matrix.setFocus()
    QTest.keyClick(panel.confusion.matrix, Qt.Key.Key_Right)
    assert panel.confusion.matrix.cell == (0, 0)
    QTest.keyClick(panel.confusion.matrix, Qt.Key.Key_Down)
    QTest.keyClick(panel.confusion.matrix, Qt.Key.Key_Down)
    QTest.keyClick(panel.confusion.matrix, Qt.Key.Key_Down)
    assert panel.confusion.matrix.cell == (2, 0)


# -- the other pages ---------------------------------------------------------------------------------------------------
def test_a_click_on_a_header_sorts_the_classes(panel) -> None:
    open_page(panel, "classes")
    table = panel.pages["classes"].numbers
    header = table.horizontalHeader()
    at = table.header().index("recall")
    place = QPoint(header.sectionViewportPosition(at) + header.sectionSize(at) // 2, header.height() // 2)
    QTest.mouseClick(header.viewport(), LEFT, pos=place)
    assert next(row[0] for row in table.rows()) == "b"
    QTest.mouseClick(header.viewport(), LEFT, pos=place)
    assert [row[0] for row in table.rows()][-1] == "b"


def test_every_page_of_classes_shows_something(panel) -> None:
    names = [panel.tabs.widget(i).name for i in range(panel.tabs.count())]
    assert names == ["overview", "classes", "confusion", "curves", "samples", "groups"]
    for name in names:
        open_page(panel, name)
        header, rows = panel.page.table()
        assert (len(rows) > 0) == (name != "groups")
        assert all(len(row) == len(header) for row in rows)
    curves = panel.pages["curves"]
    for kind in range(3):
        curves.kind.setCurrentIndex(kind)
        assert curves.chart.strokes and curves.table()[1]
    panel.pages["samples"].order.setCurrentIndex(1)
    assert len(panel.pages["samples"].gallery.samples) == 10


def test_numbers_have_a_forecast_and_residuals(run, make_panel) -> None:
    truth = np.sin(np.arange(120) / 9)[:, None]
    save(run, evaluation(number_output(truth, truth + 0.5, kind="series")))
    panel = make_panel()
    names = [panel.tabs.widget(i).name for i in range(panel.tabs.count())]
    assert names == ["overview", "forecast", "residuals", "samples", "groups"]
    open_page(panel, "forecast")
    assert [len(stroke.x) for stroke in panel.page.chart.strokes] == [120, 120]
    open_page(panel, "residuals")
    assert "bias 0.5" in panel.page.words.text()
    assert len(panel.page.scatter.dots.x) == 120
    assert [row[4] for row in panel.page.table()[1]][:3] == pytest.approx([0.5] * 3, abs=1e-5)


def test_what_is_shown_is_saved_as_table_and_as_picture(panel, tmp_path, monkeypatch) -> None:
    open_page(panel, "confusion")
    asked: list[str] = []

    def choose(parent, title, name, words):
        asked.append(name)
        return str(tmp_path / Path(name).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    for action in panel.save.menu().actions()[:3]:
        action.trigger()
    assert asked == [f"0001-a-test-confusion{ending}" for ending in (".csv", ".png", ".svg")]
    with open(tmp_path / asked[0], encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["truth", "a", "b", "c"],
        ["a", "30", "0", "0"],
        ["b", "0", "20", "10"],
        ["c", "0", "0", "30"],
    ]
    assert (tmp_path / asked[1]).read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / asked[2]).read_bytes()


def test_the_report_is_asked_for_of_the_run_that_is_chosen(panel, qtbot) -> None:
    with qtbot.waitSignal(panel.report_wanted) as signal:
        QTest.mouseClick(panel.report, LEFT)
    assert signal.args[0].name == "0001-a"
