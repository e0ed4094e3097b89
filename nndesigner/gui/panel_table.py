"""The panels of the window, in the order in which they stand as tabs. What each shows is in its own file.

Plots are made when they are first in sight, after the window is on the screen: importing them takes longer than
opening the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from nndesigner.gui.panels import BOTTOM, LEFT, RIGHT, Panel

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def _training(desk: Desk) -> QWidget:
    from nndesigner.gui.training_panel import make

    return make(desk)


def _monitors(desk: Desk) -> QWidget:
    from nndesigner.gui.monitors.joined import make

    return make(desk)


def _runs(desk: Desk) -> QWidget:
    from nndesigner.gui.runs_view import make

    return make(desk)


def _try_it(desk: Desk) -> QWidget:
    from nndesigner.gui.try_it.bench import make

    return make(desk)


def _analyzer(desk: Desk) -> QWidget:
    from nndesigner.gui.analyzer.panel import make

    return make(desk)


def _evaluation(desk: Desk) -> QWidget:
    from nndesigner.gui.evaluation.panel import make

    return make(desk)


def _code(desk: Desk) -> QWidget:
    from nndesigner.gui.code_view import make

    return make(desk)


def _history(desk: Desk) -> QWidget:
    from nndesigner.gui.history_panel import make

    return make(desk)


def _outline(desk: Desk) -> QWidget:
    from nndesigner.gui.outline.panel import make

    return make(desk)


PANELS: tuple[Panel, ...] = (
    Panel(id="palette", title="Layers", area=LEFT, make=lambda desk: desk.window.palette_panel),
    Panel(id="outline", title="Outline", area=LEFT, make=_outline, late=True),
    Panel(id="history", title="History", area=LEFT, make=_history, late=True, hidden=True),
    Panel(id="inspector", title="Inspector", area=RIGHT, make=lambda desk: desk.inspector),
    Panel(id="training", title="Training", area=RIGHT, make=_training, late=True),
    # Beside the curves, which stay in sight while a run is chosen and while the model is tried.
    Panel(id="runs", title="Runs", area=RIGHT, make=_runs, late=True),
    Panel(id="try-it", title="Try it", area=RIGHT, make=_try_it, late=True),
    Panel(id="problems", title="Problems", area=BOTTOM, make=lambda desk: desk.window.problems_panel),
    Panel(id="analyzer", title="Analyzer", area=BOTTOM, make=_analyzer, late=True),
    Panel(id="code", title="Code", area=BOTTOM, make=_code, late=True),
    Panel(id="monitors", title="Monitors", area=BOTTOM, make=_monitors, late=True),
    Panel(id="evaluation", title="Evaluation", area=BOTTOM, make=_evaluation, late=True),
)
