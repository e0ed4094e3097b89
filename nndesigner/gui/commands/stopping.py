"""Waiting for a run to stop: its last checkpoint is written before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer

from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

STOP_SECONDS = 20


def wait_for_stop(desk: Desk) -> bool:
    """Stops training and waits until its checkpoint is written; by force after a while. The window stays alive."""
    training = desk.session.training
    if not training.busy:
        return True
    desk.say(tr("Stopping: the last checkpoint is being written."))
    loop = QEventLoop()
    leave = training.changed.connect(lambda: loop.quit() if not training.busy else None)
    force = QTimer()
    force.setSingleShot(True)
    force.timeout.connect(training.kill)
    force.start(1000 * STOP_SECONDS)
    training.stop()
    if training.busy:
        loop.exec(QEventLoop.ProcessEventsFlag.AllEvents)
    force.stop()
    leave()
    return not training.busy
