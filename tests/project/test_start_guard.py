from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nndesigner.base.folders import state_folder
from nndesigner.project import start_guard

ABORTING = """
import os, sys
sys.path.insert(0, sys.argv[1])
from nndesigner.project import start_guard
if start_guard.opening(sys.argv[2]):
    os.abort()  # what the project does to whoever loads it
os.write(1, b"empty window")
"""


def started(path: Path) -> subprocess.CompletedProcess[bytes]:
    root = str(Path(__file__).parents[2])
    return subprocess.run([sys.executable, "-c", ABORTING, root, str(path)], capture_output=True, timeout=30)


def test_the_third_start_reaches_a_window(tmp_path: Path) -> None:
    path = tmp_path / "bad.nnd"
    path.write_bytes(b"the file stays")
    first, second, third = (started(path) for _ in range(3))
    assert (first.returncode, second.returncode) == (-6, -6)
    assert (third.returncode, third.stdout) == (0, b"empty window")
    assert path.read_bytes() == b"the file stays"


@pytest.mark.parametrize("round", range(20))
def test_two_failures_in_a_row_are_enough(round: int) -> None:
    what, other = f"/projects/{round}.nnd", "/projects/other.nnd"
    assert [start_guard.opening(what) for _ in range(3)] == [True, True, False]
    assert start_guard.opening(other)
    start_guard.opened(other)
    assert not start_guard.opening(what)
    start_guard.opened(what)
    assert start_guard.opening(what)


def test_a_start_that_got_through_counts_anew() -> None:
    for _ in range(10):
        assert start_guard.opening("a")
        start_guard.opened("a")
    assert not (state_folder() / "starts.json").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"failed": 3}', b'{"failed": {"a": "x"}}', b"\xff"])
def test_a_damaged_note_is_as_none(content: bytes) -> None:
    (state_folder() / "starts.json").write_bytes(content)
    assert start_guard.opening("a")


def test_without_a_state_folder_everything_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "file"))
    assert all(start_guard.opening("a") for _ in range(5))
    start_guard.opened("a")
