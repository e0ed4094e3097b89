"""What is shown on top of the document while someone looks at it: selection, hover, a gesture's preview, overlays.

Plain values; the painter reads them and changes none.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from nndesigner.check.carrying import Fit
from nndesigner.gui.canvas.hit import NOTHING, Hit

PortKey = tuple[str, int, str]
"""node id, side, port name"""


class Anchor(msgspec.Struct, frozen=True):
    """The end that stays: a port, and the wire whose other end is being moved, if any."""

    node: str
    side: int
    port: str
    edge: str = ""


class Overlay(msgspec.Struct, frozen=True):
    """A run's small word about one node, drawn under it.

    `text` a value such as "0.31"; `spark` the newest values of a series, oldest first; `level` "", "good", "warning"
    or "error" colours both. `muted` says that the node is not in the run that is shown.

    `heat` is where the value lies between very small (0) and very large (1), None where that has no meaning; `alarm`
    the severity of an alarm that speaks of the node, "" for none, and `words` what a tooltip adds.
    """

    text: str = ""
    spark: tuple[float, ...] = ()
    level: str = ""
    muted: bool = False
    heat: float | None = None
    alarm: str = ""
    words: str = ""


class PaintState(msgspec.Struct, frozen=True, kw_only=True):
    selection: frozenset[str] = frozenset()
    hovered: Hit = NOTHING
    focus: Hit = NOTHING
    """the node or port that the keyboard is at"""
    raised: frozenset[str] = frozenset()
    """drawn above the others: what is being dragged"""
    dimmed: frozenset[PortKey] = frozenset()
    """ports that the dragged wire cannot go to"""
    lit: frozenset[PortKey] = frozenset()
    """ports that take what the dragged wire carries"""
    target: Hit = NOTHING
    """where the dragged wire, or the dragged layer, would land"""
    hidden_edge: str = ""
    """the wire whose end is being dragged"""
    overlays: Mapping[str, Overlay] = msgspec.field(default_factory=dict)
    flows: Mapping[str, float] = msgspec.field(default_factory=dict)
    """wire id → how strong the signal is that flows along it, from 0 (very weak) to 1"""
    shares: Mapping[str, float] = msgspec.field(default_factory=dict)
    """node id → its share of the whole network's weights or operations, 0 to 1: what is marked as heavy"""
    fits: Mapping[str, Fit] = msgspec.field(default_factory=dict)
    """node id → what it keeps of a run's weights"""
    flashes: Mapping[str, float] = msgspec.field(default_factory=dict)
    """node id → how strongly it lights up, 0 to 1"""
    fast: bool = False
    """in motion: leave out what the eye does not miss"""


NO_STATE = PaintState()
