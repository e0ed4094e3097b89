from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from nndesigner.check.carrying import Fit
from nndesigner.gui.canvas.fits import draw_fit_from_afar, fit_words
from nndesigner.gui.theme import THEMES


def _covered(fit: Fit, theme) -> set[tuple[int, int]]:
    """Pixels that the form takes, whatever its colour."""
    image = QImage(80, 80, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.scale(3, 3)
    draw_fit_from_afar(painter, QPointF(8, 8), fit, theme)
    painter.end()
    return {(x, y) for x in range(80) for y in range(80) if image.pixelColor(x, y).alpha() > 128}


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_states_are_told_apart_by_form_alone(theme):
    forms = [_covered(fit, theme) for fit in (Fit(kept=1), Fit(resized=1), Fit(fresh=1))]
    for i, one in enumerate(forms):
        for other in forms[i + 1 :]:
            assert len(one ^ other) > 0.12 * len(one | other)


def test_words_say_what_happens_to_one_layer_and_count_those_of_a_block():
    assert fit_words(Fit(kept=1)) == "Keeps its weights from the last run."
    assert "will not learn" in fit_words(Fit(kept=1, frozen=1))
    words = fit_words(Fit(kept=3, fresh=2, frozen=1))
    assert words == "5 layers with weights inside, against the last run: 3 kept, 2 begin anew, 1 frozen."
