"""Many sigmoids or tanhs one after the other: the gradient shrinks at each of them."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import absorbed, drawn_activation, place

SATURATING = ("Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "Softsign")
SLOPES = {"Sigmoid": 0.25, "Hardsigmoid": 1 / 6}
"""The steepest slope, where it is below 1."""
MOST = 4
"""Saturating layers that may follow one another: with Glorot's weights five tanh layers still train, sigmoids hardly
four (Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, §3)."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    opened = evidence.opened
    heads = opened.checked.heads
    last = {activation.key for head in heads if (activation := drawn_activation(opened, head)) is not None}
    passed = last | absorbed(opened)
    counts: dict[str, int] = {}
    ends: dict[str, str] = {}
    # the last saturating node on the way with the fewest of them (that is the way the gradient takes where paths
    # meet again), the node itself included
    previous: dict[str, str] = {}
    for node in opened.layers:  # in data order, so what feeds a node is known before it
        sources = [source for source, _ in node.sources.values()]
        way = min(sources, key=lambda source: counts.get(source, 0), default="")
        counts[node.key], ends[node.key] = counts.get(way, 0), ends.get(way, "")
        if node.type in SATURATING and node.key not in passed:
            previous[node.key] = ends[node.key]
            counts[node.key], ends[node.key] = counts[node.key] + 1, node.key
    longest: list[str] = []
    at = ends.get(max(counts, key=lambda key: counts[key], default=""), "")
    while at:
        longest.append(at)
        at = previous[at]
    longest.reverse()
    if len(longest) <= MOST:
        return
    nodes = [found for key in longest if (found := opened.get(key)) is not None]
    left = 1.0
    for node in nodes:
        left *= SLOPES.get(node.type, 1.0)
    yield Problem(
        Severity.HINT,
        "saturation",
        place(nodes[0]),
        tr(
            "{count} sigmoids or tanhs follow one another: at most {share} of the gradient gets through, so the first"
            " layers hardly learn. ReLU does not have that problem.",
            count=len(longest),
            share=f"{left:.1g}",
        )
        if left < 1
        else tr(
            "{count} sigmoids or tanhs follow one another: the gradient shrinks at each, so the first layers hardly"
            " learn. ReLU does not have that problem.",
            count=len(longest),
        ),
        (
            Remedy(
                "replace",
                {"ids": list(dict.fromkeys(node.node.id for node in nodes)), "type": "ReLU"},
                tr("Make them ReLUs"),
            ),
        ),
    )


SATURATION = Rule(code="saturation", evidence=frozenset({"graph"}), look=_look)
