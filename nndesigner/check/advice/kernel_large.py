"""A window that reaches so far over the border of its input that some of its weights only ever see the border.

A window larger than its padded input is an error of the layer itself; this is the padded kind, which torch computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.opened import OpenedNode

BORDERS = ("zeros",)
"""Padding modes whose border is empty; the others repeat the input there."""


def _seeing(size: int, out: int, kernel: int, stride: int, dilation: int, before: int) -> int:
    """Taps that fall on the input at some position."""
    return sum(
        any(0 <= position * stride + tap * dilation - before < size for position in range(out))
        for tap in range(kernel)
    )


def _look(evidence: Evidence) -> Iterator[Problem]:
    for node in evidence.opened.layers:
        if (
            not node.type.startswith("Conv")
            or node.node.use is None
            or "kernel_size" not in node.node.use.values
        ):
            continue
        if "Transpose" in node.type or not node.weighted:
            continue
        values = node.node.use.values
        if values.get("padding") == "valid" or values.get("padding_mode", "zeros") not in BORDERS:
            continue
        found = _axes(evidence, node)
        kernel = tuple(values["kernel_size"])
        if not found or found == kernel:
            continue
        useful, every = prod(found), prod(kernel)
        arriving = " × ".join(str(size) for size in node.node.use.x.sizes[2:])
        yield Problem(
            Severity.HINT,
            "kernel-large",
            place(node, "kernel_size"),
            tr(
                "The window of {name} is too large for the {arriving} positions that arrive: {idle} of its {every} taps"
                " only ever see the empty border, so their weights learn nothing.",
                name=node.name,
                arriving=arriving,
                idle=every - useful,
                every=every,
            ),
            _smaller(node, found),
        )


def _axes(evidence: Evidence, node: OpenedNode) -> tuple[int, ...]:
    """Taps that see something, axis by axis; empty where a length is free or every tap does."""
    assert node.node.use is not None
    values, x, y = node.node.use.values, node.node.use.x, node.node.outputs["y"]
    kernel = tuple(values["kernel_size"])
    dilation = tuple(values.get("dilation", (1,) * len(kernel)))
    sizes = [size.bind(evidence.lengths).value for size in x.sizes[2:]]
    if all(
        size is not None and dilation[i] * (kernel[i] - 1) < size for i, size in enumerate(sizes)
    ):  # the usual case, told without counting
        return ()
    found = []
    for i, size in enumerate(sizes):
        out = y.sizes[2 + i].bind(evidence.lengths).value
        if size is None or out is None:
            return ()
        span = dilation[i] * (kernel[i] - 1)
        before = span // 2 if values["padding"] == "same" else int(values["pad"][i])
        found.append(_seeing(size, out, kernel[i], int(values["stride"][i]), dilation[i], before))
    return tuple(found)


def _smaller(node: OpenedNode, useful: tuple[int, ...]) -> tuple[Remedy, ...]:
    """A window of the taps that see something, where the size that comes out stays: with padding “same”."""
    assert node.node.use is not None
    written: Any = node.node.record.parameters.get("kernel_size", [])
    plain = isinstance(written, list | tuple) and all(isinstance(k, int) for k in written)
    if node.node.use["padding"] != "same" or not plain:
        return ()
    size = [max(1, k if k % 2 else k - 1) for k in useful]
    sentence = tr("Make the window {size}", size=" × ".join(map(str, size)))
    return (
        Remedy("set_parameter", {"node": node.node.id, "parameter": "kernel_size", "value": size}, sentence),
    )


KERNEL_LARGE = Rule(code="kernel-large", evidence=frozenset({"graph"}), look=_look)
