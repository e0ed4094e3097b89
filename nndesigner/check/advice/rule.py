"""The form of a piece of advice: one file per rule, with the evidence that it reads.

Adding a rule touches one file: it is found by walking this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import msgspec

import nndesigner.check.advice
from nndesigner.base.discovery import discover
from nndesigner.base.fields import Field
from nndesigner.base.problem import Problem
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.free_sizes import sizes_in_data
from nndesigner.check.opened import Opened
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values

if TYPE_CHECKING:
    from nndesigner.check.alarms.measured import Measured


@dataclass(frozen=True)
class Evidence:
    """What a rule may look at. `run` is what a run of this network has measured, None where nothing was trained;
    `limits` are the rule's own settings, as the user has them.

    Rules walk along `opened`, so that a layer inside a block is seen as one outside.
    """

    document: Document
    checked: CheckedNetwork
    run: Measured | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    def of_run(self, run: Measured | None, limits: Mapping[str, Any]) -> Evidence:
        """The same with other numbers; what was worked out of the graph stays."""
        made = replace(self, run=run, limits=limits)
        vars(made).update({name: vars(self)[name] for name in ("opened", "plan") if name in vars(self)})
        return made

    @cached_property
    def opened(self) -> Opened:
        return Opened(self.checked)

    @cached_property
    def lengths(self) -> Mapping[str, int]:
        """What the free sizes of the inputs are in the data."""
        return sizes_in_data({node.id: node for node in self.checked.nodes})[0]

    @cached_property
    def plan(self) -> Mapping[str, Any]:
        """Every setting of the training plan."""
        return plan_values(self.document)[0]

    @property
    def samples(self) -> int:
        """Training samples; 0 while they are not known."""
        return self.document.data.counts.get("train", 0) if self.document.data is not None else 0


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`evidence` names what the rule needs: "graph", "data", "run". `look` gives the problems that it finds.

    Rules that need a run stand in `check/alarms/`. They have a `label`, a `help`, and `fields`: limits that a user may
    change. `order` puts causes before what comes of them; where one of the rules `because` has found something, that is
    what this one would have spoken of too, and it is silent.
    """

    code: str
    evidence: frozenset[str]
    look: Callable[[Evidence], Iterable[Problem]]
    label: str = ""
    help: str = ""
    fields: tuple[Field, ...] = ()
    order: int = 0
    because: tuple[str, ...] = ()


@cache
def rules() -> tuple[Rule, ...]:
    return discover(nndesigner.check.advice, Rule)


def advise(evidence: Evidence) -> list[Problem]:
    """What all rules say that need no run. Of a layer in a block that is used or repeated more than once, each thing is
    said once: mending it mends every use."""
    found: dict[tuple[str, str, str], Problem] = {}
    for rule in rules():
        if rule.evidence <= {"graph", "data"}:
            for problem in rule.look(evidence):
                key = (problem.code, problem.where.network, problem.where.node or problem.message)
                found.setdefault(key, problem)
    return list(found.values())
