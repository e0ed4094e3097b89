"""`attach`: a run followed by its folder alone, left alone by Ctrl-C, and stopped where that is wanted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.app.commands import attach
from nndesigner.base.checked_log import read_log
from nndesigner.protocol.controls import Stop, read_control_line
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.attach import CONTROLS
from nndesigner.runs.store import RunFolder, open_run


@pytest.fixture
def going(finished: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run that goes on: this process is the one that writes it."""
    finished.save_record(state="running", result={})
    monkeypatch.setattr(attach, "LOOK_SECONDS", 0.01)
    return finished


def end(run: RunFolder, state: str, after: Callable[[], bool] = lambda: True) -> threading.Thread:
    """Ends the run from elsewhere once `after` says so."""

    def work() -> None:
        folder = open_run(run.path)
        deadline = time.monotonic() + 5
        while not after() and time.monotonic() < deadline:
            time.sleep(0.01)
        folder.append_rows([ScalarRow(3, 3.0, "validation", "accuracy", 0.9, 0.3)])
        folder.close()
        result = {"state": state, "epochs": 3, "seconds": 0.3, "samples_per_second": 9.0, "metrics": {}}
        folder.save_record(state=state, sentence="It said why." if state == "failed" else "", result=result)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_run_that_has_ended_is_told_at_once(run_json: Callable[..., Any], finished: RunFolder) -> None:
    code, found = run_json("attach", finished.path)
    assert (code, found["run"], found["epochs"]) == (0, str(finished.path), 2)
    assert found["metrics"] == {"validation": {"accuracy": 0.5}}


@pytest.mark.parametrize(("state", "code"), [("finished", 0), ("early", 0), ("stopped", 130), ("failed", 1)])
def test_a_run_is_followed_to_its_end(
    run: Callable[..., Any], going: RunFolder, state: str, code: int
) -> None:
    thread = end(going, state)
    found, out, err = run("attach", going.path)
    thread.join()
    assert found == code
    assert ("It said why." in err) if state == "failed" else ("3 epochs" in out)


def test_stop_is_left_in_the_folder_and_its_effect_waited_for(
    run: Callable[..., Any], going: RunFolder
) -> None:
    controls = going.path / CONTROLS
    thread = end(going, "stopped", after=controls.exists)
    code, _, _ = run("attach", going.path, "--stop")
    thread.join()
    lines, _ = read_log(controls)
    assert [read_control_line(line) for line in lines] == [Stop()]
    assert code == 0  # what was asked for was done


def test_ctrl_c_leaves_the_run_going(
    run: Callable[..., Any], going: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(attach.time, "sleep", pressed)
    code, out, err = run("attach", going.path)
    assert (code, out) == (130, "")
    assert "The run goes on." in err
    assert not (going.path / CONTROLS).exists()
    assert open_run(going.path).record.state == "running"


def test_a_run_whose_process_is_gone(run: Callable[..., Any], going: RunFolder) -> None:
    going.save_record(process=2**22 + 1)
    code, _, err = run("attach", going.path)
    assert code == 1
    assert "Resume it" in err


def test_no_run(run: Callable[..., Any], tmp_path: Path) -> None:
    assert run("attach", tmp_path)[0] == 2
