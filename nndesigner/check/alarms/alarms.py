"""Every alarm, found by walking this package; their settings, and what all of them say about one run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import nndesigner.check.alarms as package
from nndesigner.base.discovery import discover
from nndesigner.base.fields import BoolField, Field, resolve
from nndesigner.base.problem import Problem
from nndesigner.check.advice.rule import Evidence, Rule

Limits = Mapping[str, Mapping[str, Any]]
"""code of an alarm → its settings by name, as a user has changed them"""
WATCH = BoolField(
    name="watch",
    label="Watch for it",
    default=True,
    help="Whether this alarm is looked for at all.",
)


@cache
def alarms() -> tuple[Rule, ...]:
    """Causes before what comes of them."""
    found = (rule for rule in discover(package, Rule) if rule.evidence & {"run"})
    return tuple(sorted(found, key=lambda rule: rule.order))


def fields_of(alarm: Rule) -> tuple[Field, ...]:
    """What can be set of an alarm: whether it is looked for, then its limits."""
    return (WATCH, *alarm.fields)


def settings_of(alarm: Rule, limits: Limits) -> dict[str, Any]:
    """Every setting of an alarm, defaults filled in; what its fields do not take is as if it had not been set."""
    return resolve(fields_of(alarm), limits.get(alarm.code, {}))[0]


def raised_by(evidence: Evidence, limits: Limits) -> list[Problem]:
    """What the alarms say about the run of the evidence; nothing where it has none."""
    if evidence.run is None:
        return []
    found: list[Problem] = []
    for alarm in alarms():
        settings = settings_of(alarm, limits)
        if settings["watch"] and not {problem.code for problem in found} & set(alarm.because):
            found += alarm.look(evidence.of_run(evidence.run, settings))
    return found
