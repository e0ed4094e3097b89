"""All alarms together: found by walking, with limits that can be set, one cause told once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import nndesigner.check.alarms
from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import alarms, fields_of, raised_by, settings_of
from nndesigner.check.alarms.measured import Looks, Measured
from nndesigner.check.check import check
from tests.check.alarms.networks import sigmoids
from tests.check.alarms.runs import ids_of


def test_every_file_of_the_package_gives_its_alarm_and_has_its_test() -> None:
    files = {path.stem for path in Path(nndesigner.check.alarms.__file__).parent.glob("*.py")}
    files -= {"__init__", "alarms", "measured", "walks"}
    assert len(alarms()) == len(files) == 12
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files <= tests


def test_every_alarm_has_words_and_limits_and_causes_come_first() -> None:
    codes = [alarm.code for alarm in alarms()]
    assert len(set(codes)) == len(codes)
    for alarm in alarms():
        assert alarm.label and alarm.help and alarm.evidence >= {"run"}
        assert all(field.help for field in fields_of(alarm))
        assert all(codes.index(cause) < codes.index(alarm.code) for cause in alarm.because)


def test_what_a_limit_does_not_take_is_as_if_it_had_not_been_set() -> None:
    dead = next(alarm for alarm in alarms() if alarm.code == "run-dead")
    assert settings_of(dead, {"run-dead": {"share": 7.0, "looks": 9}}) == {
        "watch": True,
        "share": 0.5,
        "looks": 9,
    }


def vanished() -> Evidence:
    """Six looks at a network whose first layers get no gradient, and whose first weights do not move."""
    document = sigmoids(6)
    nodes = tuple(ids_of(document, "Linear"))
    norms = np.tile(np.geomspace(1e-12, 0.1, len(nodes)), (6, 1))
    ratios = np.where(norms < 1e-8, 0.0, 1e-3)
    health = Looks(tuple(range(6)), nodes, {"gradient_norm": norms})
    run = Measured(health=health, updates=Looks(tuple(range(6)), nodes, {"ratio": ratios}))
    return Evidence(document=document, checked=check(document), run=run)


def test_one_cause_is_told_once_and_what_is_not_watched_for_not_at_all() -> None:
    evidence = vanished()
    assert [problem.code for problem in raised_by(evidence, {})] == ["run-vanishing"]
    quiet = {"run-vanishing": {"watch": False}}
    assert [problem.code for problem in raised_by(evidence, quiet)] == ["run-unchanged"]
    assert raised_by(evidence, {**quiet, "run-unchanged": {"watch": False}}) == []


def test_limits_decide() -> None:
    evidence = vanished()
    assert raised_by(evidence, {"run-vanishing": {"looks": 7}, "run-unchanged": {"looks": 7}}) == []
    assert raised_by(evidence, {"run-vanishing": {"norm": 1e-13}, "run-unchanged": {"watch": False}}) == []


def test_without_a_run_nothing_is_said() -> None:
    document = sigmoids(3)
    assert raised_by(Evidence(document=document, checked=check(document)), {}) == []
