from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.project.migrations import STEPS, upgrade, version_of
from nndesigner.project.reader import open_project

PROJECTS = Path(__file__).parents[1] / "projects"


def from_planted_version_0(content: dict[str, Any]) -> dict[str, Any]:
    """Version 0 never was: layers with titles, wires as pairs."""
    records: list[dict[str, Any]] = [{"kind": "network", "id": "net"}]
    for item in content.pop("layers"):
        records.append(
            {"kind": "node", "id": item["id"], "network": "net", "type": item["type"], "name": item["title"]}
        )
    for number, (source, target) in enumerate(content.pop("wires")):
        ends = {"source": source, "out_port": "y", "target": target, "in_port": "x"}
        records.append({"kind": "edge", "id": f"wire-{number}", **ends})
    return {**content, "version": 1, "records": records}


PLANTED = {0: from_planted_version_0}


def test_a_file_of_an_older_version_is_brought_up() -> None:
    path = PROJECTS / "planted-version-0.nnd"
    before = path.read_bytes()
    opened = open_project(path, steps=PLANTED)
    assert opened.upgraded_from == 0
    assert opened.warnings == ()
    assert [node.name for node in opened.document.nodes()] == ["table1", "relu1"]
    assert opened.document.wire_into("b", "x") is not None
    assert path.read_bytes() == before


def test_steps_are_taken_one_version_at_a_time() -> None:
    def step(version: int) -> Any:
        return lambda content: {**content, "version": version + 1, "path": [*content["path"], version]}

    content = {"format": "nndesigner", "version": 3, "path": []}
    assert upgrade(content, {n: step(n) for n in range(6)}, current=6)["path"] == [3, 4, 5]
    assert upgrade(content, {}, current=3) == content


def test_a_step_that_does_not_say_its_version_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        upgrade({"format": "nndesigner", "version": 0}, {0: lambda content: content}, current=1)


def test_a_version_that_never_was_is_refused() -> None:
    with pytest.raises(Refusal, match="never was"):
        open_project(PROJECTS / "planted-version-0.nnd")


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        7,
        "text",
        {},
        {"format": "other", "version": 1},
        {"format": "nndesigner"},
        {"format": "nndesigner", "version": "1"},
        {"format": "nndesigner", "version": True},
        {"format": "nndesigner", "version": -1},
        {"format": "nndesigner", "version": 1.5},
    ],
)
def test_what_is_no_project_is_refused(content: Any) -> None:
    with pytest.raises(Refusal):
        version_of(content)


def test_every_released_version_has_a_step_and_a_sample() -> None:
    released = set(STEPS) | {1}
    assert {f"version-{number}.nnd" for number in released} == {
        p.name for p in PROJECTS.glob("version-*.nnd")
    }
