"""Pictures of arrays: what a pixel, a bar or a cell says is what the array holds."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from nndesigner.gui.monitors.boundary import Plane, _ticks, class_picture
from nndesigner.gui.monitors.confusion import Matrix
from nndesigner.gui.monitors.health import HealthTable, NodeHealth
from nndesigner.gui.monitors.pictures import (
    HeatMap,
    HistogramPicture,
    MapGrid,
    color_scale,
    colored,
    moments_words,
    rgb_image,
    short,
    signed_scale,
)
from nndesigner.gui.theme import DARK, LIGHT


def test_the_colour_scale_grows_lighter() -> None:
    light = color_scale().astype(float) @ (0.299, 0.587, 0.114)
    assert np.all(np.diff(light) >= 0)
    image = colored(np.array([[0, 255]], np.uint8))
    assert image.pixelColor(0, 0).getRgb()[:3] == tuple(color_scale()[0].tolist())
    assert image.pixelColor(1, 0).getRgb()[:3] == tuple(color_scale()[255].tolist())


def test_two_histograms_share_one_range_and_each_stands_where_its_values_are(app, qtbot) -> None:
    picture = HistogramPicture()
    qtbot.addWidget(picture)
    picture.resize(408, 240)
    now = np.array([10, 10], np.int64), np.array([0, 1, 2], np.float32)
    before = np.array([5, 5], np.int64), np.array([-2, -1, 0], np.float32)
    picture.show_histogram("t", "w", *now, None, "#0000ff", before)
    frame, image = picture._frame(), picture.grab().toImage()

    def color(share: float, up: float) -> tuple[int, ...]:
        x, y = frame.left() + share * frame.width(), frame.bottom() - up * frame.height()
        return image.pixelColor(round(x), round(y)).getRgb()[:3]

    assert color(0.8, 0.5) == (0, 0, 255)
    assert color(0.3, 0.5) != (0, 0, 255), "only an outline"
    column = [color(0.25, up) for up in np.linspace(0.9, 1.02, 40)]
    outline = np.array(QColor(LIGHT.warning).getRgb()[:3])
    assert min(np.abs(np.array(c) - outline).max() for c in column) <= 60, "as high as the bars: half as many"
    assert picture.words_at(QPointF(frame.left() + 0.8 * frame.width(), frame.center().y())).startswith(
        "1 to 2"
    )
    assert picture.words_at(QPointF(frame.left() + 0.2 * frame.width(), frame.center().y())) == ""
    with pytest.raises(ValueError, match="one edge more"):
        picture.show_histogram("t", "w", *now, None, "", (now[0], now[1][:2]))


def test_changes_of_maps_have_one_scale_with_zero_in_its_middle(app, qtbot) -> None:
    grid = MapGrid()
    qtbot.addWidget(grid)
    grid.resize(220, 100)
    grid.show_changes(np.array([[[-2.0, 0.0]], [[1.0, 0.0]]], np.float32))
    assert grid.maps[:, 0, 0].tolist() == [0, 191] and set(grid.maps[:, 0, 1].tolist()) == {128}
    scale = signed_scale(LIGHT)
    assert grid._images[0].pixelColor(0, 0).getRgb()[:3] == tuple(scale[0].tolist())
    assert "changed by -2 to 0" in grid.words_at(grid.layout_cells()[0].center())
    grid.show_maps(np.zeros((1, 2, 2), np.uint8), np.zeros(1, np.float32), np.ones(1, np.float32))
    assert not grid.differ


def test_a_matrix_of_changes_says_what_became_better(app, qtbot) -> None:
    matrix = Matrix()
    qtbot.addWidget(matrix)
    matrix.resize(300, 300)
    matrix.show_counts(np.array([[9, 1], [4, 6]]), ("a", "b"), np.array([[5, 5], [2, 8]]))
    assert matrix.changes.tolist() == [[4, -4], [2, -2]]
    image, frame = matrix.grab().toImage(), matrix.frame()

    def color(row: int, column: int) -> QColor:
        x = frame.left() + (column + 0.15) * frame.width() / 2
        return image.pixelColor(round(x), round(frame.top() + (row + 0.15) * frame.height() / 2))

    for column in (0, 1):  # more right and fewer wrong is good, fewer right and more wrong is bad
        good, bad = color(0, column), color(1, column)
        assert good.blue() > good.red() and bad.red() > bad.blue()
    matrix.show_counts(np.array([[9, 1], [4, 6]]), ("a", "b"), np.zeros((3, 3), int))
    assert matrix.changes is None, "other classes have no difference"


def test_a_picture_outlives_its_array() -> None:
    array = np.full((3, 5, 3), 200, np.uint8)
    image = rgb_image(array)
    array[:] = 0
    assert (image.width(), image.height()) == (5, 3)
    assert image.pixelColor(4, 2).red() == 200


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.123456, "0.123"),
        (1234.5, "1.23e+03"),
        (1e-7, "1.0e-7"),
        (2.5e9, "2.5e9"),
        (float("nan"), "–"),
    ],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert short(value) == words


def test_a_histogram_says_how_many_are_where(app, qtbot) -> None:
    picture = HistogramPicture()
    qtbot.addWidget(picture)
    picture.resize(208, 160)
    counts = np.arange(10)
    picture.show_histogram("t", "w", counts, np.linspace(-1, 1, 11).astype(np.float32), 0.3, "#123456")
    assert picture.words_at(QPointF(4 + 199, 80)) == "0.8 to 1: 9 values"
    assert picture.words_at(QPointF(4 + 1, 80)).endswith(": 0 values")
    assert picture.words_at(QPointF(50, 5)) == ""
    image = picture.grab().toImage()
    assert any(image.pixelColor(197, y).name() == "#123456" for y in range(40, 140))
    with pytest.raises(ValueError, match="edge"):
        picture.show_histogram("t", "w", counts, np.zeros(3, np.float32), None, "")


def test_moments_in_words() -> None:
    meta = {"mean": 0.5, "std": 2.0, "zero_share": 0.251, "not_finite": 3}
    assert moments_words(meta) == "mean 0.5 · spread 2 · 25 % are zero · 3 are no numbers any more"
    assert moments_words({}) == ""


@pytest.mark.parametrize(("number", "size"), [(1, (300, 90)), (16, (300, 200)), (64, (150, 400))])
def test_maps_fill_the_room_and_do_not_overlap(app, qtbot, number: int, size: tuple[int, int]) -> None:
    grid = MapGrid()
    qtbot.addWidget(grid)
    grid.resize(*size)
    ends = np.zeros(number, np.float32)
    grid.show_maps(np.zeros((number, 8, 6), np.uint8), ends, ends + 1)
    cells = grid.layout_cells()
    assert len(cells) == number
    assert all(cell.right() <= size[0] + 0.5 and cell.bottom() <= size[1] + 0.5 for cell in cells)
    assert not any(a.intersects(b) for i, a in enumerate(cells) for b in cells[i + 1 :])
    assert cells[0].width() / cells[0].height() == pytest.approx(6 / 8)
    assert grid.words_at(cells[-1].center()).startswith(f"Channel {number - 1}")


def test_a_heat_map_says_the_value_under_the_mouse(app, qtbot) -> None:
    picture = HeatMap()
    qtbot.addWidget(picture)
    picture.resize(222, 124)
    values = np.zeros((2, 4), np.uint8)
    values[1, 3] = 255
    picture.show_map(values, -1.0, 1.0, "time", "feature")
    frame = picture._frame()
    assert picture.words_at(frame.bottomRight() - QPointF(3, 3)) == "time 3, feature 1: 1"
    assert picture.words_at(frame.topLeft() + QPointF(3, 3)) == "time 0, feature 0: -1"
    picture.grab()


def test_a_confusion_matrix_says_what_is_taken_for_what(app, qtbot) -> None:
    matrix = Matrix()
    qtbot.addWidget(matrix)
    matrix.resize(320, 320)
    matrix.show_counts(np.array([[8, 2], [0, 5]]), ("cat", "dog"))
    frame = matrix.frame()
    quarter = frame.width() / 4
    assert matrix.words_at(frame.topLeft() + QPointF(quarter, quarter)) == "8 of 10 “cat” were right (80 %)"
    assert (
        matrix.words_at(frame.topLeft() + QPointF(3 * quarter, quarter))
        == "2 of 10 “cat” were taken for “dog” (20 %)"
    )
    image = matrix.grab().toImage()
    right = image.pixelColor((frame.topLeft() + QPointF(4, 4)).toPoint())
    wrong = image.pixelColor((frame.topLeft() + QPointF(2 * quarter + 4, 4)).toPoint())
    assert right.blue() > right.red()
    assert wrong.red() > wrong.blue()
    with pytest.raises(ValueError, match="square"):
        matrix.show_counts(np.zeros((2, 3)), ("a", "b"))


def test_many_classes_and_missing_names(app, qtbot) -> None:
    matrix = Matrix()
    qtbot.addWidget(matrix)
    matrix.resize(260, 200)
    matrix.show_counts(np.eye(100, dtype=np.int64), ("only one",))
    assert matrix.classes[:2] == ("only one", "1")
    matrix.grab()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_plane_is_painted_with_the_second_column_upwards(theme) -> None:
    classes = np.array([[0, 0], [1, 1]], np.uint8)  # row 0: the smallest second column
    sure = np.full((2, 2), 255, np.uint8)
    picture = class_picture(classes, sure, theme).astype(int)
    unsure = class_picture(classes, np.full((2, 2), 128, np.uint8), theme).astype(int)
    top, bottom = picture[0, 0], picture[1, 0]
    assert np.abs(top - bottom).sum() > 100
    assert np.abs(unsure[0, 0] - unsure[1, 0]).sum() < np.abs(top - bottom).sum()  # paler where less sure


def test_the_plane_answers_in_the_units_of_the_data(app, qtbot) -> None:
    plane = Plane()
    qtbot.addWidget(plane)
    plane.resize(400, 300)
    answer = np.array([[0, 1], [1, 0]], np.uint8)
    sure = np.array([[255, 128], [200, 100]], np.uint8)
    image = rgb_image(class_picture(answer, sure, LIGHT))
    plane.show_answer(image, (-10.0, 10.0, 0.0, 5.0), ("x", "y"), answer, sure, ("upper", "lower"))
    frame = plane.frame()
    assert plane.words_at(frame.bottomLeft() + QPointF(2, -2)).endswith("upper (100 %)")
    assert plane.words_at(frame.bottomRight() + QPointF(-2, -2)).endswith("lower (50 %)")
    assert plane.words_at(QPointF(0, 0)) == ""
    assert plane.answer_at(-10.0, 0.0) == (0, 0)
    assert plane.answer_at(99.0, 0.0) is None
    corner = plane.place(frame, 10.0, 5.0)
    assert (corner - frame.topRight()).manhattanLength() < 1e-6


def test_ticks_are_round_and_have_no_minus_zero() -> None:
    assert _ticks(-1.7, 2.3, 5) == [-1.0, 0.0, 1.0, 2.0]
    assert "-0" not in [short(v) for v in _ticks(-1.7, 2.3, 9)]


def test_bars_of_norms_are_as_long_as_their_powers_of_ten(app, qtbot) -> None:
    table = HealthTable()
    qtbot.addWidget(table)
    table.resize(500, 200)
    rows = [NodeHealth(str(i), f"n{i}", {"gradient_norm": 10.0**-i, "active": 0.5}) for i in range(4)]
    table.show_rows(rows, "2")
    shares = [table.share("gradient_norm", row.numbers["gradient_norm"]) for row in rows]
    assert shares[0] == 1.0
    assert np.allclose(np.diff(shares), np.diff(shares)[0])
    assert table.share("active", 0.5) == 0.5
    assert table.share("gradient_norm", float("inf")) == 0.0
    assert "dead" in table.words_at(QPointF(490, 30))
    table.grab()


def test_three_channels_between_0_and_1_are_a_picture_in_colours_too(app, qtbot) -> None:
    grid = MapGrid()
    qtbot.addWidget(grid)
    grid.resize(400, 100)
    maps = np.zeros((3, 4, 4), np.uint8)
    maps[0], maps[1, :2] = 255, 255  # yellow above, red below
    low, high = np.zeros(3, np.float32), np.ones(3, np.float32)
    grid.show_maps(maps, low, high)
    cells = grid.layout_cells()
    assert len(cells) == 4 and "red, green and blue" in grid.words_at(cells[3].center())
    picture = grid.grab().toImage()
    upper, lower = (
        picture.pixelColor(int(cells[3].center().x()), int(cells[3].top() + share * cells[3].height()))
        for share in (0.25, 0.75)
    )
    assert (upper.red(), upper.green(), upper.blue()) == (255, 255, 0)
    assert (lower.red(), lower.green(), lower.blue()) == (255, 0, 0)
    with qtbot.assertNotEmitted(grid.activated):  # no channel of its own
        QTest.mouseDClick(grid, Qt.MouseButton.LeftButton, pos=cells[3].center().toPoint())
    grid.show_maps(maps, low - 1, high)
    assert len(grid.layout_cells()) == 3, "values below 0 are no colours"
