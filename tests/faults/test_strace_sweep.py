"""The sweep itself: it finds what a careless save loses, and says what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.strace_sweep import BEGIN, END, FAULTS, FILE_CALLS, Run, sweep

NAIVE = f"""
import os, sys
os.access({BEGIN!r}, os.F_OK)
with open(sys.argv[1], "wb") as file:
    file.write(b"new " * 60_000)
os.access({END!r}, os.F_OK)
os.writev(1, [b"saved"])
"""


def test_a_careless_save_is_caught(tmp_path: Path) -> None:
    target = tmp_path / "file"

    def check(run: Run) -> None:
        assert target.read_bytes() in (b"old", b"new " * 60_000), "torn"

    result = sweep(
        [sys.executable, "-I", "-c", NAIVE, str(target)],
        FILE_CALLS,
        FAULTS,
        check,
        prepare=lambda: target.write_bytes(b"old"),
    )
    assert result.hits == {"openat": 3, "write": 3, "close": 3}
    assert {problem.partition(":")[0] for problem in result.problems} == {
        "write 1 SIGKILL",
        "write 1 ENOSPC",
        "write 1 EIO",
    }


def test_a_script_without_marks_is_refused() -> None:
    with pytest.raises(AssertionError, match="did not reach its marks"):
        sweep([sys.executable, "-I", "-c", "pass"], FILE_CALLS, FAULTS, lambda run: None)


def test_a_missing_strace_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="apt-get install strace"):
        sweep([sys.executable, "-c", "pass"], FILE_CALLS, FAULTS, lambda run: None)
