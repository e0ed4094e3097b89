from __future__ import annotations

import numpy as np
import pytest

from nndesigner.gui.canvas import geometry
from nndesigner.gui.canvas.geometry import GRID, INPUT, OUTPUT, PORT_Y, WIDTH, outline


def test_single_ports_of_all_nodes_lie_at_one_height():
    plain, tall = outline(("x",), ("y",), False), outline(("a", "b", "c"), ("y",), True)
    assert plain.port(INPUT, 0) == (0.0, PORT_Y)
    assert plain.port(OUTPUT, 0) == tall.port(OUTPUT, 0) == (WIDTH, PORT_Y)


def test_several_ports_have_rows_inside_the_body_on_the_grid_of_single_ones():
    form = outline(("a", "b", "c"), ("y",), True)
    heights = [form.port(INPUT, index)[1] for index in range(3)]
    assert all((y - PORT_Y) % GRID == 0 for y in heights)
    assert heights == sorted(set(heights))
    assert heights[-1] < form.body < form.height


def test_the_footer_adds_height():
    assert outline(("x",), ("y",), True).height > outline(("x",), ("y",), False).height


def test_equal_outlines_are_one_object():
    assert outline(("x",), ("y",), True) is outline(("x",), ("y",), True)


@pytest.mark.parametrize("end", [(200.0, 0.0), (60.0, 90.0), (-300.0, 40.0), (0.0, 0.0)])
def test_a_wire_starts_and_ends_at_its_ports_and_leaves_to_the_right(end):
    starts, ends = np.zeros((1, 2)), np.array([end])
    line = geometry.flatten(geometry.control_points(starts, ends))[0]
    assert np.allclose(line[0], (0, 0)) and np.allclose(line[-1], end)
    assert line[1, 0] > line[0, 0] and line[-2, 0] < line[-1, 0]


def test_the_polyline_is_the_cubic_curve():
    controls = np.array([[[0, 0], [50, 0], [50, 80], [100, 80]]], np.float64)
    line = geometry.flatten(controls)[0]
    t = np.linspace(0, 1, len(line))[:, None]
    p = controls[0]
    expected = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    assert np.allclose(line, expected)


@pytest.mark.parametrize(("value", "line"), [(0, 0), (9.9, 0), (10.1, 20), (-12, -20), (1234, 1240)])
def test_snapping(value, line):
    assert geometry.snapped(value) == line


def test_a_wire_to_the_next_row_goes_around_and_not_behind_the_nodes() -> None:
    starts, ends = np.array([[1000.0, 20.0]]), np.array([[0.0, 200.0]])
    (line,) = geometry.wire_lines(starts, ends)
    assert line.shape == (geometry.SEGMENTS + 1, 2)
    assert tuple(line[0]) == (1000.0, 20.0) and tuple(line[-1]) == (0.0, 200.0)
    assert tuple(line[len(line) // 2]) == (500.0, 110.0)
    above = line[(line[:, 0] > 10) & (line[:, 0] < 990)]
    assert np.allclose(above[:, 1], 110.0), "between the ends it runs halfway between the rows"
    assert np.all(np.hypot(*np.diff(line, axis=0).T) > 0)
