"""A run followed through its folder gives what a pipe would have given."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.checked_log import LogWriter, read_log
from nndesigner.base.problem import Refusal
from nndesigner.document.document import Document
from nndesigner.document.records import Network
from nndesigner.protocol.controls import SetLearningRate, Stop, read_control_line
from nndesigner.protocol.messages import Done, Failed, Frame, ScalarRow, Scalars, State
from nndesigner.runs.attach import CONTROLS, METRICS, RunFollower, leave_control
from nndesigner.runs.store import RunFolder, create_at


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_at(tmp_path / "run", Document([Network(id="n" * 12)]))


def row(step: int, value: float = 0.5) -> ScalarRow:
    return ScalarRow(step, step / 10, "train", "loss", value, step * 0.1)


def test_a_living_run(run: RunFolder) -> None:
    import os

    follower = RunFollower(run.path)
    assert follower.read() == [State("created", "")]
    run.save_record(state="running", process=os.getpid())
    run.append_rows([row(1), row(2)])
    run.flush()
    assert follower.read() == [Scalars((row(1), row(2))), State("running", "")]
    assert follower.read() == []
    run.append_rows([row(3)])
    run.save_frames([Frame("histogram", "n", 3, 0.3, {"counts": np.arange(4)})])
    run.flush()
    numbers, picture = follower.read()
    assert numbers == Scalars((row(3),))
    assert isinstance(picture, Frame)
    assert picture.arrays["counts"].tolist() == [0, 1, 2, 3]
    assert follower.read() == []
    run.append_rows([row(4)])
    run.close()
    run.save_record(state="finished", result={"accuracy": 0.98})
    *before, end = follower.read()
    assert before == [Scalars((row(4),)), State("finished", "")]
    assert isinstance(end, Done) and end.result == {"accuracy": 0.98}
    assert follower.over
    assert follower.read() == []


@pytest.mark.parametrize(("state", "code"), [("failed", "failed"), ("diverged", "diverged")])
def test_a_run_that_failed_says_why(run: RunFolder, state: str, code: str) -> None:
    run.save_record(state=state, sentence="The loss is not a number.")
    assert RunFollower(run.path).read()[-1] == Failed("The loss is not a number.", "", code)


def test_a_run_whose_process_is_gone_can_be_resumed(run: RunFolder) -> None:
    run.save_record(state="running", process=2**22 + 1)
    end = RunFollower(run.path).read()[-1]
    assert isinstance(end, Failed)
    assert (end.code, "Resume" in end.sentence) == ("ended", True)


def test_a_value_that_is_no_number_and_a_line_that_is_no_row(run: RunFolder) -> None:
    with LogWriter(run.path / METRICS) as log:
        log.append(b'[1, 0.1, "train", "loss", null, 1.0]')
        log.append(b'["of a later version"]')
    numbers = RunFollower(run.path).read()[0]
    assert isinstance(numbers, Scalars)
    assert len(numbers.rows) == 1 and math.isnan(numbers.rows[0].value)


def test_controls_are_left_as_lines(run: RunFolder) -> None:
    leave_control(run.path, SetLearningRate(0.1))
    leave_control(run.path, Stop())
    lines, damaged = read_log(run.path / CONTROLS)
    assert not damaged
    assert [read_control_line(line) for line in lines] == [SetLearningRate(0.1), Stop()]


def test_where_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no run"):
        RunFollower(tmp_path).read()


def test_earlier_pictures_are_read_when_they_were_written(run: RunFolder) -> None:
    follower = RunFollower(run.path)
    follower.read()

    def picture(step: int) -> Frame:
        return Frame("histogram", "n", step, step / 10, {"counts": np.arange(4)})

    run.save_frames([picture(3)], [picture(1), picture(2), picture(3)])
    assert [f.step for f in follower.read() if isinstance(f, Frame)] == [1, 2, 3, 3]
    run.save_frames([picture(40)])  # megabytes of earlier ones are not written each time, nor read again
    assert [f.step for f in follower.read() if isinstance(f, Frame)] == [40]
