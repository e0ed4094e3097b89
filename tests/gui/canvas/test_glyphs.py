from __future__ import annotations

import pytest

from nndesigner.gui.canvas.glyphs import symbol
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
