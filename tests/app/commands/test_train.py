"""`train` and `resume`: what they refuse before any worker is started. Real training is in test_whole_way.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.app import work
from nndesigner.document import edits
from nndesigner.document.plan import plan_values
from nndesigner.project.reader import decode, open_project
from nndesigner.project.writer import save
from nndesigner.protocol.jobs import Train
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.store import RunFolder

EXAMPLES = Path(__file__).parents[3] / "examples"
RESULT = {
    "run": "run",
    "state": "finished",
    "sentence": "",
    "epochs": 2,
    "steps": 80,
    "seconds": 0.5,
    "samples_per_second": 5028.0,
    "metrics": {"train": {"loss": 0.5, "accuracy": 0.9}, "test": {"loss": 0.75}},
    "monitoring": 0.0,
}


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Train]:
    """Jobs that were handed in, none of which is done: each ends as `RESULT`."""
    handed: list[Train] = []

    def run_job(job: Train, on_message: object) -> Done:
        handed.append(job)
        return Done({**RESULT, "path": job.run})

    monkeypatch.setattr(work, "run_job", run_job)
    return handed


def test_errors_of_the_check_are_refused(run: Callable[..., Any], broken: Path, jobs: list[Train]) -> None:
    code, out, err = run("train", broken, "--out", broken.parent / "run")
    assert (code, out, jobs) == (3, "", [])
    assert "Nothing is wired to the input of conv2." in err
    assert not (broken.parent / "run").exists()


def test_errors_of_the_check_as_json(run_json: Callable[..., Any], broken: Path, jobs: list[Train]) -> None:
    code, found = run_json("train", broken)
    assert (code, sorted(found)) == (3, ["error", "problems"])
    assert found["problems"][0]["code"] == "not-wired"


def test_the_result_as_json(run_json: Callable[..., Any], jobs: list[Train], tmp_path: Path) -> None:
    code, found = run_json("train", EXAMPLES / "digits-mlp.nnd", "--out", tmp_path / "run")
    assert code == 0
    assert found["run"] == str(tmp_path / "run")
    assert {name: found[name] for name in ("epochs", "seconds", "samples_per_second", "metrics")} == {
        name: RESULT[name] for name in ("epochs", "seconds", "samples_per_second", "metrics")
    }


def test_the_result_for_a_person(run: Callable[..., Any], jobs: list[Train], tmp_path: Path) -> None:
    code, out, _ = run("train", EXAMPLES / "digits-mlp.nnd", "--out", tmp_path / "run")
    assert code == 0
    assert [line.split() for line in out.splitlines()[:4] if "─" not in line] == [
        ["loss", "accuracy"],
        ["train", "0.5000", "0.9000"],
        ["test", "0.7500", "–"],
    ]
    assert "2 epochs in 0 s, 5,028 samples/s." in out
    assert str(tmp_path / "run") in out


def test_settings_of_the_plan_go_into_the_job_and_not_into_the_file(
    run: Callable[..., Any], jobs: list[Train], tmp_path: Path
) -> None:
    file = tmp_path / "a.nnd"
    save(open_project(EXAMPLES / "digits-mlp.nnd").document, file)
    before = file.read_bytes()
    run("train", file, "--out", tmp_path / "run", "--epochs", "3", "--optimizer", "sgd", "--device", "cpu")
    (job,) = jobs
    values, problems = plan_values(decode(job.project).document)
    assert problems == ()
    assert (values["epochs"], values["optimizer"], values["device"]) == (3, "sgd", "cpu")
    assert values["batch_size"] == 32
    assert file.read_bytes() == before
    assert (job.start, job.folder, job.detached) == ("fresh", str(tmp_path), False)


def test_without_out_the_next_folder_beside_the_file(
    run: Callable[..., Any], jobs: list[Train], tmp_path: Path
) -> None:
    file = tmp_path / "a.nnd"
    save(open_project(EXAMPLES / "digits-mlp.nnd").document, file)
    (tmp_path / "a.runs" / "0004-x").mkdir(parents=True)
    run("train", file)
    assert Path(jobs[0].run) == tmp_path / "a.runs" / "0005-digits-mlp"


def test_a_folder_that_holds_a_run_is_refused(
    run: Callable[..., Any], jobs: list[Train], finished: RunFolder
) -> None:
    code, _, err = run("train", EXAMPLES / "digits-mlp.nnd", "--out", finished.path)
    assert (code, jobs) == (2, [])
    assert "already holds a run" in err


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Done({**RESULT, "state": "stopped"}), 130),
        (Done({**RESULT, "state": "early"}), 0),
        (Done({**RESULT, "state": "diverged", "sentence": "The loss is not a number."}), 1),
        (Failed("There is not enough memory.", "", "memory"), 1),
        (Failed("Cancelled.", "", "cancelled"), 130),
        (Failed("The worker was ended.", "", "killed"), 130),
    ],
)
def test_how_it_ended_decides_the_exit_code(
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    outcome: Done | Failed,
    code: int,
) -> None:
    monkeypatch.setattr(work, "run_job", lambda job, on_message: outcome)
    found, out, err = run("train", EXAMPLES / "digits-mlp.nnd", "--out", tmp_path / "run")
    assert found == code
    if isinstance(outcome, Failed):
        assert (out, err) == ("", f"nndesigner: {outcome.sentence}\n")
    else:
        assert str(outcome.result["sentence"]) in out


def test_no_worker_is_one_sentence(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none(job: object, on_message: object) -> Done:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(work, "run_job", none)
    code, _, err = run("train", EXAMPLES / "digits-mlp.nnd", "--out", tmp_path / "run")
    assert (code, err) == (1, "nndesigner: No worker could be started: Cannot allocate memory.\n")


def test_a_project_without_data_cannot_be_trained(
    run: Callable[..., Any], jobs: list[Train], tmp_path: Path
) -> None:
    document = open_project(EXAMPLES / "digits-mlp.nnd").document
    assert document.data is not None
    save(document.apply(edits.Diff(removed={document.data.id: document.data})), tmp_path / "a.nnd")
    code, _, err = run("train", tmp_path / "a.nnd")
    assert code in (2, 3)
    assert "data" in err
    assert jobs == []


def test_resume_takes_the_project_as_the_run_keeps_it(
    run_json: Callable[..., Any], jobs: list[Train], finished: RunFolder
) -> None:
    code, found = run_json("resume", finished.path, "--device", "cpu")
    (job,) = jobs
    assert (code, found["run"]) == (0, str(finished.path))
    assert (job.start, job.run, job.device) == ("resume", str(finished.path), "cpu")
    assert job.project == finished.project_bytes()


def test_a_run_that_goes_on_is_not_resumed(
    run: Callable[..., Any], jobs: list[Train], finished: RunFolder
) -> None:
    finished.save_record(state="running")
    code, _, err = run("resume", finished.path)
    assert (code, jobs) == (2, [])
    assert "attach" in err
