"""The evaluation of a run, and its report: the rules that say when they can be had, and the calls that do them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import tr
from nndesigner.gui.commands.training import last_run
from nndesigner.runs.listing import RunSummary

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def why_no_evaluation(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    return "" if last_run(desk) else tr("There is no trained network yet: train first.")


def show_evaluation(desk: Desk) -> None:
    """Brings the panel into sight, with room to be read."""
    desk.window.raise_panel("evaluation")
    desk.window.docking.make_room("evaluation")


def report(desk: Desk, run: RunSummary | None = None) -> None:
    """Opens the dialog that writes the report of a run, the newest trained one if none is named."""
    from nndesigner.gui.report.dialog import ReportDialog

    run = run or last_run(desk)
    if run is None:
        return
    others = [other for other in reversed(desk.runs) if other.checkpoints and other.path != run.path]
    ReportDialog(desk.window, desk.session, [run, *others]).open()
