"""Every augmentation, found by walking this package; and what a project's list of them says."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nndesigner.augmentations as package
from nndesigner.augmentations.augmentation import CHANCE, Augmentation
from nndesigner.base.data_field import DataField
from nndesigner.base.discovery import discover
from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.document.document import Document


@functools.cache
def augmentations() -> dict[str, Augmentation]:
    """By type, the most common ones first."""
    found = sorted(discover(package, Augmentation), key=lambda one: (one.order, one.type))
    return {one.type: one for one in found}


def offered(inputs: Sequence[DataField]) -> list[Augmentation]:
    """Those that have a meaning for some of these fields."""
    return [one for one in augmentations().values() if any(map(one.fits, inputs))]


@dataclass(frozen=True)
class Step:
    """One augmentation of a project that is on: its place in the list, and every setting of it."""

    position: int
    kind: Augmentation
    values: Mapping[str, Any]

    @property
    def probability(self) -> float:
        return float(self.values[CHANCE])

    @property
    def settings(self) -> dict[str, Any]:
        """What `kind.change` takes by name."""
        return {name: value for name, value in self.values.items() if name != CHANCE}


def is_on(entry: Mapping[str, Any]) -> bool:
    """Whether a step as it is saved is used."""
    return entry.get("off") is not True


def label_of(entry: Mapping[str, Any]) -> str:
    """What a step as it is saved is called; one that this version does not know by its word."""
    known = augmentations().get(str(entry.get("type")))
    return tr(known.label) if known is not None else str(entry.get("type", "?"))[:60]


def settings_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The saved settings of a step; {} where they are no such thing (a file from elsewhere)."""
    found = entry.get("parameters", {})
    return found if isinstance(found, Mapping) else {}


def steps(document: Document) -> tuple[tuple[Step, ...], dict[int, str]]:
    """The steps that are on and can be read; and by its place in the list, a sentence for each that cannot."""
    good: list[Step] = []
    bad: dict[int, str] = {}
    for position, entry in enumerate(document.plan.augmentation if document.plan is not None else ()):
        if not is_on(entry):
            continue
        kind = augmentations().get(str(entry.get("type")))
        if kind is None:
            bad[position] = tr(
                "This version knows no augmentation “{type}”: switch it off or remove it to train without it.",
                type=label_of(entry),
            )
            continue
        values, wrong = resolve(kind.fields, settings_of(entry))
        if wrong:
            sentences = " ".join(wrong.values())
            bad[position] = tr("{label}: {sentence}", label=tr(kind.label), sentence=sentences)
        else:
            good.append(Step(position, kind, values))
    return tuple(good), bad


def problem(document: Document, position: int, sentence: str, severity: Severity = Severity.ERROR) -> Problem:
    """What is wrong with a step, and the way to do without it."""
    plan = document.plan
    assert plan is not None
    entries = [dict(entry) for entry in plan.augmentation]
    without = [{**e, "off": True} if i == position else e for i, e in enumerate(entries)]
    switch_off = Remedy(
        "set_augmentation",
        {"steps": without},
        tr("Switch {label} off", label=label_of(entries[position])),
    )
    where = Where(node=plan.id, field="augmentation")
    return Problem(severity, "augmentation", where, sentence, (switch_off,), training=True)
