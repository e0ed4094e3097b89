"""Groups of processes end whole, numbers that are used again are told apart, and a memory limit is polite."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from nndesigner.base import processes

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(60)
"""


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def start_family() -> tuple[subprocess.Popen[bytes], int]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, **processes.own_group())
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def gone(pid: int) -> bool:
    """Ended, or only waiting to be counted by whoever inherited it."""
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("kill", [False, True])
def test_a_group_ends_whole(kill: bool) -> None:
    parent, child = start_family()
    with parent:
        assert os.getpgid(parent.pid) == parent.pid != os.getpgid(0)
        processes.signal_group(parent, kill=kill)
        assert eventually(lambda: processes.reap(parent) is not None)
        assert parent.returncode == -(signal.SIGKILL if kill else signal.SIGTERM)
    assert eventually(lambda: gone(child))
    processes.signal_group(parent, kill=True)  # nothing to end any more, nobody else's to hit


def test_reaping_a_killed_parent_ends_what_it_left() -> None:
    parent, child = start_family()
    with parent:
        assert processes.reap(parent) is None
        os.kill(parent.pid, signal.SIGKILL)
        assert eventually(lambda: processes.reap(parent) == -signal.SIGKILL)
    assert eventually(lambda: gone(child))


def test_start_marks() -> None:
    own = processes.start_mark(os.getpid())
    assert own == processes.start_mark(os.getpid()) != ""
    assert processes.is_same_process(os.getpid(), own)
    assert not processes.is_same_process(os.getpid(), "another")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        mark = processes.start_mark(child.pid)
        assert mark and mark != own
        child.communicate(b"\n")
    assert processes.start_mark(child.pid) == ""
    assert not processes.is_same_process(child.pid, mark)


def test_a_memory_limit_is_polite_and_can_be_lifted() -> None:
    program = """
import sys
from nndesigner.base import processes
assert processes.limit_memory(300 * 2**20)
try:
    bytearray(400 * 2**20)
except MemoryError:
    print("polite")
processes.lift_memory_limit()
print(len(bytearray(400 * 2**20)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.stdout.split(), done.stderr) == (["polite", str(400 * 2**20)], "")


def test_memory_is_told() -> None:
    assert processes.physical_memory() > 2**28
    assert 2**20 < processes.resident_memory() < processes.physical_memory()


def test_a_parent_signal_arrives() -> None:
    """A child that asked for it is told when its parent dies, even by SIGKILL."""
    child = """
import signal, sys, time
from nndesigner.base import processes
signal.signal(signal.SIGHUP, lambda number, frame: (print("told", flush=True), sys.exit()))
assert processes.ask_for_parent_signal(signal.SIGHUP)
print("ready", flush=True)
time.sleep(20)
"""
    parent = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(20)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, child], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        assert process.stdout.readline() == "told\n"


def test_signal_names() -> None:
    assert processes.signal_name(9) == "SIGKILL"
    assert processes.signal_name(250) == "250"


def test_this_process_and_its_parent_run() -> None:
    assert processes.is_running(os.getpid()) and processes.is_running(os.getppid())


def test_somebody_elses_process_runs() -> None:
    assert processes.is_running(1)


def test_an_ended_process_does_not() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    assert processes.is_running(process.pid)
    process.communicate()
    assert not processes.is_running(process.pid)


@pytest.mark.parametrize("pid", [0, -1, 1 << 31, 1 << 80])
def test_what_is_no_process_number_does_not_run(pid: int) -> None:
    assert not processes.is_running(pid)
    assert not processes.is_running(-os.getpid())


def test_the_tag_is_the_same_in_every_process_here() -> None:
    script = "import sys; sys.path.insert(0, ''); from nndesigner.base.processes import host_tag; print(host_tag())"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == processes.host_tag()
    assert re.fullmatch("[0-9a-f]{6}", processes.host_tag())
