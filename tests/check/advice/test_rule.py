from __future__ import annotations

from pathlib import Path

import nndesigner.check.advice
from nndesigner.check.advice.rule import rules


def test_every_file_of_the_package_gives_its_rule_and_has_its_test() -> None:
    files = {path.stem for path in Path(nndesigner.check.advice.__file__).parent.glob("*.py")}
    files -= {"__init__", "rule", "walks"}
    assert {rule.code.replace("-", "_") for rule in rules()} == files
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files <= tests


def test_rules_say_what_evidence_they_read() -> None:
    for rule in rules():
        assert rule.evidence and rule.evidence <= {"graph", "data", "run"}
