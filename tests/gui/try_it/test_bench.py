"""The bench asks for one sample at a time, of the run that is looked at, and shows sample, answer and truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableWidget

from nndesigner.base.data_field import DataField
from nndesigner.document import edits
from nndesigner.gui.answer_bars import AnswerBars
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.sample_widget import image_from, sample_widget
from nndesigner.gui.try_it.bench import ASK_MILLISECONDS, TryIt
from nndesigner.protocol.jobs import Predict
from nndesigner.protocol.messages import Done, Failed, State
from nndesigner.runs.history import RunHistory
from nndesigner.session.session import Session
from tests.networks import DIGIT, DIGIT_IMAGE, MIXED_TABLE, PRICE, chain, digits_cnn

IMAGE = np.arange(64, dtype=np.float32).reshape(1, 1, 8, 8) / 4


def shown(path: Path, document) -> ShownRun:
    data = document.data
    found = edits.set_found(document, data.fields, {"all": 10, "train": 6, "test": 4}, "f")
    return ShownRun("0001-run", path, RunHistory(), document.apply(found))


@pytest.fixture
def session(pool, app: QApplication) -> Session:
    return Session(pool)


@pytest.fixture
def view(session: Session, app: QApplication) -> Iterator[TryIt]:
    made = TryIt(session)
    made.resize(340, 600)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def digits(view: TryIt, tmp_path: Path) -> ShownRun:
    run = shown(tmp_path, digits_cnn())
    view.show_run(run)
    return run


def asked(pool, qtbot, number: int = 1) -> list[Predict]:
    qtbot.waitUntil(lambda: len(pool.asked) >= number, timeout=2000)
    return [task.job for task in pool.asked]


def answer(truth: int = 3, said: int = 3, **more) -> Done:
    values = np.full((1, 10), 0.01, np.float32)
    values[0, said] = 0.91
    output = {"values": values, "class": np.array([said]), "classes": list("0123456789")}
    result = {
        "inputs": {"image": IMAGE},
        "targets": {"output1": np.array([truth])},
        "answers": {"output1": output},
        "indices": np.array([17]),
        "step": 1200,
    }
    return Done({**result, **more})


def test_without_a_run_it_says_what_to_do(view: TryIt) -> None:
    assert view._stack.currentIndex() == 0
    assert "Train" in view.sentence.text()
    assert not view.from_data.number.isEnabled()


def test_a_run_is_asked_for_its_first_test_sample(view, digits, pool, qtbot) -> None:
    (job,) = asked(pool, qtbot)
    assert isinstance(job, Predict)
    assert (job.run, job.split, job.indices) == (str(digits.path), "test", (0,))
    assert view.from_data.number.maximum() == 4
    assert [view.from_data.part.itemData(i) for i in range(view.from_data.part.count())] == ["test", "train"]


def test_the_answer_is_shown_beside_the_truth(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    pool.last.end(answer(truth=5, said=3))
    bars = view.findChild(AnswerBars)
    assert [c.name for c in bars.rows if c.answered] == ["3"]
    assert [c.name for c in bars.rows if c.right] == ["5"]
    texts = [label.text() for label in view.findChildren(QLabel)]
    assert "Says “3”, but it is “5”" in texts
    assert view.source.text() == "0001-run  ·  step 1,200"
    picture = view.inputs.editors["image"].seen
    assert picture.image.pixelColor(7, 7).red() > picture.image.pixelColor(0, 0).red()
    view.grab()


def test_turning_through_samples_asks_once(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    pool.last.end(answer())
    for _ in range(3):
        QTest.mouseClick(view.from_data.after, Qt.MouseButton.LeftButton)
    jobs = asked(pool, qtbot, 2)
    QTest.qWait(2 * ASK_MILLISECONDS)
    assert len(pool.asked) == 2
    assert jobs[1].indices == (3,)
    pool.last.end(answer())
    QTest.mouseClick(view.from_data.after, Qt.MouseButton.LeftButton)  # round the corner
    assert asked(pool, qtbot, 3)[2].indices == (0,)
    pool.last.end(answer())
    QTest.mouseClick(view.from_data.before, Qt.MouseButton.LeftButton)
    assert asked(pool, qtbot, 4)[3].indices == (3,)


def test_any_sample_is_one_of_the_part(view, digits, pool, qtbot) -> None:
    for _ in range(20):
        view.from_data.pick_any()
        assert 1 <= view.from_data.number.value() <= 4


def test_another_part_has_its_own_numbers(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    pool.last.end(answer())
    view.from_data.part.setCurrentIndex(1)
    assert asked(pool, qtbot, 2)[1].split == "train"
    assert view.from_data.number.maximum() == 6


def test_an_answer_that_comes_too_late_is_dropped(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    first = pool.asked[0]
    view.from_data.number.setValue(2)
    QTest.qWait(2 * ASK_MILLISECONDS)
    assert len(pool.asked) == 1, "the newer question waits for its worker"
    first.end(answer(said=9))
    assert view._stack.currentIndex() == 0
    assert asked(pool, qtbot, 2)[1].indices == (1,)
    pool.last.end(answer(said=4, truth=4))
    assert [c.name for c in view.findChild(AnswerBars).rows if c.answered] == ["4"]


def test_why_there_is_no_answer(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    pool.last.end(Failed("The run has no checkpoint yet.", "", "refused"))
    assert view.sentence.text() == "The run has no checkpoint yet."
    QTest.mouseClick(view.again, Qt.MouseButton.LeftButton)
    assert len(asked(pool, qtbot, 2)) == 2


def test_an_answer_that_makes_no_sense_is_a_sentence(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    pool.last.end(Done({"answers": {"output1": {}}, "inputs": {"image": IMAGE}}))
    assert "cannot be read" in view.sentence.text()


def test_when_a_run_ends_its_newest_checkpoint_is_asked(view, session, pool, qtbot, tmp_path) -> None:
    session.files.new(digits_cnn())
    session.training.train()
    train = pool.last
    view.show_run(shown(tmp_path, digits_cnn()))
    asked(pool, qtbot, 2)
    pool.last.end(answer())
    train.say(State("running"))
    train.end(Done({}))
    assert len(asked(pool, qtbot, 3)) == 3


def test_out_of_sight_nothing_is_asked(view, pool, tmp_path, qtbot) -> None:
    view.hide()
    view.show_run(shown(tmp_path, digits_cnn()))
    QTest.qWait(2 * ASK_MILLISECONDS)
    assert pool.asked == []
    view.show()
    assert len(asked(pool, qtbot)) == 1


def test_a_single_value_is_the_chance_of_the_second_class(view, digits, pool, qtbot) -> None:
    asked(pool, qtbot)
    output = {"values": np.array([[0.8]], np.float32), "class": np.array([1]), "classes": ["no", "yes"]}
    pool.last.end(answer(truth=1, answers={"output1": output}))
    shares = [round(c.share, 3) for c in view.findChild(AnswerBars).rows]
    assert shares == [0.2, 0.8]


def test_a_number_stands_beside_the_true_one(view, pool, qtbot, tmp_path) -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})], [MIXED_TABLE, PRICE]
    )
    view.show_run(shown(tmp_path, document))
    asked(pool, qtbot)
    row = np.array([[171.0, 2.0, np.nan]], np.float32)
    pool.last.end(
        Done(
            {
                "inputs": {"row": row},
                "targets": {"output1": np.array([[100.0]])},
                "answers": {"output1": {"values": np.array([[120.5]], np.float32)}},
                "step": 1,
            }
        )
    )
    (numbers,) = view.findChildren(QTableWidget)
    assert view.inputs.editors["row"].value().tolist()[:2] == [171.0, 2.0]
    assert [numbers.item(0, i).text() for i in range(4)] == ["price", "120.5", "100", "20.5"]


def test_samples_of_every_kind(app, qtbot) -> None:
    series = DataField(
        name="s", role="input", kind="series", element="float", axes=(("time", 5), ("feature", 2))
    )
    tokens = DataField(
        name="t", role="input", kind="tokens", element="int", axes=(("time", 3),), tokens=("<b>", "b", "c")
    )
    for field, value in (
        (DIGIT_IMAGE, IMAGE[0]),
        (MIXED_TABLE, np.zeros(3, np.float32)),
        (series, np.zeros((5, 2), np.float32)),
        (tokens, np.array([0, 1, 2])),
    ):
        widget = sample_widget(field, value)
        qtbot.addWidget(widget)
        widget.grab()
    assert widget.text() == "<b>bc"
    assert widget.textFormat() == Qt.TextFormat.PlainText


def test_colour_images_and_ranges() -> None:
    field = DataField(name="i", role="input", kind="image", element="float", axes=(("channel", 3),))
    red = np.zeros((3, 2, 2), np.uint8)
    red[0] = 255
    assert image_from(field, red).pixelColor(0, 0).getRgb()[:3] == (255, 0, 0)
    grey = image_from(DIGIT_IMAGE, np.full((1, 2, 2), 16.0, np.float32))
    assert grey.pixelColor(1, 1).getRgb()[:3] == (255, 255, 255)
    two = image_from(field, np.stack((np.full((2, 2), 255), np.zeros((2, 2)))).astype(np.uint8))
    assert two.pixelColor(0, 0).red() == 255


def test_names_are_shown_as_text(view, pool, qtbot, tmp_path) -> None:
    hostile = DIGIT.__class__(
        name="digit", role="target", kind="class", element="int", classes=("<b>0", "<img src=x>")
    )
    document = chain(
        [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 2}), ("Output", {})],
        [DIGIT_IMAGE, hostile],
    )
    run = shown(tmp_path, document)
    run.name = "<b>run"
    view.show_run(run)
    asked(pool, qtbot)
    output = {"values": np.array([[0.2, 0.8]]), "class": np.array([1]), "classes": list(hostile.classes)}
    pool.last.end(answer(truth=1, answers={"output1": output}))
    for label in view.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
    assert any("<img src=x>" in label.text() for label in view.findChildren(QLabel))
    view.grab()


def test_an_answer_after_closing_is_not_listened_to(session, pool, tmp_path, app, qtbot) -> None:
    view = TryIt(session)
    view.show()
    view.show_run(shown(tmp_path, digits_cnn()))
    asked(pool, qtbot)
    view.close_down()
    pool.last.end(answer())
    assert view._stack.currentIndex() == 0
    assert not view._timer.isActive()
    view.close()
    view.deleteLater()
