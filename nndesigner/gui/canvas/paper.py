"""The print style, for papers: black on white through the one painter, and faces without the screen's marks."""

from __future__ import annotations

from msgspec.structs import replace

from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.theme import LIGHT

PAPER = replace(
    LIGHT,
    name="paper",
    window="#ffffff",
    panel="#ffffff",
    canvas="#ffffff",
    grid="#ffffff",
    node="#ffffff",
    node_border="#000000",
    wire="#000000",
    text="#000000",
    muted="#262626",
    accent="#000000",
    accent_text="#ffffff",
    error="#000000",
    warning="#999999",
    hint="#000000",
    good="#000000",
    groups={},
    plots=("#000000",),
)
"""Every colour is black, white or a grey that a copier keeps; what a layer is, its symbol and its words say."""


def for_paper(faces: Faces) -> Faces:
    """The faces without what is wrong: a figure shows the network, not the state of the work on it."""
    faces.severities.clear()
    faces.bad_ports.clear()
    faces.bad_edges.clear()
    return faces
