"""What is done when the user wants something of a live view: see `monitor.WISHES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.gui.monitors.monitor import Monitor

if TYPE_CHECKING:
    from nndesigner.gui.monitors.panel import MonitorsPanel


def do(panel: MonitorsPanel, monitor: Monitor, wish: str) -> None:
    if wish == "pin":
        _pin(panel, monitor, monitor.pinned is None)
    elif wish == "freeze" and not monitor.frozen:
        monitor.freeze()
    elif wish == "freeze":
        monitor.thaw()
        panel.telling.all_to(monitor)
    elif wish == "another":
        _open_another(panel, monitor)
    elif wish == "close":
        panel.arrangement.close(monitor.key)
        panel.arrange()
    else:
        panel.arrangement.stand(monitor.key, wish)
        panel.arrange()
        panel.arrangement.show_view(monitor.key)
    panel.watching.settle_soon()


def _pin(panel: MonitorsPanel, monitor: Monitor, on: bool) -> None:
    if on and monitor.node:
        monitor.pinned = monitor.node.rpartition("/")[2], monitor.node
    elif not on:
        monitor.pinned = None
    if not monitor.frozen:
        panel.telling.node_to(monitor)
    monitor.show_state()
    panel.watching.draw_soon()


def _open_another(panel: MonitorsPanel, monitor: Monitor) -> None:
    """Beside the first one, which stays with its layer: another can be selected for the new one."""
    if monitor.view.place == "node" and monitor.pinned is None and monitor.node:
        _pin(panel, monitor, True)
    made = panel.arrangement.add_another(monitor.view)
    panel.arrange()
    panel.arrangement.show_view(made.key)
