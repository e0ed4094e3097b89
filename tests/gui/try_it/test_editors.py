"""Editors of single inputs: what a person does with mouse and keys, and the raw sample that comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from nndesigner.base.data_field import DataField
from nndesigner.gui.try_it.editor import Editor, Shown, editor_for
from nndesigner.gui.try_it.image_editor import ImageEditor
from nndesigner.gui.try_it.series_editor import SeriesEditor
from nndesigner.gui.try_it.sound_editor import SoundEditor
from nndesigner.gui.try_it.table_editor import CategoryCell, NumberCell, TableEditor
from nndesigner.gui.try_it.text_editor import TextEditor
from tests.networks import DIGIT_IMAGE, MIXED_TABLE

TOKENS = DataField(
    name="text",
    role="input",
    kind="tokens",
    element="int",
    axes=(("time", 6),),
    tokens=("\n", " ", "a", "b", "c"),
)
SERIES = DataField(
    name="wave",
    role="input",
    kind="series",
    element="float",
    axes=(("time", 20), ("feature", 2)),
    columns=("sine", "cosine"),
    statistics={"minimum": -1.0, "maximum": 1.0, "mean": 0.0},
)
TABLE = DataField(
    name="row",
    role="input",
    kind="table",
    element="float",
    axes=(("feature", 5),),
    columns=("height", "eyes", "rooms"),
    statistics={
        "columns": [
            {"name": "height", "kind": "number", "minimum": 1.0, "maximum": 2.0, "mean": 1.7, "std": 0.1},
            {"name": "eyes", "kind": "category", "counts": {"green": 9, "blue": 4}},
            {
                "name": "rooms",
                "kind": "number",
                "minimum": 1.0,
                "maximum": 6.0,
                "mean": 3.4,
                "histogram": {"start": 0.5, "end": 6.5, "counts": [1, 1, 1, 1, 1, 1]},
            },
        ]
    },
    preparation={
        "kind": "columns",
        "columns": [
            {"kind": "number", "fill": 1.7, "offset": 1.7, "scale": 0.1},
            {"kind": "category", "size": 3, "names": ["blue", "green", "red"]},
            {"kind": "number", "fill": 3.4, "offset": 3.4, "scale": 1.0},
        ],
    },
)


@pytest.fixture
def shown(app, qtbot) -> Callable[[Editor], Editor]:
    def show(editor: Editor) -> Editor:
        qtbot.addWidget(editor)
        editor.resize(330, 300)
        editor.start()
        editor.show()
        app.processEvents()
        return editor

    return show


def drag(widget: QWidget, *points: tuple[int, int]) -> None:
    at = [QPoint(*point) for point in points]
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at[0])
    for point in at[1:]:
        QTest.mouseMove(widget, point)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at[-1])


def test_every_kind_has_its_editor(shown) -> None:
    plane = DataField(
        name="p",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", 5), ("height", 4), ("width", 4)),
    )
    kinds = [
        (DIGIT_IMAGE, ImageEditor),
        (TABLE, TableEditor),
        (TOKENS, TextEditor),
        (SERIES, SeriesEditor),
        (plane, Shown),
    ]
    for field, kind in kinds:
        assert type(editor_for(field)) is kind


# -- images ------------------------------------------------------------------------------------------------------------
def test_a_stroke_of_the_mouse_becomes_pixels(shown, qtbot) -> None:
    editor = shown(ImageEditor(DIGIT_IMAGE))
    assert (editor.value() == 0.0).all() and editor.value().shape == (1, 8, 8)
    with qtbot.waitSignal(editor.changed):
        drag(editor.canvas, (100, 20), (100, 100), (100, 180))
    value = editor.value()
    assert value.max() > 5.0 and value.max() <= 16.0
    ink = np.argwhere(value[0] > 2.0)
    assert set(ink[:, 1].tolist()) <= {3, 4} and len(set(ink[:, 0].tolist())) >= 6
    assert editor.undo.isEnabled()
    QTest.mouseClick(editor.undo, Qt.MouseButton.LeftButton)
    assert (editor.value() == 0.0).all() and not editor.undo.isEnabled()
    editor.grab()


def test_the_eraser_and_an_empty_canvas(shown) -> None:
    editor = shown(ImageEditor(DIGIT_IMAGE))
    drag(editor.canvas, (30, 100), (170, 100))
    before = float(editor.value().sum())
    QTest.mouseClick(editor.eraser, Qt.MouseButton.LeftButton)
    assert editor.eraser.isChecked() and not editor.brush.isChecked()
    drag(editor.canvas, (100, 20), (100, 180))
    assert 0 < float(editor.value().sum()) < before
    QTest.mouseClick(editor.clear, Qt.MouseButton.LeftButton)
    assert (editor.value() == 0.0).all()


def test_a_sample_keeps_its_own_values_until_it_is_drawn_over(shown, qtbot) -> None:
    editor = shown(ImageEditor(DIGIT_IMAGE))
    sample = np.random.default_rng(0).integers(0, 17, (1, 8, 8)).astype(np.float32)
    editor.show_value(sample)
    assert (editor.value() == sample).all()
    drag(editor.canvas, (10, 10), (12, 10))
    value = editor.value()
    assert value[0, 0, 0] > 10.0
    assert np.abs(value - sample)[0, 3:, 3:].max() < 0.1, "elsewhere it is what it was"


def test_paste_gives_the_picture_to_whoever_reads_it(shown, app, qtbot) -> None:
    editor = shown(ImageEditor(DIGIT_IMAGE))
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    app.clipboard().setImage(picture)
    given: list[object] = []
    editor.given.connect(given.append)
    QTest.mouseClick(editor.from_clipboard, Qt.MouseButton.LeftButton)
    assert len(given) == 1 and isinstance(given[0], QImage) and given[0].width() == 10


def test_colour_images_are_drawn_in_colour(shown) -> None:
    field = DataField(
        name="photo",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", 3), ("height", 16), ("width", 16)),
        preparation={"kind": "affine", "axis": 0, "offset": [0.0], "scale": [255.0]},
    )
    editor = shown(ImageEditor(field))
    assert editor.color.isVisible() and not editor.centre.isVisible()
    editor.canvas.color = Qt.GlobalColor.red
    drag(editor.canvas, (20, 100), (180, 100))
    value = editor.value()
    assert value.shape == (3, 16, 16)
    assert value[0].max() > 200.0 and value[1].max() == 0.0


# -- tables ------------------------------------------------------------------------------------------------------------
def test_a_row_begins_at_typical_values(shown) -> None:
    editor = shown(TableEditor(TABLE))
    assert editor.value() == pytest.approx([1.7, 1.0, 3.0], abs=1e-6)
    height, eyes, rooms = editor.cells
    assert isinstance(height, NumberCell) and isinstance(eyes, CategoryCell)
    assert eyes.currentText() == "green"
    assert height.line.text() == "1.7" and rooms.line.text() == "3"


def test_a_slider_moves_within_the_range_of_the_data(shown, qtbot) -> None:
    editor = shown(TableEditor(TABLE))
    height, _, rooms = editor.cells
    with qtbot.waitSignal(editor.changed):
        QTest.keyClick(height.slider, Qt.Key.Key_End)
    assert editor.value()[0] == pytest.approx(2.0)
    QTest.keyClick(height.slider, Qt.Key.Key_Home)
    assert editor.value()[0] == pytest.approx(1.0) and height.line.text() == "1"
    QTest.keyClick(rooms.slider, Qt.Key.Key_Right)
    assert editor.value()[2] == 4.0, "whole numbers stay whole"


def test_a_number_is_typed_and_an_empty_one_is_missing(shown) -> None:
    editor = shown(TableEditor(TABLE))
    line = editor.cells[0].line
    line.selectAll()
    QTest.keyClicks(line, "9,5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert editor.value()[0] == pytest.approx(9.5), "also beyond what was seen"
    line.selectAll()
    QTest.keyClicks(line, "tall")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "9.5" and editor.value()[0] == pytest.approx(9.5)
    line.clear()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert math.isnan(editor.value()[0])
    QTest.mouseClick(editor.typical, Qt.MouseButton.LeftButton)
    assert editor.value()[0] == pytest.approx(1.7)


def test_a_category_is_chosen_or_none(shown) -> None:
    editor = shown(TableEditor(TABLE))
    eyes = editor.cells[1]
    assert [eyes.itemText(i) for i in range(eyes.count())] == ["blue", "green", "red", "(none of them)"]
    eyes.setFocus()
    QTest.keyClick(eyes, Qt.Key.Key_Down)
    eyes.activated.emit(eyes.currentIndex())
    assert editor.value()[1] == 2.0
    editor.show_value(np.array([1.5, math.nan, 2.0], np.float32))
    assert eyes.currentText() == "(none of them)" and math.isnan(editor.value()[1])


def test_a_table_of_which_little_is_known(shown) -> None:
    editor = shown(TableEditor(MIXED_TABLE))
    editor.show_value(np.array([171.0, 2.0, math.nan], np.float32))
    assert editor.value()[:2].tolist() == [171.0, 2.0] and math.isnan(editor.value()[2])
    editor.grab()


# -- texts -------------------------------------------------------------------------------------------------------------
def test_a_text_is_cut_by_the_vocabulary(shown, qtbot) -> None:
    editor = shown(TextEditor(TOKENS, None))
    assert editor.value() is None and "Type a text" in editor.problem()
    with qtbot.waitSignal(editor.changed):
        QTest.keyClicks(editor.text, "ab ca")
    assert editor.value().tolist() == [2, 3, 1, 4, 2] and editor.length == 5


def test_unknown_characters_are_named(shown) -> None:
    editor = shown(TextEditor(TOKENS, None))
    QTest.keyClicks(editor.text, "abxyz")
    assert editor.value() is None
    assert "“x”, “y” and “z”" in editor.problem()


def test_small_letters_are_taken_where_the_data_knows_no_others(shown) -> None:
    editor = shown(TextEditor(TOKENS, None))
    QTest.keyClicks(editor.text, "ABC")
    assert editor.value().tolist() == [2, 3, 4]


def test_a_network_of_fixed_length_says_how_much_is_missing(shown) -> None:
    editor = shown(TextEditor(TOKENS, 6))
    QTest.keyClicks(editor.text, "abca")
    assert editor.value() is None and "2 more are needed" in editor.problem()
    QTest.keyClicks(editor.text, "bcab")
    assert editor.value().tolist() == [4, 2, 3, 4, 2, 3]
    assert "last 6 of 8" in editor.remark()


def test_one_that_tells_the_next_token_takes_a_short_text(shown) -> None:
    editor = shown(TextEditor(TOKENS, 6, goes_on=True))
    QTest.keyClicks(editor.text, "abc")
    assert editor.value().tolist()[:3] == [2, 3, 4] and len(editor.value()) == 6 and editor.length == 3


def test_words_are_tokens_where_the_vocabulary_has_words(shown) -> None:
    words = DataField(name="w", role="input", kind="tokens", element="int", tokens=("the", "cat", "sat"))
    editor = shown(TextEditor(words, None))
    QTest.keyClicks(editor.text, "the cat dog")
    assert "“dog”" in editor.problem()
    editor.show_value(np.array([1, 2]))
    assert editor.text.toPlainText() == "cat sat" and editor.value().tolist() == [1, 2]


# -- series ------------------------------------------------------------------------------------------------------------
def test_a_series_is_drawn_over(shown, qtbot) -> None:
    editor = shown(SeriesEditor(SERIES))
    sample = np.zeros((20, 2), np.float32)
    editor.show_value(sample)
    curve = editor.curve
    with qtbot.waitSignal(editor.changed):
        drag(curve, (9, 9), (curve.width() // 2, 9), (curve.width() - 9, 9))
    value = editor.value()
    assert (value[:, 0] > 1.0).all(), "up to the upper edge, from end to end"
    assert (value[:, 1] == 0.0).all()
    editor.feature.setCurrentIndex(1)
    drag(curve, (9, curve.height() - 9))
    value = editor.value()
    assert value[0, 1] < -1.0 and (value[1:, 1] == 0.0).all()
    editor.grab()


def test_words_with_a_vocabulary_are_cut_as_the_data_was_and_filled_up(app, qtbot) -> None:
    words = DataField(
        name="text",
        role="input",
        kind="tokens",
        element="int",
        axes=(("time", 5),),
        tokens=("<pad>", "<unknown>", "a", "film", "."),
        tokenizer={"unit": "word", "lower": True, "padded": True},
    )
    editor = TextEditor(words, 5)
    qtbot.addWidget(editor)
    editor.text.setPlainText("A zebra film.")
    assert editor.problem() == "" and editor.value().tolist() == [2, 1, 3, 4, 0]
    editor.text.setPlainText("a film. a film. a film.")
    assert editor.value().tolist() == [2, 3, 4, 2, 3]
    assert editor.remark() == "The network sees the first 5 of 9 tokens."
    editor.show_value(np.array([2, 3, 4, 0, 0]))
    assert editor.text.toPlainText() == "a film."


def test_byte_pairs_are_joined_in_the_window_without_their_package(app, qtbot) -> None:
    pairs = DataField(
        name="text",
        role="input",
        kind="tokens",
        element="int",
        axes=(("time", 4),),
        tokens=("<pad>", "a", "b", "Ġ", "ab", "Ġab"),
        tokenizer={"unit": "byte-pair", "lower": False, "merges": ["a b", "Ġ ab"], "padded": True},
    )
    editor = TextEditor(pairs, 4)
    qtbot.addWidget(editor)
    editor.text.setPlainText("ab ab b")
    assert editor.value().tolist() == [4, 5, 3, 2]
    editor.show_value(np.array([5, 4, 0, 0]))
    assert editor.text.toPlainText() == " abab"


# -- sounds ------------------------------------------------------------------------------------------------------------
WAVE = DataField(
    name="waveform",
    role="input",
    kind="series",
    element="float",
    axes=(("time", 800), ("feature", 1)),
    columns=("amplitude",),
)
SPECTROGRAM = DataField(
    name="spectrogram",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 20), ("width", 8)),
    statistics={"minimum": -100.0, "maximum": 0.0},
)


def sound(field: DataField) -> SoundEditor:
    made = editor_for(field, sound=True)
    assert isinstance(made, SoundEditor)
    return made


def test_a_waveform_is_seen_and_is_what_is_asked_about(shown) -> None:
    editor = shown(sound(WAVE))
    assert editor.value() is None and "open a WAV file" in editor.problem()
    values = np.sin(np.linspace(0, 40, 800, dtype=np.float32))[:, None]
    editor.show_value(values)
    assert np.array_equal(editor.value(), values) and editor.problem() == ""
    assert editor.wave.shape == (400, 2) and not editor.heard.isVisible()
    image = editor.picture.grab().toImage()
    assert len({image.pixel(x, 48) for x in range(10, 320)}) > 2


def test_of_a_spectrogram_the_sound_is_seen_where_it_is_known(shown) -> None:
    editor = shown(sound(SPECTROGRAM))
    editor.show_value(np.linspace(-90, -10, 160, dtype=np.float32).reshape(1, 20, 8))
    assert editor.wave is None and editor.heard.isVisible() and "keeps only" in editor.picture.hint
    editor.show_wave(np.array([[-0.5, 0.5], [-1.0, 0.25]], np.float32))
    assert editor.wave is not None and editor.picture.accessibleName() == "Waveform"
    editor.show_value(np.zeros((1, 20, 8), np.float32))
    assert editor.wave is None, "another sample"
    assert isinstance(editor_for(SPECTROGRAM), ImageEditor) and isinstance(editor_for(SERIES), SeriesEditor)


def test_a_dropped_sound_is_given_to_be_read(shown, qtbot, tmp_path) -> None:
    editor = shown(sound(WAVE))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.wav"))])
    point = QPointF(20, 20)
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(editor.given) as given:
        editor.dropEvent(QDropEvent(point, copy, data, left, none))
    assert given.args == [str(tmp_path / "a.wav")] and "*.wav" in editor.takes
