"""Checking and compiling a network of a thousand nodes, and a compiled module against the same written by hand."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness import Part, Result, Turns, ratio, take_turns

NODES = 1000
EDITS = 40
ROUNDS = 24
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def thousand() -> Any:
    """A residual chain of a thousand nodes: 8 channels, convolution, normalization, activation, addition."""
    from nndesigner.document import edits
    from nndesigner.document.document import Document
    from nndesigner.document.records import Edge, Node

    document = edits.new_document("thousand")
    network = document.main.id
    records: list[Any] = list(document)
    nodes: list[Node] = []

    def add(type: str, *inputs: Node, **parameters: Any) -> Node:
        name = f"{type.lower()}{len(nodes)}"
        node = Node(id=name, network=network, type=type, name=name, parameters=parameters)
        nodes.append(node)
        records.append(node)
        for port, source in zip("ab" if len(inputs) > 1 else "x", inputs, strict=False):
            records.append(
                Edge(id=f"{name}.{port}", source=source.id, out_port="y", target=name, in_port=port)
            )
        return node

    x = add("ImageInput", channels=8, height=8, width=8)
    while len(nodes) < NODES - 2:
        y = add("Conv2d", x, out_channels=8)
        y = add("ReLU", add("BatchNorm2d", y))
        x = add("Add", x, y)
    add("Output", add("Flatten", x))
    return Document(records)


def milliseconds(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def checking(results: list[Result]) -> None:
    from nndesigner.check import free_sizes, inside, nodes, shapes
    from nndesigner.check.check import check
    from nndesigner.compiler.build import build
    from nndesigner.document import edits

    document = thousand()

    def afresh() -> None:
        for known in (nodes._known, inside._insides, shapes._remembered, free_sizes._answers):
            known.clear()
        document.__dict__.pop("derived", None)

    check(document)
    full = []
    for _ in range(5):
        afresh()
        full.append(milliseconds(lambda: check(document)))
    results.append(
        Result("check of 1,000 nodes, all anew", statistics.median(full), "ms (CPU)", bar=300, better="lower")
    )
    convolutions = [node for node in document.nodes() if node.type == "Conv2d"]
    after = []
    for number in range(EDITS):
        node = convolutions[number * 6 % len(convolutions)]
        diff = edits.set_parameter(document, node.id, "kernel_size", 1 if number % 2 else 5)
        document = document.apply(diff)
        changed = document
        after.append(milliseconds(lambda changed=changed: check(changed)))  # type: ignore[misc]
    results.append(
        Result(
            "check after one edit of 1,000 nodes",
            statistics.median(after),
            "ms (CPU)",
            bar=20,
            better="lower",
        )
    )
    checked = check(document)
    compiling = statistics.median(milliseconds(lambda: build(checked)) for _ in range(3))
    results.append(Result("compile of 1,000 nodes", compiling, "ms (CPU)", bar=2000, better="lower"))


def compiled_against_hand() -> dict[str, tuple[Any, Any, Any, float]]:
    """Name → (compiled module, the same by hand, input, bar)."""
    import sys

    import torch
    from torch import nn

    sys.path.insert(0, str(EXAMPLES / "drawing"))
    from drawing import Drawing

    from nndesigner.check.check import check
    from nndesigner.compiler.build import build

    class Residual(nn.Module):
        """Four residual blocks of 32 channels, as a person writes them."""

        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 32, 3, padding=1)
            self.blocks = nn.ModuleList(
                nn.Sequential(
                    nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
                    nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32),
                )
                for _ in range(4)
            )  # fmt: skip
            self.head = nn.Linear(32, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.stem(x)
            for block in self.blocks:
                x = torch.relu(x + block(x))
            return self.head(x.mean((2, 3)))

    d = Drawing("mlp")
    x = d.add("TableInput", features=64)
    for width in (128, 64):
        x = d.add("ReLU", d.add("Linear", x, out_features=width))
    d.add("Output", d.add("Linear", x, out_features=10))
    mlp = build(check(d.document()))
    by_hand = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))

    d = Drawing("residual")
    b = d.block("Block")
    x = b.enter()
    y = b.add("Conv2d", x, out_channels=32, bias=False)
    y = b.add("ReLU", b.add("BatchNorm2d", y))
    y = b.add("BatchNorm2d", b.add("Conv2d", y, out_channels=32, bias=False))
    b.leave(b.add("ReLU", b.add("Add", x, y)))
    x = d.add("Conv2d", d.add("ImageInput", channels=3, height=16, width=16), out_channels=32)
    x = d.add("Mean", d.use(b, x, repeat=4))
    d.add("Output", d.add("Linear", x, out_features=10))
    residual = build(check(d.document()))
    return {
        "the MLP 64-128-64-10, batch 32": (mlp, by_hand, torch.randn(32, 64), 1.08),
        "a residual net, batch 16": (residual, Residual(), torch.randn(16, 3, 16, 16), 1.03),
    }


def steps(module: Any, x: Any) -> Callable[[Turns], None]:
    def run(turns: Turns) -> None:
        while True:
            module(x).sum().backward()
            for parameter in module.parameters():
                parameter.grad = None
            turns.tick()

    return run


def run(absent: list[str]) -> Sequence[Result]:
    import torch

    torch.set_num_threads(1)
    results: list[Result] = []
    checking(results)
    for name, (ours, hand, x, bar) in compiled_against_hand().items():
        chunk = 400 if "MLP" in name else 12
        took = take_turns({"ours": steps(ours, x), "hand": steps(hand, x)}, chunk, ROUNDS)
        found, interval = ratio(took["ours"], took["hand"])
        mine, theirs = (1e6 * statistics.median(took[side]) for side in ("ours", "hand"))
        results.append(
            Result(
                f"forward and backward of {name}",
                mine,
                "µs (CPU)",
                baseline=theirs,
                ratio=found,
                bar=bar,
                better="lower",
                interval=interval,
            )
        )
    return results


PART = Part("compile", run)
