"""The panel of live views on a window's desk, joined to its canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nndesigner.document.records import Node
from nndesigner.gui.monitors.canvas_legend import CanvasLegend
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.split_view import Look
from nndesigner.session.checking import Place

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session


def make(desk: Desk) -> MonitorsPanel:
    """The panel: it follows the selection of the canvas, and every canvas shows the run."""
    panel = MonitorsPanel(desk.session, desk.window)
    on_canvas, canvas = panel.on_canvas, desk.home_canvas
    canvas.selectionChanged.connect(panel.show_selection)
    on_canvas.overlays_changed.connect(canvas.set_overlays)
    on_canvas.flows_changed.connect(canvas.set_flows)
    on_canvas.legend_changed.connect(_legend(canvas).show_scales)
    on_canvas.place = lambda: _place_of(canvas, desk.session)
    panel.canvas = canvas
    others: list[CanvasView] = []

    def settle_canvases() -> None:
        for gone in [one for one in others if one not in desk.canvases]:
            others.remove(gone)
            on_canvas.leave(gone)
        for new in [one for one in desk.canvases[1:] if one not in others]:
            others.append(new)
            on_canvas.add(new, partial(_place_of, new, desk.session), _tell(new))

    desk.canvases_changed.connect(settle_canvases)
    settle_canvases()
    on_canvas.limits_wanted.connect(lambda: _set_limits(desk, panel))
    panel.node_activated.connect(lambda id: _show_node(desk, id))
    docking = desk.window.docking
    docking.shown_changed.connect(panel.show_outside)
    docking.was_reset.connect(panel.gather)
    panel.show_outside(docking.shown)
    panel.show_selection(desk.canvas.selection)
    on_canvas.tell_again()
    return panel


def _legend(canvas: CanvasView) -> CanvasLegend:
    legend = CanvasLegend(canvas, canvas.covered_in)
    canvas.zoomChanged.connect(lambda _: legend.place_again())
    canvas.contentChanged.connect(legend.place_again)
    return legend


def _tell(canvas: CanvasView) -> Callable[[str, Any], object]:
    """What another canvas than the first one does with what it is told."""
    legend = _legend(canvas)
    acts: dict[str, Callable[[Any], object]] = {
        "overlays": canvas.set_overlays,
        "flows": canvas.set_flows,
        "legend": legend.show_scales,
    }
    return lambda kind, what: acts[kind](what)


def _place_of(canvas: CanvasView, session: Session) -> Place:
    """What a canvas looks at: of two side by side, one may look elsewhere than the session does."""
    look = canvas.editor
    if isinstance(look, Look):
        return look.place
    return Place(session.editing.network, session.editing.trail)


def _show_node(desk: Desk, id: str) -> None:
    id = id.rpartition("/")[2]  # a node inside a block is selected where it is drawn
    record = desk.session.document.get(id)
    if isinstance(record, Node):
        if record.network != desk.session.network:
            desk.session.editing.show_network(record.network)
        desk.canvas.select([id])
        desk.show_node(id)


def _set_limits(desk: Desk, panel: MonitorsPanel) -> None:
    from nndesigner.gui.alarm_settings import AlarmSettings

    dialog = AlarmSettings(desk.window, desk.session.alarms)
    dialog.exec()
    dialog.deleteLater()
    panel.settle()
