"""Values that are no numbers any more: where they began."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.advice.walks import place
from nndesigner.check.alarms.walks import learning_rate, normalized, plan_setting, short, whole_place

_SLOWER = 0.1
_CLIP_AT = 1.0


def _look(evidence: Evidence) -> Iterator[Problem]:
    run = evidence.run
    assert run is not None
    if not run.blame:
        return
    node = evidence.opened.get(run.blamed)
    before = evidence.opened.feeding(node) if node is not None else None
    weighted = [found for found in (before,) if found is not None and found.node.role == "layer"]
    yield Problem(
        Severity.ERROR,
        NOT_FINITE.code,
        place(node) if node is not None else whole_place(evidence),
        tr("{sentence} (Limit: every value is a finite number.)", sentence=run.blame),
        (
            learning_rate(evidence, _SLOWER),
            *plan_setting(tr("Clip gradients at {norm}", norm=short(_CLIP_AT)), clip_norm=_CLIP_AT),
            *normalized(evidence, weighted),
        ),
    )


NOT_FINITE = Rule(
    code="run-not-finite",
    label="Not a number",
    help="Training ended because a value was no finite number; the layer at which that began is marked.",
    evidence=frozenset({"graph", "run"}),
    look=_look,
    order=0,
)
