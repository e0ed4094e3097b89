"""A deep stack without normalization or shortcuts: signals and gradients fade layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.mending import normalized_after
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.opened import Opened, OpenedNode

MOST = 19
"""Layers with weights in a row: VGG-19 is the deepest well-known network that was trained without normalization or
shortcuts (Simonyan & Zisserman 2015); plain networks of 30 layers stalled (He et al., Delving deep into rectifiers,
2015, §2.2)."""
SELF_NORMALIZING = ("SELU", "AlphaDropout", "FeatureAlphaDropout")
"""Activations that keep mean and variance by themselves (Klambauer et al., Self-normalizing neural networks, 2017)."""


def _normalizes(node: OpenedNode) -> bool:
    layer = node.node.layer
    if layer is None or layer.group == "Normalization" or node.type in SELF_NORMALIZING:
        return True
    return node.type.startswith("Transformer")  # has its own inside


def _longest(opened: Opened) -> list[OpenedNode]:
    """The layers with weights of the longest stretch without normalization; where paths meet, the shorter one counts,
    because signal and gradient take it."""
    stretch: dict[str, tuple[int, str]] = {}  # key → (layers so far, key of the last of them)
    before: dict[str, str] = {}
    deepest, at = 0, ""
    for node in opened.layers:
        ways = [stretch.get(source, (0, "")) for source, _ in node.sources.values()]
        length, last = min(ways, default=(0, ""), key=lambda way: way[0])
        if _normalizes(node):
            length, last = 0, ""
        elif node.weighted and not (node.node.layer and node.node.layer.activation):
            before[node.key] = last
            length, last = length + 1, node.key
            if length > deepest:
                deepest, at = length, node.key
        stretch[node.key] = (length, last)
    found: list[OpenedNode] = []
    while at:
        node_at = opened.get(at)
        assert node_at is not None
        found.append(node_at)
        at = before[at]
    return found[::-1]


def _look(evidence: Evidence) -> Iterator[Problem]:
    stretch = _longest(evidence.opened)
    if len(stretch) <= MOST:
        return
    middle = stretch[len(stretch) // 2]
    yield Problem(
        Severity.HINT,
        "no-normalization",
        place(middle),
        tr(
            "From {first} to {last}, {count} layers with weights follow one another without a normalization or a"
            " shortcut: plain networks of more than {most} rarely learn well. Normalizing keeps signal and gradient"
            " at the same size from layer to layer.",
            first=stretch[0].name,
            last=stretch[-1].name,
            count=len(stretch),
            most=MOST,
        ),
        normalized_after(evidence.document, middle),
    )


NO_NORMALIZATION = Rule(code="no-normalization", evidence=frozenset({"graph"}), look=_look)
