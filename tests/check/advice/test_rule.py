from __future__ import annotations

import time
from pathlib import Path

import nndesigner.check.advice
from nndesigner.check.advice.rule import Evidence, advise, rules
from nndesigner.check.check import check
from tests.check.analysis.test_table import deep


def test_every_file_of_the_package_gives_its_rule_and_has_its_test() -> None:
    files = {path.stem for path in Path(nndesigner.check.advice.__file__).parent.glob("*.py")}
    files -= {"__init__", "mending", "rule", "walks"}
    assert {rule.code.replace("-", "_") for rule in rules()} == files
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files <= tests


def test_rules_say_what_evidence_they_read() -> None:
    for rule in rules():
        assert rule.evidence and rule.evidence <= {"graph", "data", "run"}


def test_all_rules_look_at_a_thousand_layers_in_a_moment() -> None:
    """Within 30 ms, so that advice keeps up with typing: the best of several, in this process's own time."""
    document = deep(1000)
    checked = check(document)
    times = []
    for _ in range(9):
        evidence = Evidence(document=document, checked=checked)
        began = time.process_time()
        advise(evidence)
        times.append(time.process_time() - began)
    assert min(times) < 0.030
