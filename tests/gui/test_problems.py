from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.gui.problems import MOST_SHOWN, ProblemsPanel, summary


@pytest.fixture
def panel(app, qtbot) -> ProblemsPanel:
    made = ProblemsPanel()
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def _problem(
    message: str, severity: Severity = Severity.ERROR, node: str = "n1", *remedies: Remedy
) -> Problem:
    return Problem(severity, "code", Where(node=node), message, remedies)


def test_a_row_per_problem_with_its_remedies(panel, qtbot) -> None:
    remedy = Remedy("add_node", {"type": "Flatten"}, "Insert a Flatten & go")
    problem = _problem("It does not fit.", Severity.ERROR, "n1", remedy)
    panel.show_problems([problem, _problem("Perhaps.", Severity.HINT)])
    assert [row.problem.message for row in panel.rows] == ["It does not fit.", "Perhaps."]
    assert panel.rows[0].buttons[0].text() == "Insert a Flatten && go"
    with qtbot.waitSignal(panel.remedied) as told:
        QTest.mouseClick(panel.rows[0].buttons[0], Qt.MouseButton.LeftButton)
    assert told.args == [problem, remedy]


def test_a_click_or_return_asks_for_the_place(panel, qtbot) -> None:
    problem = _problem("Here.")
    panel.show_problems([problem])
    for act in (
        lambda: QTest.mouseClick(panel.rows[0], Qt.MouseButton.LeftButton),
        lambda: QTest.keyClick(panel.rows[0], Qt.Key.Key_Return),
    ):
        with qtbot.waitSignal(panel.opened) as told:
            act()
        assert told.args == [problem]


def test_what_is_the_same_is_not_made_anew(panel) -> None:
    panel.show_problems([_problem("Here.")])
    row = panel.rows[0]
    panel.show_problems([_problem("Here.")])
    assert panel.rows[0] is row
    panel.show_problems([_problem("There.")])
    assert panel.rows[0] is row and row.message.text() == "There.", "only words differ"
    panel.show_problems([_problem("There.", Severity.WARNING)])
    assert panel.rows[0] is not row


def test_a_great_many_are_counted(panel) -> None:
    panel.show_problems([_problem(f"Problem {i}", node=str(i)) for i in range(MOST_SHOWN + 40)])
    assert len(panel.rows) == MOST_SHOWN


def test_the_summary_counts_by_severity() -> None:
    assert summary([]) == ""
    assert (
        summary([_problem("a"), _problem("b"), _problem("c", Severity.WARNING)]) == "2 errors and 1 warning"
    )


def test_several_remedies_stand_below_the_words_and_break_where_it_is_narrow(panel, qtbot) -> None:
    remedies = tuple(Remedy("remove", {"ids": [n]}, f"A rather long sentence {n}") for n in "abc")
    panel.show_problems([_problem("Words. " * 20, Severity.WARNING, "n1", *remedies)])
    panel.resize(900, 300)
    panel.show()
    (row,) = panel.rows
    qtbot.waitUntil(lambda: row.buttons[0].y() > row.message.y())
    assert len({button.y() for button in row.buttons}) == 1
    panel.resize(380, 300)
    qtbot.waitUntil(lambda: len({button.y() for button in row.buttons}) > 1)
    assert row.width() <= panel.width(), "nothing is cut off"
    with qtbot.waitSignal(panel.remedied) as told:
        QTest.mouseClick(row.buttons[2], Qt.MouseButton.LeftButton)
    assert told.args[1] == remedies[2]
