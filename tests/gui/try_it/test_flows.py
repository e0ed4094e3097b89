"""What follows a sample on the bench: its answer while it is drawn, why it is so, what is like it, texts, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from nndesigner.base.data_field import DataField
from nndesigner.gui.try_it.answers import ClassMap, certainty
from nndesigner.gui.try_it.bench import ASK_MILLISECONDS, TryIt
from nndesigner.gui.try_it.file_dialog import FileDialog
from nndesigner.gui.try_it.heat import HeatPicture, HeatStrip, ShadedText, SignedBars
from nndesigner.gui.try_it.nearest import Neighbours
from nndesigner.protocol.jobs import Explain, Generate, Nearest, Predict, PredictFile, ReadInputs
from nndesigner.protocol.messages import Done, Failed, Frame, Progress
from nndesigner.session.session import Session
from tests.gui.try_it.test_bench import IMAGE, answer, asked, shown
from tests.networks import MIXED_TABLE, PRICE, chain, digits_cnn

LETTERS = tuple("\n abcdefgh")
TEXT = DataField(name="text", role="input", kind="tokens", element="int", axes=(("time", 6),), tokens=LETTERS)
NEXT = DataField(
    name="next", role="target", kind="tokens", element="int", axes=(("time", 6),), tokens=LETTERS
)


@pytest.fixture
def session(pool, app: QApplication) -> Session:
    return Session(pool)


@pytest.fixture
def view(session: Session, app: QApplication) -> Iterator[TryIt]:
    made = TryIt(session)
    made.resize(340, 900)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def digits(view: TryIt, pool, qtbot, tmp_path: Path) -> TryIt:
    """A bench on a digits network, with the first test sample answered."""
    view.show_run(shown(tmp_path, digits_cnn()))
    asked(pool, qtbot)
    pool.last.end(answer())
    return view


def writer() -> object:
    return chain(
        [
            ("TokensInput", {}),
            ("Embedding", {"embedding_dim": 4}),
            ("Linear", {"out_features": len(LETTERS)}),
            ("Output", {}),
        ],
        [TEXT, NEXT],
    )


def choose(view: TryIt, method: str) -> None:
    combo = view.explanation.method
    combo.setCurrentIndex(combo.findData(method))
    assert combo.currentData() == method, f"there is no {method}"
    combo.activated.emit(combo.currentIndex())


# -- drawing -----------------------------------------------------------------------------------------------------------
def test_a_drawing_is_asked_about_while_it_is_drawn(digits: TryIt, pool, qtbot) -> None:
    canvas = digits.inputs.editors["image"].canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(60, 20))
    for y in range(20, 120, 10):
        QTest.mouseMove(canvas, QPoint(60, y))
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, Predict) and not job.split
    assert job.inputs["image"].shape == (1, 1, 8, 8) and job.inputs["image"].max() > 1.0
    for y in range(120, 190, 10):
        QTest.mouseMove(canvas, QPoint(60, y))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(60, 180))
    QTest.qWait(3 * ASK_MILLISECONDS)
    assert len(pool.asked) == 2, "the newest drawing waits for the answer under way"
    pool.last.end(answer(said=1))
    newest = asked(pool, qtbot, 3)[2]
    assert newest.inputs["image"].sum() > job.inputs["image"].sum()
    done = answer(said=1)
    del done.result["targets"]
    pool.last.end(done)
    assert any(label.text() == "Says “1”" for label in digits.findChildren(QLabel))
    bars = digits.answers.bars["output1"]
    assert not any(row.right for row in bars.rows), "of what was drawn nobody knows the truth"


def test_a_dropped_picture_is_read_by_a_worker_and_then_asked_about(
    digits: TryIt, pool, qtbot, tmp_path: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "seven.png"))])
    drop = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(digits.inputs.editors["image"], enter)
    assert enter.isAccepted()
    QApplication.sendEvent(digits.inputs.editors["image"], drop)
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, ReadInputs) and job.file == str(tmp_path / "seven.png")
    pool.last.end(Done({"inputs": {"image": IMAGE}, "remarks": ["It was large."]}))
    job = asked(pool, qtbot, 3)[2]
    assert isinstance(job, Predict) and (job.inputs["image"] == IMAGE).all()
    pool.last.end(answer(said=7))
    assert "It was large." in digits.remark.text()


def test_a_file_that_does_not_fit_is_a_sentence(digits: TryIt, pool, qtbot, tmp_path: Path) -> None:
    digits.inputs.given.emit("image", str(tmp_path / "a.npy"))
    asked(pool, qtbot, 2)
    pool.last.end(Done({"inputs": {"image": np.zeros((1, 3, 4, 4))}, "remarks": []}))
    assert digits.problem.text() == "A sample of “image” is 1 × 8 × 8; the file holds 3 × 4 × 4."
    digits.inputs.given.emit("image", str(tmp_path / "a.png"))
    asked(pool, qtbot, 3)
    pool.last.end(Failed("It is damaged.", "", "refused"))
    assert digits.problem.text() == "It is damaged."


def test_the_wheel_scrolls_and_changes_nothing(digits: TryIt, app) -> None:
    combo = digits.explanation.method
    at = QPointF(combo.rect().center())
    turn = QWheelEvent(
        at,
        QPointF(combo.mapToGlobal(at.toPoint())),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, turn)
    assert combo.currentIndex() == 0


# -- why ---------------------------------------------------------------------------------------------------------------
def test_an_explanation_lies_over_the_sample(digits: TryIt, pool, qtbot) -> None:
    methods = [digits.explanation.method.itemData(i) for i in range(digits.explanation.method.count())]
    assert methods == ["", "saliency", "integrated_gradients", "occlusion", "grad_cam"]
    choose(digits, "integrated_gradients")
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, Explain)
    assert (job.method, job.output, job.wanted) == ("integrated_gradients", "output1", -1)
    assert (job.inputs["image"] == IMAGE).all()
    numbers = np.zeros((8, 8), np.float32)
    numbers[2, 3], numbers[5, 5] = 4.0, -4.0
    pool.last.end(Done({"numbers": {"image": numbers}, "score": 5.0, "baseline": 1.0, "gap": 0.0}))
    (heat,) = digits.findChildren(HeatPicture)
    picture = heat.overlaid()
    warm, cold = picture.pixelColor(3, 2), picture.pixelColor(5, 5)
    assert warm.red() > warm.blue() and cold.blue() > cold.red()
    still = picture.pixelColor(0, 0)
    assert still.red() == still.green() == still.blue()
    assert "Score 5, of an empty input 1." in " ".join(label.text() for label in digits.findChildren(QLabel))
    digits.grab()


def test_the_next_sample_is_explained_too_and_nothing_once_it_is_off(digits: TryIt, pool, qtbot) -> None:
    choose(digits, "saliency")
    asked(pool, qtbot, 2)
    pool.last.end(Done({"numbers": {"image": np.ones((8, 8))}, "score": 1.0, "baseline": None}))
    QTest.mouseClick(digits.from_data.after, Qt.MouseButton.LeftButton)
    asked(pool, qtbot, 3)
    pool.last.end(answer())
    assert isinstance(asked(pool, qtbot, 4)[3], Explain)
    pool.last.end(Failed("There is not enough memory.", "", "memory"))
    assert any(label.text() == "There is not enough memory." for label in digits.findChildren(QLabel))
    digits.explanation.method.setCurrentIndex(0)
    digits.explanation.method.activated.emit(0)
    assert not digits.findChildren(HeatPicture) or all(
        heat.isHidden() for heat in digits.findChildren(HeatPicture)
    )
    QTest.mouseClick(digits.from_data.after, Qt.MouseButton.LeftButton)
    asked(pool, qtbot, 5)
    pool.last.end(answer())
    QTest.qWait(300)
    assert len(pool.asked) == 5


def test_grad_cam_asks_about_the_last_convolution(digits: TryIt, pool, qtbot) -> None:
    choose(digits, "grad_cam")
    job = asked(pool, qtbot, 2)[1]
    names = [digits.explanation.layer.itemText(i) for i in range(digits.explanation.layer.count())]
    assert names == ["conv1", "relu1", "pool1"]
    assert digits.explanation.layer.currentText() == "conv1"
    assert job.node == digits.explanation.layer.currentData() != ""


def test_columns_have_bars(view: TryIt, pool, qtbot, tmp_path: Path) -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})], [MIXED_TABLE, PRICE]
    )
    view.show_run(shown(tmp_path, document))
    asked(pool, qtbot)
    row = np.array([[171.0, 2.0, 70.0]], np.float32)
    answers = {"output1": {"values": np.array([[120.5]], np.float32)}}
    pool.last.end(Done({"inputs": {"row": row}, "answers": answers, "step": 1}))
    choose(view, "occlusion")
    asked(pool, qtbot, 2)
    numbers = {"row": np.array([1.0, -8.0, 3.0])}
    pool.last.end(Done({"numbers": numbers, "score": 120.5, "baseline": 150.0}))
    (bars,) = view.findChildren(SignedBars)
    assert bars.rows == [("sex", -8.0), ("weight", 3.0), ("height", 1.0)]
    view.grab()
    bars = SignedBars([str(i) for i in range(50)], list(range(50)))
    qtbot.addWidget(bars)
    bars.grab()
    strip = HeatStrip(np.random.default_rng(0).normal(size=(30, 2)))
    qtbot.addWidget(strip)
    strip.grab()


# -- what is like it ---------------------------------------------------------------------------------------------------
def test_nearest_samples_are_shown_and_can_be_called_off(digits: TryIt, pool, qtbot) -> None:
    QTest.mouseClick(digits.nearest.wanted, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, Nearest) and (job.inputs["image"] == IMAGE).all()
    pool.last.say(Progress(0.4, "400 of 1,000 training samples"))
    assert digits.nearest.bar.isVisible() and digits.nearest.bar.value() == 400
    found = {
        "indices": np.array([5, 9]),
        "distances": np.array([0.5, 1.25]),
        "inputs": {"image": np.repeat(IMAGE, 2, axis=0)},
        "targets": {"output1": np.array([3, 8])},
        "compared": 5000,
        "training": 60000,
        "layer": "relu3",
    }
    pool.last.end(Done(found))
    (shown_,) = digits.findChildren(Neighbours)
    assert shown_.words == ["3", "8"] and shown_.distances == ["0.5", "1.25"]
    assert any("5,000 of 60,000" in label.text() for label in digits.findChildren(QLabel))
    assert not digits.nearest.bar.isVisible()
    digits.grab()
    QTest.mouseClick(digits.from_data.after, Qt.MouseButton.LeftButton)
    asked(pool, qtbot, 3)
    pool.last.end(answer())
    asked(pool, qtbot, 4)
    pool.last.say(Progress(0.1, "100 of 1,000 training samples"))
    QTest.mouseClick(digits.nearest.cancel, Qt.MouseButton.LeftButton)
    assert pool.last.cancelled and not digits.nearest.on


# -- texts -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def text_bench(view: TryIt, pool, qtbot, tmp_path: Path) -> TryIt:
    view.show_run(shown(tmp_path, writer()))
    asked(pool, qtbot)
    pool.last.end(text_answer([2, 3, 4, 2, 3, 4], sample=True))
    return view


def text_answer(codes: list[int], *, sample: bool = False) -> Done:
    values = np.full((1, 6, len(LETTERS)), 0.02, np.float32)
    for place in range(6):
        values[0, place, place + 2] = 0.82
    output = {"values": values, "class": values.argmax(axis=2), "classes": list(LETTERS)}
    result: dict = {"answers": {"output1": output}, "step": 5}
    if sample:
        result |= {"inputs": {"text": np.array([codes])}, "targets": {"output1": np.array([codes])}}
    return Done(result)


def test_a_short_text_is_answered_at_its_last_place(text_bench: TryIt, pool, qtbot) -> None:
    view = text_bench
    text = view.inputs.editors["text"].text
    assert text.toPlainText() == "abcabc"
    assert [c.name for c in view.answers.bars["output1"].rows if c.answered] == ["f"], (
        "the last of six places"
    )
    text.selectAll()
    QTest.keyClicks(text, "ab")
    job = asked(pool, qtbot, 2)[1]
    assert job.inputs["text"].tolist() == [[2, 3, 0, 0, 0, 0]]
    pool.last.end(text_answer([]))
    assert [c.name for c in view.answers.bars["output1"].rows if c.answered] == ["b"], "the second place"
    choose(view, "occlusion")
    job = asked(pool, qtbot, 3)[2]
    assert isinstance(job, Explain) and job.place == 1
    pool.last.end(Done({"numbers": {"text": np.arange(6.0)}, "score": 1.0, "baseline": 0.0, "gap": 0.0}))
    (shaded,) = view.findChildren(ShadedText)
    assert shaded.tokens == ["a", "b"]
    view.grab()


def test_what_is_not_known_is_named_and_not_asked(text_bench: TryIt, pool, qtbot) -> None:
    text = text_bench.inputs.editors["text"].text
    text.selectAll()
    QTest.keyClicks(text, "axb")
    qtbot.waitUntil(lambda: "“x”" in text_bench.problem.text())
    assert len(pool.asked) in (1, 2)
    assert all(job.job.inputs.get("text") is None or len(job.job.inputs["text"]) for job in pool.asked)
    assert not text_bench.writing.go.isEnabled()


def test_a_text_is_written_token_by_token_and_stopped(text_bench: TryIt, pool, qtbot) -> None:
    writing = text_bench.writing
    writing.length.setValue(50)
    writing.top_k.setValue(3)
    writing.fresh.setChecked(False)
    writing.seed.setValue(7)
    QTest.mouseClick(writing.go, Qt.MouseButton.LeftButton)
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, Generate)
    assert (job.prompt, job.length, job.top_k, job.seed) == ((2, 3, 4, 2, 3, 4), 50, 3, 7)
    assert job.temperature == pytest.approx(0.8) and writing.go.text() == "Stop"
    pool.last.say(Frame("generated", "", 1, 0.0, {"codes": np.array([5])}))
    assert writing.text.toPlainText() == "abcabcd"
    pool.last.say(Frame("generated", "", 3, 0.0, {"codes": np.array([5, 6, 7])}))
    assert writing.text.toPlainText() == "abcabcdef"
    QTest.mouseClick(writing.go, Qt.MouseButton.LeftButton)
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert writing.go.text() == "Write" and writing.said.text() == "Stopped."
    assert writing.text.toPlainText() == "abcabcdef", "what was written stays"
    QTest.mouseClick(writing.go, Qt.MouseButton.LeftButton)
    pool.last.end(Done({"codes": np.array([5, 5]), "chances": np.array([0.5, 0.5], np.float32)}))
    assert writing.text.toPlainText() == "abcabcdd" and "Perplexity 2.0" in writing.said.text()


# -- whole files -------------------------------------------------------------------------------------------------------
def test_a_table_of_answers(digits: TryIt, pool, qtbot, tmp_path: Path) -> None:
    QTest.mouseClick(digits.whole_file, Qt.MouseButton.LeftButton)
    (dialog,) = digits.window().findChildren(FileDialog)
    qtbot.waitUntil(lambda: dialog.focusWidget() is not None)
    assert dialog.focusWidget() is dialog.source, "typing begins at the first line"
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.source, str(tmp_path / "pictures"))
    assert dialog.target.text() == str(tmp_path / "pictures-answers.csv")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, PredictFile)
    assert (job.file, job.out) == (str(tmp_path / "pictures"), str(tmp_path / "pictures-answers.csv"))
    pool.last.say(Progress(0.5, "512 of 1,024 pictures"))
    assert dialog.bar.value() == 500 and dialog.said.text() == "512 of 1,024 pictures"
    dialog.grab()
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert "nothing was written" in dialog.said.text()
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    pool.last.end(Failed("torn.png cannot be read as a picture.", "", "refused"))
    assert dialog.said.text() == "torn.png cannot be read as a picture."
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    pool.last.end(Done({"path": "/x/out.csv", "samples": 3, "remarks": ["It was so."]}))
    assert dialog.said.text() == "3 samples answered: /x/out.csv\nIt was so."
    dialog.close()


# -- answers -----------------------------------------------------------------------------------------------------------
def test_how_sure_it_is() -> None:
    assert "entropy 1.00 of 1.00 bits" in certainty(np.array([0.5, 0.5]))
    assert certainty(np.array([0.5, 0.5])).startswith("Undecided")
    assert certainty(np.array([0.999, 0.001])).startswith("Certain")
    assert certainty(np.array([3.0, -1.0])) == "", "scores are no probabilities"


def test_a_class_for_every_pixel_is_a_map(app, qtbot) -> None:
    values = np.zeros((3, 4, 6))
    values[1, :, :3] = 1.0
    made = ClassMap(values, ["road", "sky", "tree"])
    qtbot.addWidget(made)
    assert made.accessibleName() == "road: 50 %, sky: 50 %"
    made.grab()


def test_what_was_drawn_stays_for_another_run(digits: TryIt, pool, qtbot, tmp_path: Path) -> None:
    document = digits.run.document
    editor = digits.inputs.editors["image"]
    QTest.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    asked(pool, qtbot, 2)
    pool.last.end(answer())
    (tmp_path / "other").mkdir()
    digits.show_run(shown(tmp_path / "other", document))
    job = asked(pool, qtbot, 3)[2]
    assert job.run == str(tmp_path / "other") and digits.inputs.editors["image"] is editor
    assert (job.inputs["image"][0] == editor.value()).all()
