"""The data page: with a pool that the test speaks for, and with a real worker."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QLineEdit

from nndesigner.base.data_field import DataField
from nndesigner.gui import previews
from nndesigner.gui.data_cards import SourceCard, counts_row, field_card
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import DataFound, Done, Failed, Progress
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session

IMAGE = DataField(
    name="pixels",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 2), ("width", 2)),
    statistics={"minimum": 0, "maximum": 16, "mean": 4.5, "std": 2.0},
    thumbnails=(
        {
            "kind": "image",
            "channels": 1,
            "height": 2,
            "width": 2,
            "pixels": base64.b64encode(b"\x00\x55\xaa\xff").decode(),
        },
    ),
)
DIGIT = DataField(
    name="digit",
    role="target",
    kind="class",
    element="int",
    classes=("zero", "one"),
    statistics={"counts": [70, 30]},
    thumbnails=({"kind": "class", "code": 1, "label": "one"},),
)
FOUND = DataFound(
    (IMAGE, DIGIT),
    {"all": 120, "train": 100, "validation": 10, "test": 10},
    "abc",
    ("Two rows were left out.",),
)


def _card(window, type: str) -> SourceCard:
    return next(card for card in window.data_page.view.findChildren(SourceCard) if card.type == type)


def _words(window) -> str:
    return "\n".join(part.text() for part in window.data_page.view._results.widget().findChildren(QLabel))


def test_from_no_data_to_what_is_in_it(staffed, pool, qtbot) -> None:
    staffed.actions_.run("show-data")
    assert staffed.data_page.view.isVisible()
    QTest.mouseClick(_card(staffed, "digits"), Qt.MouseButton.LeftButton)
    assert staffed.session.document.data.type == "digits"
    assert isinstance(pool.last.job, Inspect), "choosing a source has it read"
    page = staffed.data_page.view
    pool.last.say(Progress(0.4, "Reading 700 of 1,797"))
    assert page.bar.isVisible() and page.bar.value() == 400 and not page.read_button.isEnabled()
    pool.last.say(FOUND)
    pool.last.end(Done())
    assert not page.bar.isVisible() and page.read_button.isEnabled()
    words = _words(staffed)
    for expected in ("120", "to train", "Two rows were left out.", "pixels", "digit", "2 classes"):
        assert expected in words
    assert page.findChildren(previews.ImageStrip) and page.findChildren(previews.Bars)
    assert "lowest 0" in words and "mean 4.5" in words


def test_counts_go_to_a_further_line_where_there_is_no_room(app, qtbot) -> None:
    row = counts_row({"all": 1797, "train": 1257, "validation": 270, "test": 270})
    qtbot.addWidget(row)
    wide = row.sizeHint()
    assert row.minimumSizeHint().width() < wide.width() / 2
    assert row.heightForWidth(wide.width() // 2) >= 2 * wide.height()


def test_reading_can_be_cancelled(staffed, pool) -> None:
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("iris")
    QTest.mouseClick(staffed.data_page.view.cancel_button, Qt.MouseButton.LeftButton)
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert not staffed.data_page.view.bar.isVisible()
    assert staffed.data_page.view._sentence.isHidden(), "what the user asked for is no failure"


def test_a_page_that_is_first_seen_while_reading_says_so(staffed, pool) -> None:
    staffed.data_page.view.chosen.emit("digits")
    pool.last.say(Progress(0.4, "Reading 700 of 1,797"))
    staffed.actions_.run("show-data")
    assert staffed.data_page.view.bar.isVisible() and staffed.data_page.view.bar.value() == 400
    assert staffed.data_page.view.form is not None


def test_why_reading_failed_stands_beside_the_button(staffed, pool) -> None:
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("iris")
    pool.last.end(Failed("The disk is full.", "", "refused"))
    assert staffed.data_page.view._sentence.isVisible()
    assert staffed.data_page.view._sentence.text() == "The disk is full."
    asked = len(pool.asked)
    QTest.mouseClick(staffed.data_page.view.read_button, Qt.MouseButton.LeftButton)
    assert len(pool.asked) == asked + 1


def test_a_setting_is_one_step_and_has_the_data_read_anew(staffed, pool) -> None:
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("digits")
    pool.last.say(FOUND)
    pool.last.end(Done())
    depth = staffed.session.editing.history.depth
    box = staffed.data_page.view.form.rows["test_share"].editor.box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0.3")
    QTest.keyClick(box, Qt.Key.Key_Return)
    data = staffed.session.document.data
    assert data.parameters == {"test_share": 0.3} and data.fields == ()
    assert staffed.session.editing.history.depth == depth + 1
    assert isinstance(pool.last.job, Inspect)
    staffed.session.undo()
    assert staffed.session.document.data.parameters == {}
    assert staffed.data_page.view.form.rows["test_share"].editor.line.text() == "0.15"


def test_undo_of_the_choice_brings_the_cards_back(staffed, pool) -> None:
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("digits")
    staffed.session.undo()
    assert staffed.session.document.data is None
    assert _card(staffed, "digits")


@pytest.mark.parametrize(
    "thumbnail",
    [
        {},
        {"channels": 1, "height": 2, "width": 2, "pixels": "!!"},
        {"channels": 1, "height": 100, "width": 100, "pixels": "AAAA"},
        {"channels": 10**9, "height": 10**9, "width": 10**9, "pixels": ""},
        {"channels": "x", "height": 2, "width": 2, "pixels": "AAAA"},
    ],
)
def test_pictures_that_do_not_add_up_are_left_out(app, thumbnail) -> None:
    assert previews.image_of(thumbnail) is None


def test_a_picture_has_the_pixels_of_the_data(app) -> None:
    picture = previews.image_of(IMAGE.thumbnails[0])
    assert [picture.pixelColor(x, y).red() for y in (0, 1) for x in (0, 1)] == [0, 0x55, 0xAA, 0xFF]


@pytest.mark.parametrize(
    ("kind", "statistics", "thumbnails"),
    [
        (
            "table",
            {"columns": [{"name": "a", "kind": "number", "mean": 1.0}]},
            ({"values": [1.0, None, "red"]},),
        ),
        ("table", {"scatter": {"x": [0.0, 1.0], "y": [2.0, 3.0], "classes": [0, 1]}}, ()),
        ("series", {"minimum": 0}, ({"points": [[0.0, 1.0, 0.5]]},)),
        ("tokens", {"counts": {"a": 3, "\n": 2}}, ({"text": "<b>not bold</b>"},)),
        ("number", {"histogram": {"start": 0.0, "end": 1.0, "counts": [1, 2, 3]}}, ()),
        ("class", {"counts": "nonsense"}, ()),
        ("series", {}, ({"points": "nonsense"}, {"points": ["x"]})),
        ("strange", {"columns": [3, {"name": 5}]}, ({"values": 3},)),
    ],
)
def test_every_kind_of_field_is_drawn_whatever_the_file_says(
    app, qtbot, kind, statistics, thumbnails
) -> None:
    from nndesigner.gui.data_cards import field_card

    field = DataField(
        name="f",
        role="input",
        kind=kind,
        element="float",
        columns=("a", "b", "c"),
        statistics=statistics,
        thumbnails=thumbnails,
    )
    card = field_card(field, ())
    qtbot.addWidget(card)
    card.resize(600, 400)
    assert isinstance(card, QFrame) and not card.grab().isNull()


def test_a_real_worker_reads_the_iris_data(make_window, app, qtbot) -> None:
    driver = QtDriver(cold=True)
    pool = WorkerPool(driver)
    try:
        window = make_window(Session(pool))
        window.session.files.new()
        window.show_project()
        pool.open()
        window.data_page.view.chosen.emit("iris")
        qtbot.waitUntil(lambda: window.session.data.known, timeout=60_000)
        window.actions_.run("show-data")
        words = _words(window)
        assert "150" in words and "3 classes" in words and "samples" in words
    finally:
        pool.close()
        driver.close()
        driver.deleteLater()


def test_a_mask_is_shown_in_colours_and_a_damaged_one_not_at_all(app, qtbot) -> None:
    codes = base64.b64encode(bytes([0, 1, 2, 0])).decode()
    mask = DataField(
        name="mask",
        role="target",
        kind="class",
        element="int",
        axes=(("height", 2), ("width", 2)),
        classes=("ground", "box", "ball"),
        statistics={"counts": [20, 10, 10]},
        thumbnails=({"kind": "class", "height": 2, "width": 2, "codes": codes},),
    )
    theme = previews.shown_theme()
    image = previews.mask_of(mask.thumbnails[0], theme)
    assert image.pixelColor(0, 0).name() == QColor(theme.raised).name()
    colours = {image.pixelColor(x, y).name() for x in (0, 1) for y in (0, 1)}
    assert len(colours) == 3 and QColor(theme.plot(0)).name() in colours
    card = field_card(mask, ())
    qtbot.addWidget(card)
    assert card.findChildren(previews.ImageStrip) and card.findChildren(previews.Bars)
    for damaged in ({}, {"height": 2, "width": 3, "codes": codes}, {"height": 2, "width": 2, "codes": "?"}):
        assert previews.mask_of(damaged, theme) is None


def test_the_addresses_of_a_hub_stand_on_the_page_before_they_are_asked(staffed, pool, monkeypatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("huggingface_hub")
    pool.last.end(Failed("No data set is named yet.", "", "refused"))
    name = staffed.data_page.view.form.rows["name"].findChild(QLineEdit)
    QTest.keyClicks(name, "user/set")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert staffed.session.document.data.parameters == {"name": "user/set"}
    pool.last.end(Failed("user/set is not on this computer yet.", "", "refused"))
    assert "https://huggingface.co/api/datasets/user/set\nhttps://huggingface.co/datasets/user/set" in _words(
        staffed
    )


def test_what_is_fetched_stands_on_the_page_before_it_is(staffed, pool) -> None:
    staffed.actions_.run("show-data")
    staffed.data_page.view.chosen.emit("mnist")
    pool.last.end(Failed("MNIST is not on this computer yet.", "", "refused"))
    words = _words(staffed)
    assert "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz" in words
    assert "SHA-256 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609" in words
    assert staffed.data_page.view._sentence.text() == "MNIST is not on this computer yet."
    box = staffed.data_page.view.form.rows["fetch"].findChild(QCheckBox)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert staffed.session.document.data.parameters == {"fetch": True}
    assert isinstance(pool.last.job, Inspect), "what the user asks for now is fetched"
