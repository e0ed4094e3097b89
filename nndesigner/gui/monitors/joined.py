"""The panel of live views on a window's desk, joined to its canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.document.records import Node
from nndesigner.gui.monitors.canvas_legend import CanvasLegend
from nndesigner.gui.monitors.panel import MonitorsPanel

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def make(desk: Desk) -> MonitorsPanel:
    """The panel: it follows the selection of the canvas, and the canvas shows the run."""
    panel = MonitorsPanel(desk.session, desk.window)
    canvas = desk.home_canvas
    canvas.selectionChanged.connect(panel.show_selection)
    panel.on_canvas.overlays_changed.connect(canvas.set_overlays)
    panel.on_canvas.flows_changed.connect(canvas.set_flows)
    legend = CanvasLegend(canvas, canvas.has_content_in)
    canvas.zoomChanged.connect(lambda _: legend.place_again())
    canvas.contentChanged.connect(legend.place_again)
    panel.on_canvas.legend_changed.connect(legend.show_scales)
    panel.canvas = canvas
    panel.on_canvas.limits_wanted.connect(lambda: _set_limits(desk, panel))
    panel.node_activated.connect(lambda id: _show_node(desk, id))
    docking = desk.window.docking
    docking.shown_changed.connect(panel.show_outside)
    docking.was_reset.connect(panel.gather)
    panel.show_outside(docking.shown)
    panel.show_selection(desk.canvas.selection)
    panel.on_canvas.tell_again()
    return panel


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
