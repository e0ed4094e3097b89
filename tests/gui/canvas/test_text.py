from __future__ import annotations

import pytest
from PySide6.QtGui import QFont

from nndesigner.gui.canvas import text

pytestmark = pytest.mark.usefixtures("qapp")


def test_a_text_that_fits_stays_and_a_longer_one_is_cut():
    assert text.fitted("conv1", text.TITLE, 100) == "conv1"
    cut = text.fitted("a_very_long_name_for_a_layer", text.TITLE, 60)
    assert cut.endswith("…") and text.width(cut, text.TITLE) <= 60


def test_a_text_takes_the_same_room_at_every_zoom():
    font = text.font(text.TITLE)
    assert font.hintingPreference() == QFont.HintingPreference.PreferNoHinting
    assert font.pixelSize() == 12 and font.weight() == 600


def test_capitals_stand_around_the_middle():
    assert 15 < text.baseline(text.TITLE, 15) < 15 + 12
