"""The form of a piece of advice: one file per rule, with the evidence that it reads.

Adding a rule touches one file: it is found by walking this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import msgspec

import nndesigner.check.advice
from nndesigner.base.discovery import discover
from nndesigner.base.problem import Problem
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document


class Evidence(msgspec.Struct, frozen=True):
    """What a rule may look at. `run` maps names of measured facts to numbers; it is empty while nothing was trained."""

    document: Document
    checked: CheckedNetwork
    run: dict[str, float] = msgspec.field(default_factory=dict)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`evidence` names what the rule needs: "graph", "data", "run". `look` gives the problems that it finds."""

    code: str
    evidence: frozenset[str]
    look: Callable[[Evidence], Iterable[Problem]]


@cache
def rules() -> tuple[Rule, ...]:
    return discover(nndesigner.check.advice, Rule)
