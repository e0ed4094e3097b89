"""Every port of a network in one table, and which of them have a wire: worked out from the forms of the nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, Floats, Ints, Outline


def port_table(outlines: Sequence[Outline], form: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    """Of every port its node's row, its side, its position in the outline and its offset [P, 2] from the corner.

    `form` [N] is each node's place in `outlines`. Ports are in the order of the nodes, inputs before outputs.
    """
    parts = [
        (side, index, *outline.port(side, index))
        for outline in outlines
        for side in (INPUT, OUTPUT)
        for index in range(len(outline.names(side)))
    ]
    table = np.array(parts, np.float64).reshape(-1, 4)
    counts = np.array([len(o.inputs) + len(o.outputs) for o in outlines], np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1] if len(counts) else counts
    per_node = counts[form] if len(form) else np.zeros(0, np.int64)
    node = np.repeat(np.arange(len(form)), per_node)
    first = np.repeat(np.cumsum(per_node) - per_node, per_node)
    row = (starts[form[node]] if len(node) else node) + np.arange(len(node)) - first
    picked = table[row]
    return node, picked[:, 0].astype(np.int64), picked[:, 1].astype(np.int64), picked[:, 2:4]


def wired_ports(node: Ints, outlines: Sequence[Outline], form: Ints, ends: Ints) -> NDArray[np.bool_]:
    """For every port whether a wire is at it. `node` [P] is the table's first column, `ends` [M, 4] the wires'."""
    found = np.zeros(len(node), bool)
    if len(ends):
        first = np.searchsorted(node, np.arange(len(form)))
        inputs = np.array([len(outline.inputs) for outline in outlines], np.int64)
        source, out, target, into = ends.T
        found[first[source] + inputs[form[source]] + out] = True
        found[first[target] + into] = True
    return found
