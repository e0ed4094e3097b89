"""A canvas in a process of its own: `scaled_side.py PICTURE` prints what it looks like as one line of JSON."""

from __future__ import annotations

import json
import sys
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication

from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.gui.canvas.geometry import WIDTH
from nndesigner.gui.canvas.hit import hit
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT
from nndesigner.session.session import Session


def network() -> Document:
    document = edits.new_document()
    for number, type in enumerate(("ImageInput", "Conv2d", "ReLU", "Add")):
        document = document.apply(edits.VERBS["add_node"](document, type=type, x=number * 200.0, y=0.0))
    nodes = document.nodes()
    for source, target in pairwise(nodes):
        port = "a" if target.type == "Add" else "x"
        document = document.apply(
            edits.VERBS["connect"](document, source=source.id, out_port="y", target=target.id, in_port=port)
        )
    return document


def main(picture: str) -> dict[str, float]:
    app = QApplication([])
    session = Session()
    session.editing.replace(network(), saved=True)
    assert check(session.document) is not None
    view = CanvasView(session, LIGHT)
    view.resize(800, 600)
    view.show()
    view.centerOn(370, 30)
    app.processEvents()
    seen = view.grab()
    image = seen.toImage()
    image.save(picture)
    missed = 0
    a = view.arrays
    node, side, index, offset = a.ports
    for port in range(len(node)):
        row = int(node[port])
        place = view.mapFromScene(QPointF(*(a.place[row] + offset[port]).tolist()))
        scene = view.mapToScene(place)
        found = hit(a, scene.x(), scene.y(), view.pixel)
        name = a.port_name(row, int(side[port]), int(index[port]))
        missed += (found.kind, found.id, found.port) != ("port", a.node_ids[row], name)
    for row, id in enumerate(a.node_ids):
        scene = view.mapToScene(view.mapFromScene(QPointF(*(a.place[row] + a.size[row] / 2).tolist())))
        missed += hit(a, scene.x(), scene.y(), view.pixel).id != id
    ratio = image.devicePixelRatio()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    # The title's strokes: the largest step from one pixel to the next, which a picture that was stretched has not.
    corner = view.mapFromScene(QPointF(*a.place[1].tolist()))
    box = QPoint(round((corner.x() + 42) * ratio), round((corner.y() + 8) * ratio))
    sharp = 0
    for y in range(round(14 * ratio)):
        row = [
            image.pixelColor(box.x() + x, box.y() + y).lightness() for x in range(round((WIDTH - 60) * ratio))
        ]
        sharp = max(sharp, *(abs(first - second) for first, second in pairwise(row)))
    return {
        "ratio": ratio,
        "wide": image.width(),
        "colours": len(colours),
        "missed": missed,
        "sharp": sharp,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])), flush=True)
