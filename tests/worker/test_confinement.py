"""What the fence lets through and what it does not; what it cannot stop is said in docs/custom-layers.md."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from nndesigner.worker.confinement import Fence, Refused, inside


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    own = tmp_path / "own"
    own.mkdir()
    made = Fence(own)
    made.up = True
    return made


def test_files_of_its_own_folder_may_be_written(fence: Fence, tmp_path: Path) -> None:
    fence.look("open", (str(tmp_path / "own" / "a.txt"), "w", os.O_WRONLY | os.O_CREAT))
    fence.look("open", (str(tmp_path / "own" / "sub" / ".." / "a.txt"), "r", 0))
    assert not fence.refused


def test_python_may_be_read_and_not_written(fence: Fence) -> None:
    fence.look("open", (os.__file__, "r", os.O_RDONLY))
    with pytest.raises(Refused, match="write the file"):
        fence.look("open", (os.__file__, "r+", os.O_RDWR))


@pytest.mark.parametrize(
    ("event", "arguments", "words"),
    [
        ("open", ("/etc/passwd", "r", 0), "read the file /etc/passwd"),
        ("open", ("../outside", None, os.O_WRONLY | os.O_CREAT), "write the file"),
        ("os.listdir", ("/root",), "look into the folder"),
        ("os.mkdir", ("/nowhere/new", 0o777, -1), "make the folder"),
        ("os.remove", ("/etc/hosts", -1), "remove a file"),
        ("os.rename", ("/etc/hosts", "here", -1, -1), "move a file"),
        ("os.system", (b"ls",), "start a program"),
        ("subprocess.Popen", ("ls", ["ls"], None, None), "start a program"),
        ("os.fork", (), "start a process"),
        ("os.kill", (1, 9), "signal a process"),
        ("socket.connect", (None, ("127.0.0.1", 1)), "use the network"),
        ("ctypes.dlopen", ("libc.so.6",), "load a library"),
    ],
)
def test_what_is_refused_is_said_and_noted(fence: Fence, event: str, arguments: tuple, words: str) -> None:
    with pytest.raises(PermissionError, match=words):
        fence.look(event, arguments)
    assert len(fence.refused) == 1 and words in fence.refused[0]


def test_a_link_out_of_the_folder_leads_nowhere(fence: Fence, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (tmp_path / "own" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match="secret"):
        fence.look("open", (str(tmp_path / "own" / "link"), "r", 0))


def test_threads_of_the_code_are_behind_it_and_those_of_the_worker_are_not(tmp_path: Path) -> None:
    go, found = threading.Event(), []

    def worker() -> None:
        go.wait(5)
        fence.look("os.fork", ())
        found.append("worker")

    def code() -> None:
        try:
            fence.look("os.fork", ())
        except Refused:
            found.append("refused")

    ours = threading.Thread(target=worker)
    ours.start()
    fence = Fence(tmp_path)
    with inside(fence):
        theirs = threading.Thread(target=code)
        theirs.start()
        theirs.join()
        go.set()
        ours.join()
    assert found == ["refused", "worker"]
    fence.look("os.fork", ())  # it is down again
