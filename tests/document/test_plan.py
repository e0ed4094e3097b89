"""The plan's settings: defaults, limits, what is shown when, and what a wrong value becomes."""

from __future__ import annotations

import pytest

from nndesigner.base.fields import BadValue, defaults
from nndesigner.document.document import Document
from nndesigner.document.plan import PLAN_FIELDS, plan_values
from nndesigner.document.records import Network, TrainingPlan

FIELDS = {field.name: field for field in PLAN_FIELDS}


def planned(**values: object) -> Document:
    return Document([Network(id="n"), TrainingPlan(id="p", parameters=values)])


def test_names_are_unique_and_every_default_passes_its_own_check() -> None:
    assert len(FIELDS) == len(PLAN_FIELDS)
    for field in PLAN_FIELDS:
        assert field.check(field.default) == field.default
        assert field.help


def test_a_document_without_a_plan_has_the_defaults() -> None:
    values, problems = plan_values(Document([Network(id="n")]))
    assert values == defaults(PLAN_FIELDS)
    assert problems == ()


def test_a_wrong_value_falls_back_and_says_so_at_its_field() -> None:
    values, problems = plan_values(planned(learning_rate=-1.0, epochs=7))
    assert values["learning_rate"] == FIELDS["learning_rate"].default
    assert values["epochs"] == 7
    assert [(p.where.node, p.where.field) for p in problems] == [("p", "learning_rate")]
    assert "greater than 0" in problems[0].message


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 0), ("batch_size", 0), ("optimizer", "magic"), ("seed", -1)]
)
def test_limits(name: str, value: object) -> None:
    with pytest.raises(BadValue):
        FIELDS[name].check(value)


def test_settings_of_one_optimizer_hide_with_another() -> None:
    adam = {**defaults(PLAN_FIELDS), "optimizer": "adam"}
    sgd = {**adam, "optimizer": "sgd"}
    assert FIELDS["beta1"].shown(adam) and not FIELDS["beta1"].shown(sgd)
    assert FIELDS["momentum"].shown(sgd) and not FIELDS["momentum"].shown(adam)
    assert not FIELDS["nesterov"].shown(sgd)
    assert FIELDS["nesterov"].shown({**sgd, "momentum": 0.9})
