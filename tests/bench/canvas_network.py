"""A large network to draw: residual chains of convolutions, on a grid, with 1.2 wires per layer."""

from __future__ import annotations

import math
import random

from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node

WIDE, HIGH = 200.0, 120.0
_REPEATED = (
    ("Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": "same"}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("Dropout", {}),
    ("Add", {}),
)


def network(nodes: int) -> Document:
    """`nodes` layers and 1.2 times as many wires, without a mistake that a check could find but for a missing end."""
    chance = random.Random(1)
    columns = max(1, round(math.sqrt(nodes * 1.2)))
    records: list[Node | Edge | Network] = [Network(id="main", name="network")]
    counts: dict[str, int] = {}
    types: list[str] = []
    for row in range(nodes):
        type, parameters = _REPEATED[(row - 1) % len(_REPEATED)]
        if row == 0:
            type, parameters = "ImageInput", {"channels": 64, "height": 32, "width": 32}
        types.append(type)
        counts[type] = counts.get(type, 0) + 1
        records.append(
            Node(
                id=f"n{row}",
                network="main",
                type=type,
                name=f"{type.lower()}{counts[type]}",
                parameters=parameters,
                x=(row % columns) * WIDE,
                y=(row // columns) * HIGH,
            )
        )
    for row in range(1, nodes):
        adds = types[row] == "Add"
        records.append(
            Edge(
                id=f"e{row}",
                source=f"n{row - 1}",
                out_port="y",
                target=f"n{row}",
                in_port="a" if adds else "x",
            )
        )
        if adds:  # what the block began with, or what an earlier one did
            back = row - 5 * chance.choice((1, 1, 1, 1, 20))
            source = f"n{max(0, back)}"
            records.append(Edge(id=f"s{row}", source=source, out_port="y", target=f"n{row}", in_port="b"))
    return Document(records)
