"""Every objective, found by walking this package."""

from __future__ import annotations

import functools

import nndesigner.objectives as package
from nndesigner.base.discovery import discover
from nndesigner.base.problem import Refusal
from nndesigner.base.text import listing, tr
from nndesigner.objectives.objective import Objective


@functools.cache
def objectives() -> dict[str, Objective]:
    """By type, in a stable order."""
    return {found.type: found for found in discover(package, Objective)}


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
