"""Many sigmoids or tanhs one after the other: the gradient shrinks at each of them."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import absorbed, drawn_activation

SATURATING = ("Sigmoid", "Tanh")
MOST = 4


def _look(evidence: Evidence) -> Iterator[Problem]:
    checked = evidence.checked
    last = {activation.id for head in checked.heads if (activation := drawn_activation(checked, head))}
    passed = last | absorbed(checked)
    counts: dict[str, int] = {}
    ends: dict[
        str, str
    ] = {}  # the last saturating node on the way with the most of them, the node itself included
    previous: dict[str, str] = {}
    for node in checked.compiled:  # in data order, so what feeds a node is known before it
        sources = [source for source, _ in node.sources.values()]
        longest_way = max(sources, key=lambda source: counts.get(source, 0), default="")
        counts[node.id], ends[node.id] = counts.get(longest_way, 0), ends.get(longest_way, "")
        if node.record.type in SATURATING and node.id not in passed:
            previous[node.id] = ends[node.id]
            counts[node.id], ends[node.id] = counts[node.id] + 1, node.id
    longest: list[str] = []
    at = ends.get(max(counts, key=lambda id: counts[id], default=""), "")
    while at:
        longest.append(at)
        at = previous[at]
    longest.reverse()
    if len(longest) <= MOST:
        return
    yield Problem(
        Severity.HINT,
        "saturation",
        Where(network=checked.network, node=longest[0]),
        tr(
            "{count} sigmoids or tanhs follow one another: the gradient shrinks at each, so the first layers hardly"
            " learn. ReLU does not have that problem.",
            count=len(longest),
        ),
        (Remedy("replace", {"ids": longest, "type": "ReLU"}, tr("Make them ReLUs")),),
    )


SATURATION = Rule(code="saturation", evidence=frozenset({"graph"}), look=_look)
