from __future__ import annotations

import pytest

from nndesigner.gui.canvas.glyphs import symbol, tile_pixmap
from nndesigner.gui.theme import THEMES
from nndesigner.layers.catalogue import GROUPS

pytestmark = pytest.mark.usefixtures("qapp")


def test_every_group_has_a_symbol_of_its_own():
    names = [*GROUPS, "", "of somebody's package"]
    drawn = [symbol(name) for name in names]
    assert all(drawn[i] != drawn[j] for i in range(len(drawn)) for j in range(i))


@pytest.mark.parametrize("name", [*GROUPS, ""])
def test_symbols_stay_in_their_box(name):
    for path in symbol(name):
        box = path.boundingRect()
        assert box.isEmpty() or (
            box.left() >= 0 and box.top() >= 0 and box.right() <= 20 and box.bottom() <= 20
        )


@pytest.mark.parametrize("ratio", [1.0, 1.5, 3.0])
def test_a_tile_is_as_sharp_as_the_screen(ratio):
    pixmap = tile_pixmap("Dense", next(iter(THEMES.values())), 24, ratio)
    assert pixmap.width() == round(24 * ratio) and pixmap.devicePixelRatio() == ratio
