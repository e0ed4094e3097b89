"""`cross-validate`: what it asks of the workers, what it refuses, and the table that it prints."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.app import work
from nndesigner.project.reader import decode
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Done
from nndesigner.runs.store import create_at

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Train]:
    """Jobs that were handed in; each writes a finished run whose accuracy is a tenth of its fold."""
    handed: list[Train] = []

    def run_job(job: Train, on_message: object) -> Done:
        handed.append(job)
        result = {
            "run": "run",
            "state": "finished",
            "sentence": "",
            "metrics": {"validation": {"accuracy": job.group["fold"] / 10}},
        }
        run = create_at(Path(job.run), decode(job.project).document, group=job.group)
        run.save_record(state="finished", result=result)
        run.close()
        return Done({**result, "path": job.run})

    monkeypatch.setattr(work, "run_job", run_job)
    return handed


def test_a_run_for_each_fold_and_a_table(run: Callable[..., Any], jobs: list[Train], tmp_path: Path) -> None:
    out = tmp_path / "runs"
    code, said, err = run(
        "cross-validate",
        EXAMPLES / "iris-mlp.nnd",
        "--folds",
        "3",
        "--out",
        out,
        "--epochs",
        "2",
        "--csv",
        tmp_path / "t.csv",
    )
    assert (code, len(jobs)) == (0, 3)
    data = [decode(job.project).document for job in jobs]
    assert [d.data.parameters["fold"] for d in data if d.data] == [1, 2, 3]
    assert {d.plan.parameters["epochs"] for d in data if d.plan} == {2}
    assert sorted(path.name[:4] for path in out.iterdir()) == ["0001", "0002", "0003"]
    row = next(line.split() for line in said.splitlines() if "accuracy" in line)
    assert row == ["validation", "accuracy", "0.1000", "0.2000", "0.3000", "0.2000", "0.1000"]
    assert "3 of 3 folds" in said and "Fold 2 of 3" in err
    with open(tmp_path / "t.csv", encoding="utf-8") as file:
        assert list(csv.reader(file))[1][:3] == ["validation", "accuracy", "0.1"]


def test_the_table_as_json(run_json: Callable[..., Any], jobs: list[Train], tmp_path: Path) -> None:
    code, found = run_json("cross-validate", EXAMPLES / "iris-mlp.nnd", "--folds", "2", "--out", tmp_path)
    assert code == 0 and found["folds"] == 2 and len(found["runs"]) == 2
    assert found["metrics"]["validation"]["accuracy"]["folds"] == [0.1, 0.2]
    assert found["metrics"]["validation"]["accuracy"]["standard_deviation"] == pytest.approx(0.005**0.5)


def test_what_is_refused_before_any_work(run: Callable[..., Any], jobs: list[Train]) -> None:
    code, _, err = run("cross-validate", EXAMPLES / "sunspots-lstm.nnd")
    assert code != 0 and "follow each other" in err
    for folds in ("1", "101", "many"):
        with pytest.raises(SystemExit):
            run("cross-validate", EXAMPLES / "iris-mlp.nnd", "--folds", folds)
    assert not jobs
