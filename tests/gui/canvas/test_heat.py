"""The scale of colours: blue is small, orange is large, apart for every eye and from the canvas in both themes."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nndesigner.gui.canvas.heat import STEPS, heat, on_log_scale, step_of
from tests.gui.test_theme import BOTH, EYES, contrast, linear, oklab


def test_positions_on_the_scale() -> None:
    assert (step_of(0.0), step_of(0.5), step_of(1.0), step_of(7.0)) == (0, STEPS // 2, STEPS, STEPS)
    assert step_of(None) == -1
    assert on_log_scale(1.0, -3, 3) == 0.5
    assert on_log_scale(0.0, -3, 3) == 0.0 and on_log_scale(math.inf, -3, 3) == 1.0
    assert on_log_scale(math.nan, -3, 3) is None


@BOTH
def test_small_and_large_are_blue_and_orange_and_none_is_an_ordinary_wire(shown) -> None:
    small, large = heat(shown, 0.0), heat(shown, 1.0)
    assert small.blue() > small.red() and large.red() > large.blue()
    assert heat(shown, None) == QColor(shown.wire)


@BOTH
@pytest.mark.parametrize("eye", EYES)
def test_its_ends_and_middle_stay_apart_for_every_eye(shown, eye) -> None:
    seen = [oklab(EYES[eye] @ linear(heat(shown, at).name())) for at in (0.0, 0.25, 0.5, 0.75, 1.0)]
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(first - second) > 0.05


@BOTH
def test_every_colour_is_seen_on_the_canvas(shown) -> None:
    for step in range(STEPS + 1):
        assert contrast(heat(shown, step / STEPS).name(), shown.canvas) > 1.9
