"""What the canvas draws under the nodes for the shown run: gradients, and what the run did not train as it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np

from nndesigner.document.document import Document
from nndesigner.gui.canvas.state import Overlay
from nndesigner.gui.monitors.health import rows_of
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.source import ShownRun, changes_since, label_of
from nndesigner.protocol.messages import Frame

SPARK = 24
"""gradient norms that the little line under a node shows"""


class Gradients:
    """The last gradient norms of every node, as frames of the measurement "health" bring them."""

    def __init__(self) -> None:
        self._sparks: dict[str, deque[float]] = {}

    def clear(self) -> None:
        """Another run is shown."""
        self._sparks.clear()

    def keep(self, frame: Frame) -> None:
        norms = frame.arrays.get("gradient_norm")
        if norms is None:
            return
        for id, norm in zip(frame.meta.get("nodes", ()), norms.tolist(), strict=False):
            if np.isfinite(norm):
                self._sparks.setdefault(id, deque(maxlen=SPARK)).append(norm)

    def overlays(self, run: ShownRun, now: Document) -> Mapping[str, Overlay]:
        """By node id: the gradient of each, or that the run did not train it as it is in the document of now."""
        changed = changes_since(run.document, now)
        made = {id: Overlay(label_of(change), muted=True) for id, change in changed.items()}
        frame = run.history.frames.get(("", "health"))
        if frame is None or not {"nodes"} <= frame.meta.keys():
            return made
        for row in rows_of(frame, None):
            norm = row.numbers["gradient_norm"]
            if row.node in changed or np.isnan(norm):
                continue
            level = "" if np.isfinite(norm) else "error"
            made[row.node] = Overlay(f"∇ {short(norm)}", tuple(self._sparks.get(row.node, ())), level)
        return made
