"""The page of the augmentation, with real mouse and key events: with a pool the test speaks for, and a real worker."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QStyle, QStyleOptionSlider

from nndesigner.base.data_field import DataField
from nndesigner.document import edits
from nndesigner.gui.augmentation.draws_grid import DrawsGrid
from nndesigner.gui.augmentation.view import AugmentationView
from nndesigner.gui.training_panel import TrainingPanel
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Augment
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session

LEFT = Qt.MouseButton.LeftButton
IMAGE = DataField(
    name="pixels",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 8), ("width", 8)),
    statistics={"minimum": 0, "maximum": 16},
)
DIGIT = DataField(name="digit", role="target", kind="class", element="int", classes=("0", "1"))


def result(samples: int, draws: int, *, mask: bool = False) -> Done:
    """A picture whose brightness says which sample and which draw it is."""
    pictures = np.zeros((samples, 1 + draws, 1, 8, 8), np.uint8)
    for i in range(samples):
        for j in range(1 + draws):
            pictures[i, j] = 40 * i + 10 * j
    found = {
        "kind": "image",
        "field": "pixels",
        "numbers": list(range(samples)),
        "words": [[f"{i}.{j}" for j in range(1 + draws)] for i in range(samples)],
        "steps": [],
        "pictures": pictures,
    }
    if mask:
        found["masks"] = np.tile(np.eye(8, dtype=np.uint8), (samples, 1 + draws, 1, 1))
    return Done(found)


def press(view: AugmentationView, words: str) -> None:
    """Chooses an entry of the menu of "Add a step", as a person does."""

    def pick() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(action for action in menu.actions() if action.text() == words)
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())

    QTimer.singleShot(50, pick)
    QTest.mouseClick(view.add_button, LEFT)


def opened(window) -> AugmentationView:
    window.actions_.run("show-data")
    tabs = window.data_page.view.tabs
    QTest.mouseClick(tabs.tabBar(), LEFT, pos=tabs.tabBar().tabRect(1).center())
    assert isinstance(window.data_page.augmentation, AugmentationView)
    return window.data_page.augmentation


@pytest.fixture
def known(staffed, pool):
    """A window on data that is known, with no worker asked."""
    session = staffed.session
    session.edit("", "set_data", type="digits")
    pool.last.end(Done())
    found = {"all": 120, "train": 100, "validation": 10, "test": 10}
    session.editing.amend("set_found", fields=(IMAGE, DIGIT), counts=found, fingerprint="x")
    return staffed


def steps(session: Session) -> list[dict]:
    plan = session.document.plan
    return [dict(entry) for entry in plan.augmentation] if plan is not None else []


def asked(pool) -> list[dict]:
    """The steps that the last question is about."""
    assert isinstance(pool.last.job, Augment)
    plan = decode(pool.last.job.project).document.plan
    return [dict(entry) for entry in plan.augmentation] if plan is not None else []


def test_steps_are_added_switched_moved_and_removed_each_as_one_step_to_undo(known, pool, qtbot) -> None:
    view, session = opened(known), known.session
    press(view, "Random crop")
    press(view, "Gaussian noise")
    assert [step["type"] for step in steps(session)] == ["crop", "noise"]
    assert known.data_page.view.tabs.tabText(1) == "Augmentation (2)"
    depth = session.editing.history.depth
    QTest.mouseClick(view.cards[1].up, LEFT)
    assert [step["type"] for step in steps(session)] == ["noise", "crop"]
    assert not view.cards[0].up.isEnabled() and not view.cards[1].down.isEnabled()
    box = view.cards[0].switch
    QTest.mouseClick(box, LEFT, pos=QPoint(10, box.height() // 2))
    assert steps(session)[0] == {"type": "noise", "off": True} and view.cards[0].form.isHidden()
    assert known.data_page.view.tabs.tabText(1) == "Augmentation (1)"
    QTest.mouseClick(view.cards[1].gone, LEFT)
    assert [step["type"] for step in steps(session)] == ["noise"]
    assert session.editing.history.depth == depth + 3
    for _ in range(3):
        session.undo()
    assert (
        [step["type"] for step in steps(session)] == ["crop", "noise"] == [card.type for card in view.cards]
    )


def test_only_what_fits_the_data_is_offered(known) -> None:
    view = opened(known)
    kinds = {kind.type for kind in view.offered()}
    assert {"crop", "rotation", "mixup", "cutmix", "tone_mask"} <= kinds
    assert not {"hue", "saturation", "jitter", "gain"} & kinds


def test_a_step_that_does_not_fit_says_why_below_its_name(known) -> None:
    view = opened(known)
    known.session.edit("", "set_augmentation", steps=[{"type": "hue"}, {"type": "sharpen"}, {"type": "crop"}])
    said = [card.sentence.text() for card in view.cards]
    assert "three channels" in said[0] and "no augmentation “sharpen”" in said[1] and said[2] == ""
    assert view.cards[1].form is None and view.cards[1].sentence.isVisible()
    QTest.mouseClick(view.cards[1].gone, LEFT)
    assert [card.type for card in view.cards] == ["hue", "crop"]


def test_samples_follow_a_slider_while_it_is_held_and_nothing_is_edited_before_it_is_let_go(
    known, pool, qtbot
) -> None:
    view, session = opened(known), known.session
    press(view, "Rotation")
    while view._session.augmenting.busy:
        pool.last.end(result(3, 4))
    slider = view.cards[0].form.rows["degrees"].editor.slider
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = (
        slider.style()
        .subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider)
        .center()
    )
    depth, number = session.editing.history.depth, len(pool.asked)
    QTest.mousePress(slider, LEFT, pos=handle)
    QTest.mouseMove(slider, handle + QPoint(10, 0))
    first = asked(pool)[0]["parameters"]["degrees"]
    assert len(pool.asked) == number + 1 and first > 10 and steps(session) == [{"type": "rotation"}]
    QTest.mouseMove(slider, handle + QPoint(16, 0))
    QTest.mouseMove(slider, QPoint(slider.width() - 1, handle.y()))
    assert len(pool.asked) == number + 1, "one question at a time"
    pool.last.end(result(3, 4))
    assert len(pool.asked) == number + 2 and asked(pool)[0]["parameters"]["degrees"] == 180
    QTest.mouseRelease(slider, LEFT, pos=QPoint(slider.width() - 1, handle.y()))
    assert steps(session) == [{"type": "rotation", "parameters": {"degrees": 180.0}}]
    assert session.editing.history.depth == depth + 1
    pool.last.end(result(3, 4))
    assert len(pool.asked) == number + 2, "what was tried out is not asked for again"


def test_samples_are_shown_drawn_again_and_turned_over(known, pool, qtbot) -> None:
    view = opened(known)
    job = pool.last.job
    assert isinstance(job, Augment) and job.first == 0
    pool.last.end(result(job.samples, job.draws, mask=True))
    rows, columns = view.grid.shape
    assert (rows, columns) == (job.samples, job.draws + 1)
    assert f"1 to {rows} of 100" in view.which.text()
    QTest.mouseClick(view.again, LEFT)
    assert pool.last.job.seed == job.seed + 1
    pool.last.end(result(job.samples, job.draws))
    QTest.mouseClick(view.after, LEFT)
    assert pool.last.job.first == rows
    pool.last.end(Failed("The disk is full.", "", "refused"))
    assert view.sentence.isVisible() and view.sentence.text() == "The disk is full."
    QTest.mouseClick(
        known.data_page.view.tabs.tabBar(), LEFT, pos=known.data_page.view.tabs.tabBar().tabRect(0).center()
    )
    number = len(pool.asked)
    known.session.edit("", "set_augmentation", steps=[{"type": "crop"}])
    assert len(pool.asked) == number, "nobody looks"


def test_what_is_painted_is_what_was_sent(app, qtbot) -> None:
    grid = DrawsGrid()
    qtbot.addWidget(grid)
    grid.resize(600, 400)
    grid.show()
    grid.show_result(result(2, 3).result)
    picture = grid.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = picture.devicePixelRatio()
    for row in range(2):
        for column in range(4):
            middle = grid.cell(row, column).center() * ratio
            assert picture.pixelColor(middle.toPoint()).red() == 40 * row + 10 * column
    assert grid.words_at(grid.cell(1, 2).center()) == "1.2" and grid.words_at(QPointF(1, 1)) == ""
    assert "2 samples" in grid.accessibleDescription()
    grid.show_result(
        {"series": np.random.RandomState(0).rand(2, 3, 50, 2).astype(np.float32), "words": [["a"] * 3] * 2}
    )
    assert grid.shape == (2, 3) and grid.grab().width() > 0
    grid.show_result({})
    assert grid.shape == (0, 0) and grid.grab().width() > 0


def test_texts_have_no_steps_and_say_so(known) -> None:
    view = opened(known)
    tokens = msgspec.structs.replace(IMAGE, kind="tokens", element="int", axes=(("time", 4),), tokens=("a",))
    known.session.editing.amend("set_found", fields=(tokens, DIGIT), counts={"train": 5}, fingerprint="y")
    assert view.offered() == [] and not view.add_button.isEnabled()
    assert "no step for this kind of data" in view.add_button.accessibleDescription()


def test_the_training_panel_tells_what_happens_to_the_samples(known, qtbot) -> None:
    panel = TrainingPanel(known.session, run_action=lambda id: None, why_not=lambda id: "")
    qtbot.addWidget(panel)
    known.session.edit(
        "", "set_augmentation", steps=[{"type": "crop"}, {"type": "mixup"}, {"type": "hue", "off": True}]
    )
    assert panel.augmentation_words.text().endswith("Random crop and Mixup.")
    known.session.edit("", "set_augmentation", steps=[])
    assert panel.augmentation_words.isHidden()
    panel.close_down()


def test_with_a_real_worker_samples_come_and_change(make_window, app, qtbot) -> None:
    pool = WorkerPool(QtDriver())
    try:
        session = Session(pool)
        window = make_window(session)
        session.files.new()
        window.show_project()
        session.edit("", "set_data", type="digits")
        qtbot.waitUntil(lambda: session.data.known and not session.data.busy, timeout=60_000)
        view = opened(window)
        qtbot.waitUntil(lambda: view.grid.shape[0] > 0, timeout=60_000)
        grid = view.grid
        assert all(tile == row[0] for row in grid.tiles for tile in row), "nothing happens yet"
        press(view, "Rotation")
        qtbot.waitUntil(lambda: grid.tiles[0][1] != grid.tiles[0][0], timeout=60_000)
        before = grid.tiles[0][0]
        drawn = grid.tiles[0][1]
        QTest.mouseClick(view.again, LEFT)
        qtbot.waitUntil(lambda: grid.tiles[0][1] != drawn, timeout=60_000)
        assert grid.tiles[0][0] == before and grid.words[0][0] == grid.words[0][1]
    finally:
        session.close()
        pool.close()


def test_edits_of_the_augmentation_have_a_name() -> None:
    document = edits.new_document()
    assert edits.say(edits.set_augmentation(document, [{"type": "crop"}])) == "Change the augmentation"
