"""Every objective, found by walking this package."""

from __future__ import annotations

import functools
from typing import Any

import nndesigner.objectives as package
from nndesigner.augmentations import catalogue as augmentation_catalogue
from nndesigner.augmentations import recipe
from nndesigner.base.discovery import discover
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Refusal, Severity, Where
from nndesigner.base.text import listing, tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.objectives.objective import Objective


@functools.cache
def objectives() -> dict[str, Objective]:
    """By type, the most common ones first."""
    found = sorted(discover(package, Objective), key=lambda one: (one.order, one.type))
    return {one.type: one for one in found}


def whole_plan(document: Document) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Every setting of the plan, those of its objective among them, and its steps of augmentation that can be used; and
    a problem for each that fell back."""
    values, problems = plan_values(document)
    plan = document.plan
    chosen, wrong = augmentation_catalogue.steps(document)
    values["augmentation"] = chosen
    problems += tuple(
        augmentation_catalogue.problem(document, at, sentence) for at, sentence in wrong.items()
    )
    known = objectives().get(plan.objective) if plan is not None else None
    if plan is None or known is None:
        return values, problems
    own, bad = resolve(known.parameters, plan.parameters)
    found = tuple(
        Problem(Severity.ERROR, "plan-value", Where(node=plan.id, field=field), sentence, training=True)
        for field, sentence in bad.items()
    )
    return {**values, **own}, (*problems, *found)


def unfit(document: Document, checked: CheckedNetwork) -> tuple[Problem, ...]:
    """Why the project's way of learning cannot train this network, or not with this augmentation; () where it can, or
    where there is no data yet."""
    plan = document.plan
    known = objectives().get(plan.objective if plan is not None else "supervised")
    if known is None or document.data is None or not document.data.fields:
        return ()
    reason = known.why_not(checked)
    where = Where(network=checked.network)
    if reason:
        return (Problem(Severity.ERROR, "objective", where, reason, training=True),)
    return tuple(p for p in augmentation_problems(document, checked) if p.severity is Severity.ERROR)


def augmentation_problems(document: Document, checked: CheckedNetwork) -> tuple[Problem, ...]:
    """What is wrong with the project's augmentation for this network and way of learning, and what to think of."""
    plan = document.plan
    known = objectives().get(plan.objective if plan is not None else "supervised")
    return recipe.unfit(document, checked, known is None or known.mixes)


def objective(type: str) -> Objective:
    """The objective of that type. Raises Refusal where this version knows none."""
    found = objectives().get(type)
    if found is None:
        raise Refusal(
            tr(
                "This version knows no objective “{type}”; it knows {known}.",
                type=type,
                known=listing(list(objectives())),
            )
        )
    return found
