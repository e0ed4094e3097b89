"""Which classes are shown, and that a bar is as long as its probability."""

from __future__ import annotations

import pytest

from nndesigner.gui.answer_bars import MOST_ROWS, AnswerBars, chances


def test_few_classes_in_their_order() -> None:
    found, left_out = chances(["cat", "dog"], [0.3, 0.7], 0)
    assert [(c.name, c.right, c.answered) for c in found] == [("cat", True, False), ("dog", False, True)]
    assert left_out == 0


def test_of_many_the_likeliest_and_the_right_one() -> None:
    shares = [i / 100 for i in range(50)]
    found, left_out = chances([str(i) for i in range(50)], shares, 3)
    assert len(found) == MOST_ROWS
    assert left_out == 50 - MOST_ROWS
    assert [c.name for c in found] == [*(str(i) for i in range(49, 49 - MOST_ROWS + 1, -1)), "3"]
    assert found[0].answered and found[-1].right


def test_characters_that_leave_no_trace_are_shown_by_a_sign() -> None:
    shown, _ = chances([" ", "\n", "a"], [0.5, 0.3, 0.2], 2)
    assert [row.name for row in shown] == ["␣", "↵", "a"]


def test_names_that_are_missing_are_numbers() -> None:
    assert [c.name for c in chances(["a"], [0.5, 0.5], None)[0]] == ["a", "1"]


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_a_bar_is_as_long_as_its_probability(qtbot, app, share: float) -> None:
    bars = AnswerBars()
    qtbot.addWidget(bars)
    bars.resize(400, 60)
    bars.show_chances(*chances(["a", "b"], [1 - share, share], None))
    image = bars.grab().toImage()
    row = [image.pixelColor(x, 24 + 12).name() for x in range(400)]
    color = row[60]  # inside the shorter of the two bars
    first, last = row.index(color), len(row) - 1 - row[::-1].index(color)
    other = [image.pixelColor(x, 12).name() for x in range(400)]
    assert last - first > 20
    full = bars.width() - first - bars.fontMetrics().horizontalAdvance("100.0 %") - 12
    assert (last - first) / full == pytest.approx(share, abs=0.05)
    assert other != row
    assert bars.accessibleName() == f"a: {100 - 100 * share:.1f} %, b: {100 * share:.1f} %"
