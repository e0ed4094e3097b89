"""The limits of alarms can be set, hold at once, and go back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.check.alarms.alarms import alarms
from nndesigner.gui.alarm_settings import AlarmSettings
from nndesigner.session.session import Session

DEAD = next(alarm for alarm in alarms() if alarm.code == "run-dead")


def opened(qtbot) -> tuple[AlarmSettings, Session]:
    session = Session()
    dialog = AlarmSettings(None, session.alarms)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, session


def test_every_alarm_has_its_switch_and_limits(app, qtbot) -> None:
    dialog, session = opened(qtbot)
    assert list(dialog.forms) == [alarm.code for alarm in alarms()]
    assert set(dialog.forms["run-dead"].rows) == {"watch", "share", "looks"}
    assert session.alarms.settings(DEAD)["share"] == 0.5


def test_what_is_typed_holds_and_the_arrow_goes_back(app, qtbot) -> None:
    dialog, session = opened(qtbot)
    row = dialog.forms["run-dead"].rows["share"]
    line = row.editor.focusProxy()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(line, "0.8")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert session.alarms.settings(DEAD)["share"] == 0.8 and row.back.isVisible()
    QTest.mouseClick(row.back, Qt.MouseButton.LeftButton)
    assert session.alarms.settings(DEAD)["share"] == 0.5 and not row.back.isVisible()
    dialog.reject()


def test_a_share_above_one_is_refused_with_a_sentence(app, qtbot) -> None:
    dialog, session = opened(qtbot)
    row = dialog.forms["run-dead"].rows["share"]
    line = row.editor.focusProxy()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(line, "8")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert row.sentence.isVisible() and "between 0 and 1" in row.sentence.text()
    assert session.alarms.settings(DEAD)["share"] == 0.5
