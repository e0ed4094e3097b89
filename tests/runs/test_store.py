"""Run folders: what they hold, what they never hold, and that many may be made at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs import store
from nndesigner.runs.listing import list_runs
from nndesigner.runs.store import RESUME, RunFolder, create_at, create_run, open_run


@pytest.fixture
def document() -> Document:
    document = edits.new_document("my net")
    return document.apply(edits.set_plan(document, {"epochs": 7, "seed": 3}))


def row(step: int, split: str = "train", name: str = "loss", value: float = 0.5) -> ScalarRow:
    return ScalarRow(step, step / 10, split, name, value, 1.0)


def test_a_new_run_has_the_next_number_and_the_project_as_it_was(tmp_path: Path, document: Document) -> None:
    first = create_run(tmp_path / "p.runs", document)
    second = create_run(tmp_path / "p.runs", document, name="wide / é")
    assert first.path.name == "0001-my-net"
    assert second.path.name.startswith("0002-wide")
    assert (first.path / "project.nnd").read_bytes() == encode(document)
    again = open_run(first.path)
    assert again.document() == document
    assert again.record == first.record
    assert again.record.plan["epochs"] == 7 and again.record.seed == 3


def test_eight_processes_making_runs_at_once_get_eight_folders(tmp_path: Path, document: Document) -> None:
    program = (
        "import sys; from pathlib import Path; from nndesigner.runs.store import create_run\n"
        "from nndesigner.project.reader import open_project\n"
        "document = open_project(Path(sys.argv[1])).document\n"
        "input()\n"
        "for name in 'abc': print(create_run(Path(sys.argv[2]), document, name=name + sys.argv[3]).path.name)\n"
    )
    project = tmp_path / "p.nnd"
    project.write_bytes(encode(document))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(project), str(tmp_path / "runs"), str(i)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(8)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    names = [name for process in started for name in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in started] == [0] * 8
    numbers = [name.partition("-")[0] for name in names]
    assert len(numbers) == 24 and len(set(numbers)) == 24
    assert sorted(os.listdir(tmp_path / "runs")) == sorted(names)
    assert {summary.name for summary in list_runs(tmp_path / "runs")} == set(names)


def test_a_folder_of_ones_own_is_used_once(tmp_path: Path, document: Document) -> None:
    create_at(tmp_path / "out", document)
    with pytest.raises(Refusal, match="already holds a run"):
        create_at(tmp_path / "out", document)


def test_numbers_come_back_exactly_and_a_resumed_run_forgets_what_it_does_again(
    tmp_path: Path, document: Document
) -> None:
    run = create_run(tmp_path, document)
    run.append_rows([row(1, value=1 / 3), row(2), row(3), row(3, "test"), row(3, "validation")])
    run.append_rows([ScalarRow(2, 0.2, "", RESUME, 0.0, 2.0), row(3, value=0.25)])
    run.close()
    assert run.rows() == [row(1, value=1 / 3), row(2), row(3, value=0.25)]
    assert len(run.all_rows()) == 7


def test_a_value_that_is_no_number_keeps_its_place(tmp_path: Path, document: Document) -> None:
    run = create_run(tmp_path, document)
    run.append_rows([ScalarRow(1, 1.0, "train", "loss", float("nan"), 0.1)])
    run.close()
    (row,) = run.rows()
    assert (row.step, row.name, row.value != row.value) == (1, "loss", True)


def test_a_run_that_was_killed_while_writing_loses_its_last_line_at_most(
    tmp_path: Path, document: Document
) -> None:
    run = create_run(tmp_path, document)
    run.append_rows([row(step) for step in range(100)])
    run.close()
    log = run.path / "metrics.log"
    whole = log.read_bytes()
    log.write_bytes(whole[:-7])
    assert open_run(run.path).rows() == [row(step) for step in range(99)]
    again = open_run(run.path)
    again.append_rows([row(99)])
    again.close()
    assert log.read_bytes() == whole


def test_a_run_whose_process_is_gone_is_interrupted(tmp_path: Path, document: Document) -> None:
    run = create_run(tmp_path, document)
    run.save_record(state="running", process=os.getpid())
    assert list_runs(tmp_path)[0].state == "running"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    run.save_record(process=child.pid)
    assert list_runs(tmp_path)[0].state == "interrupted"
    run.save_record(state="finished")
    assert list_runs(tmp_path)[0].state == "finished"


def test_what_is_no_run_is_left_out_of_the_list_and_refused_with_a_sentence(
    tmp_path: Path, document: Document
) -> None:
    create_run(tmp_path, document)
    (tmp_path / "notes").mkdir()
    broken = tmp_path / "0009-broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    newer = create_run(tmp_path, document)
    newer.save_record(version=2)
    assert [summary.name for summary in list_runs(tmp_path)] == ["0001-my-net"]
    with pytest.raises(Refusal, match="There is no run"):
        open_run(tmp_path / "notes")
    with pytest.raises(Refusal, match="cannot be read"):
        open_run(broken)
    with pytest.raises(Refusal, match="newer version"):
        open_run(newer.path)


def test_the_project_of_a_run_that_has_not_begun_can_be_replaced(tmp_path: Path, document: Document) -> None:
    run = create_run(tmp_path, document)
    other = document.apply(edits.set_plan(document, {"epochs": 9}))
    run.replace_project(other)
    again = open_run(run.path)
    assert again.document() == other and again.record.plan["epochs"] == 9


def test_the_description_says_nothing_of_the_user(
    tmp_path: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2-token")
    home = tmp_path / "home" / "margarethe"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "margarethe")
    run = create_run(home / "work" / "p.runs", document, versions={"torch": "2.13"})
    run.record.folder = store.relative_folder(tmp_path / "elsewhere" / "run", home / "work")
    run.append_event("ended", "Stopped.")
    run.save_record(state="finished")
    run.close()
    for path in run.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"hunter2" not in content and b"margarethe" not in content
    names = (
        "format version name created state sentence objective plan seed device threads versions project data weights"
        " origin folder first_epoch last_epoch result process mark host beginning group"
    )
    assert set(json.loads((run.path / "run.json").read_bytes())) == set(names.split())


def test_relative_paths_lead_back_to_the_project(tmp_path: Path, document: Document) -> None:
    run = create_run(tmp_path / "p.runs", document)
    assert run.project_folder() == tmp_path
    run.record.folder = store.relative_folder(run.path, tmp_path / "other")
    assert run.project_folder() == tmp_path / "other"


def test_reading_a_run_makes_no_file(tmp_path: Path, document: Document) -> None:
    path = create_run(tmp_path, document).path
    before = sorted(path.rglob("*"))
    run: RunFolder = open_run(path)
    assert (run.rows(), run.events(), run.frames(), run.checkpoints()) == ([], [], [], ())
    assert run.latest_checkpoint() is None and run.best_checkpoint() is None
    run.close()
    assert sorted(path.rglob("*")) == before
