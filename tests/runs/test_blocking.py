"""Jobs in real worker processes, and everything that can go wrong with them, seen from the command line's driver."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nndesigner.base.folders import state_folder
from nndesigner.protocol.controls import Pause, Resume, SetLearningRate, Stop
from nndesigner.protocol.jobs import Export, Train
from nndesigner.protocol.messages import Done, Failed, Frame, Message, Scalars, State
from nndesigner.runs.attach import leave_control
from nndesigner.runs.blocking import BlockingDriver, run_job
from nndesigner.runs.tasks import Task

ODD = (sys.executable, "-I", str(Path(__file__).with_name("odd_worker.py")))


def odd(what: str, **options: Any) -> Export:
    return Export(run="", format=what, out="", options=options)


def run(what: str, on_message: Callable[[Message], None] = lambda m: None, **options: Any) -> Done | Failed:
    return run_job(odd(what, **options), on_message, command=ODD, cold=True)


def log() -> str:
    (path,) = (state_folder() / "workers").glob("*.log")
    return path.read_text(errors="replace")


def test_a_job_is_done() -> None:
    outcome = run("fine", text="é")
    assert isinstance(outcome, Done)
    assert outcome.result["text"] == "é"
    assert outcome.result["pid"] != os.getpid()


def test_stray_prints_go_to_the_log_and_break_no_frame() -> None:
    outcome = run("print")
    assert isinstance(outcome, Done)
    assert outcome.result["read"] == b""
    for line in ("stray print", "stray bytes on 1", "stray child", "stray C line"):
        assert line in log()


@pytest.mark.parametrize(
    ("what", "code", "sentence"),
    [
        ("raise", "internal", "The export failed through a fault in nndesigner"),
        ("refuse", "refused", "That cannot be done. Do this."),
        ("missing", "refused", "/nowhere/at/all"),
        ("segfault", "ended", "The worker ended by signal 11 (SIGSEGV)."),
        ("kill", "ended", "The worker ended by signal 9 (SIGKILL). The system may have run out of memory."),
        ("exit", "ended", "The worker ended unexpectedly, with code 3."),
    ],
)
def test_what_goes_wrong_is_one_sentence(what: str, code: str, sentence: str) -> None:
    outcome = run(what)
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert outcome.sentence.startswith(sentence)
    assert "\n" not in outcome.sentence
    if what == "segfault":
        assert "Fatal Python error: Segmentation fault" in outcome.detail
    if what == "raise":
        assert "the answer is not 42" not in outcome.sentence
        assert "ValueError" in outcome.detail and "odd_worker.py" in log()
        named = Path(outcome.sentence.partition("at the end of ")[2].removesuffix("."))
        assert "ValueError: the answer is not 42" in named.read_text()


def test_the_memory_cap_trips_politely() -> None:
    outcome = run_job(odd("memory"), command=ODD, cold=True, memory=400 << 20)
    assert isinstance(outcome, Failed)
    assert (outcome.code, "memory" in outcome.sentence) == ("memory", True)


def test_no_number_is_lost_and_only_the_newest_pictures_matter() -> None:
    rows: list[int] = []
    batches = 0

    def take(message: Message) -> None:
        nonlocal batches
        if isinstance(message, Scalars):
            batches += 1
            rows.extend(row.step for row in message.rows)

    assert isinstance(run("rows", take, rows=20_000), Done)
    assert rows == list(range(20_000))
    assert batches < 2_000
    frames: list[int] = []
    run("frames", lambda m: frames.append(m.step) if isinstance(m, Frame) else None, frames=2_000)
    assert frames == sorted(frames)
    assert frames[-1] == 1_999
    assert len(frames) < 200


def test_controls_arrive_in_order() -> None:
    controls = (Pause(), SetLearningRate(0.1), Resume(), Stop())
    outcome = run_job(odd("obey"), controls=controls, command=ODD, cold=True)
    assert isinstance(outcome, Done)
    assert outcome.result["heard"] == ["Pause", "SetLearningRate", "Resume", "Stop"]


def test_cancel_is_heard() -> None:
    outcome = run_job(odd("obey"), command=ODD, cold=True, on_start=lambda task: task.cancel())
    assert isinstance(outcome, Failed)
    assert outcome.code == "cancelled"


def test_ctrl_c_stops_training_and_keeps_what_it_has(tmp_path: Path) -> None:
    def take(message: Message) -> None:
        if isinstance(message, State) and message.state == "running":
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    outcome = run_job(Train(b"", "", str(tmp_path)), take, command=ODD, cold=True)
    assert isinstance(outcome, Done)
    assert outcome.result["heard"] == ["Stop"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_cancels_what_is_no_training() -> None:
    def take(message: Message) -> None:
        if isinstance(message, State) and message.state == "running":
            os.kill(os.getpid(), signal.SIGINT)

    outcome = run_job(odd("obey"), take, command=ODD, cold=True)
    assert isinstance(outcome, Failed)
    assert outcome.code == "cancelled"


def test_the_second_ctrl_c_kills_what_hears_nothing() -> None:
    def take(message: Message) -> None:
        if isinstance(message, State) and message.state == "deaf":
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    started = time.monotonic()
    outcome = run_job(odd("deaf"), take, command=ODD, cold=True)
    assert isinstance(outcome, Failed)
    assert outcome.code in ("cancelled", "killed")
    assert time.monotonic() - started < 5  # an answer to the first one alone would take longer


def test_a_stopped_worker_is_noticed_and_forgiven_when_it_goes_on() -> None:
    ahead = 0.0
    driver = BlockingDriver(ODD, cold=True, clock=lambda: time.monotonic() + ahead)
    worker = driver.start()
    outcomes: list[Done | Failed] = []
    states: list[str] = []
    task = Task(
        odd("obey"), lambda m: states.append(m.state) if isinstance(m, State) else None, outcomes.append
    )
    try:
        task.begin(worker)
        assert driver.run_until(lambda: "running" in states, 20)
        os.kill(worker.child.pid, signal.SIGSTOP)
        driver.run_until(lambda: False, 0.2)  # what it said before
        assert not task.hung
        ahead += 31
        assert driver.run_until(lambda: task.hung, 5)
        assert not outcomes
        os.kill(worker.child.pid, signal.SIGCONT)
        assert driver.run_until(lambda: not task.hung, 5)
        # This process sleeping, as a laptop does, is no silence of the worker's: what it said meanwhile is read first.
        time.sleep(1.2)
        ahead += 1000
        worker.look()
        assert not task.hung
        task.send(Stop())
        assert driver.run_until(lambda: bool(outcomes), 5)
        assert isinstance(outcomes[0], Done)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself by now
            os.kill(worker.child.pid, signal.SIGSTOP)
    finally:
        worker.kill()
        assert driver.run_until(lambda: worker.process.ended is not None, 5)
        driver.close()


def test_killing_ends_the_children_too() -> None:
    children: list[int] = []
    tasks: list[Task] = []

    def take(message: Message) -> None:
        if isinstance(message, State):
            children.append(int(message.sentence))
            tasks[0].kill()

    outcome = run_job(odd("stubborn"), take, command=ODD, cold=True, on_start=tasks.append)
    assert isinstance(outcome, Failed)
    assert outcome.code == "killed"
    assert eventually(lambda: gone(children[0]))


@pytest.mark.parametrize(("what", "kind"), [("rows", Done), ("segfault", Failed)])
def test_pipes_can_be_waited_for_by_threads(what: str, kind: type[Done] | type[Failed]) -> None:
    """How it is done on Windows."""
    driver = BlockingDriver(ODD, cold=True, threaded=True)
    worker = driver.start()
    rows: list[int] = []
    outcomes: list[Done | Failed] = []
    task = Task(
        odd(what, rows=5_000),
        lambda m: rows.extend(row.step for row in m.rows) if isinstance(m, Scalars) else None,
        outcomes.append,
    )
    task.begin(worker)
    assert driver.run_until(lambda: bool(outcomes), 20)
    worker.close()
    assert driver.run_until(lambda: worker.process.ended is not None, 20)
    driver.close()
    assert isinstance(outcomes[0], kind)
    assert rows == list(range(5_000 if what == "rows" else 0))


# ---------------------------------------------------------------------------------------- the end of the designer

PARENT = """
import sys
from nndesigner.protocol.jobs import Train
from nndesigner.runs.blocking import run_job
run, detached, *command = sys.argv[1:]
job = Train(b"", "", run, detached=detached == "detached")
run_job(job, lambda message: print(message.state, flush=True), command=command, cold=True,
        on_start=lambda task: print(task.worker.child.pid, flush=True))
"""


@pytest.fixture
def designer(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """A designer in a process of its own, whose worker's job runs."""
    arguments = [sys.executable, "-c", PARENT, str(tmp_path), request.param, *ODD]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert process.stdout.readline() == "running\n"
        yield process, worker, tmp_path
        process.kill()
        if not gone(worker):
            os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize("designer", ["attached"], indirect=True)
def test_a_worker_ends_with_its_designer_and_saves_first(
    designer: tuple[subprocess.Popen[str], int, Path],
) -> None:
    process, worker, run_folder = designer
    process.kill()
    assert eventually(lambda: gone(worker))
    assert (run_folder / "saved").read_text() == ""


@pytest.mark.parametrize("designer", ["detached"], indirect=True)
def test_a_detached_worker_goes_on_and_takes_controls_from_the_run_folder(
    designer: tuple[subprocess.Popen[str], int, Path],
) -> None:
    process, worker, run_folder = designer
    process.kill()
    process.wait()
    time.sleep(0.5)
    assert not gone(worker)
    leave_control(run_folder, SetLearningRate(0.5))
    leave_control(run_folder, Stop())
    assert eventually(lambda: gone(worker))
    assert (run_folder / "saved").read_text() == "SetLearningRate,Stop"


@pytest.mark.parametrize("designer", ["detached"], indirect=True)
def test_a_detached_worker_saves_when_the_system_asks_it_to_end(
    designer: tuple[subprocess.Popen[str], int, Path],
) -> None:
    process, worker, run_folder = designer
    process.kill()
    process.wait()
    os.kill(worker, signal.SIGTERM)
    assert eventually(lambda: gone(worker))
    assert (run_folder / "saved").read_text() == "Stop"


def test_a_job_can_be_detached_while_it_runs(tmp_path: Path) -> None:
    driver = BlockingDriver(ODD, cold=True)
    worker = driver.start()
    states: list[str] = []
    outcomes: list[Done | Failed] = []
    task = Task(
        Train(b"", "", str(tmp_path)),
        lambda m: states.append(m.state) if isinstance(m, State) else None,
        outcomes.append,
    )
    task.begin(worker)
    assert driver.run_until(lambda: "running" in states, 20)
    task.detach()
    driver.close()
    time.sleep(0.3)
    assert not gone(worker.child.pid)
    assert not outcomes
    leave_control(tmp_path, Stop())
    assert eventually(lambda: gone(worker.child.pid))
    assert (tmp_path / "saved").read_text() == "Stop"
    assert eventually(lambda: worker.child.reap() == 0)


def test_another_thread_may_run_a_job() -> None:
    outcomes: list[Done | Failed] = []
    thread = threading.Thread(target=lambda: outcomes.append(run("fine")))
    thread.start()
    thread.join()
    assert isinstance(outcomes[0], Done)


def eventually(condition: Callable[[], bool], seconds: float = 8.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Ended, or only waiting to be counted by whoever inherited it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
