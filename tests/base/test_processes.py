from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from nndesigner.base.processes import host_tag, is_running


def test_this_process_and_its_parent_run() -> None:
    assert is_running(os.getpid()) and is_running(os.getppid())


def test_somebody_elses_process_runs() -> None:
    assert is_running(1)


def test_an_ended_process_does_not() -> None:
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    assert is_running(process.pid)
    process.communicate()
    assert not is_running(process.pid)


@pytest.mark.parametrize("pid", [0, -1, -os.getpid(), 1 << 31, 1 << 80])
def test_what_is_no_process_number_does_not_run(pid: int) -> None:
    assert not is_running(pid)


def test_the_tag_is_the_same_in_every_process_here() -> None:
    script = "import sys; sys.path.insert(0, ''); from nndesigner.base.processes import host_tag; print(host_tag())"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == host_tag()
    assert re.fullmatch("[0-9a-f]{6}", host_tag())
