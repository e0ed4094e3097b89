from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nndesigner.base.atomic import WriteError
from nndesigner.base.folders import state_folder
from nndesigner.base.lock import HeldBy, Lock, acquire

REPOSITORY = Path(__file__).parents[2]

# Reads "<when> <path>" lines, asks for the lock at that moment, says what it got, and releases at the next line.
RACER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.base.lock import Lock, acquire
print("ready", flush=True)
for line in sys.stdin:
    when, path = line.rstrip("\\n").split(" ", 1)
    while time.monotonic() < float(when):
        pass
    got = acquire(Path(path))
    print("held" if isinstance(got, Lock) else got.pid, flush=True)
    sys.stdin.readline()
    if isinstance(got, Lock):
        got.release()
    print("done", flush=True)
"""


@contextmanager
def racers(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-I", "-c", RACER, str(REPOSITORY)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        for _ in range(number)
    ]
    try:
        for racer in started:
            assert said(racer) == "ready"
        yield started
    finally:
        for racer in started:
            racer.kill()
            racer.communicate()


def said(racer: subprocess.Popen[str]) -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()


def tell(racer: subprocess.Popen[str], line: str) -> None:
    assert racer.stdin is not None
    racer.stdin.write(line + "\n")
    racer.stdin.flush()


def race(started: list[subprocess.Popen[str]], path: Path) -> None:
    """All ask at the same moment: one gets it, and the others are told who."""
    start = time.monotonic() + 0.01
    for racer in started:
        tell(racer, f"{start} {path}")
    answers = [said(racer) for racer in started]
    winners = [racer for racer, answer in zip(started, answers, strict=True) if answer == "held"]
    assert len(winners) == 1, answers
    assert set(answers) == {"held", str(winners[0].pid)}
    for racer in started:
        tell(racer, "release")
        assert said(racer) == "done"


def test_fifty_start_races_have_one_winner_each(tmp_path: Path) -> None:
    with racers(4) as started:
        for number in range(50):
            # A project of its own each time, then the same ones again: the first open, and a later one.
            race(started, tmp_path / f"project-{number % 25}.nnd")


def lock_file() -> Path:
    (path,) = (state_folder() / "locks").iterdir()
    return path


def test_ten_stale_locks_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "project.nnd"
    for _ in range(5):
        with racers(1) as (holder,):
            tell(holder, f"0 {path}")
            assert said(holder) == "held"
            assert acquire(path) == HeldBy(
                holder.pid, platform.node(), json.loads(lock_file().read_text())["since"]
            )
            holder.kill()
            holder.wait()
            got = acquire(path)
            assert isinstance(got, Lock), "its holder is dead"
            got.release()
    # What a killed holder left, whose number a living process bears by now; and what no holder ever wrote.
    mine = {"pid": os.getpid(), "host": platform.node(), "since": "2020-01-01T00:00:00+00:00"}
    for words in [json.dumps(mine), json.dumps(mine | {"pid": 1}), "", "not JSON \xff", '{"pid": "x"}']:
        lock_file().write_text(words, encoding="latin-1")
        got = acquire(path)
        assert isinstance(got, Lock), words
        assert isinstance(acquire(path), HeldBy)
        got.release()


@pytest.mark.parametrize("before", ["half a word", "the words of a dead holder"])
def test_while_a_new_holder_has_not_said_who_it_is(tmp_path: Path, before: str) -> None:
    path = tmp_path / "project.nnd"
    with acquire(path) as got:
        assert isinstance(got, Lock)
        with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as ended:
            pass
        words = json.dumps({"pid": ended.pid, "host": platform.node()})
        lock_file().write_text(words[:9] if before == "half a word" else words)
        started = time.monotonic()
        assert acquire(path) == HeldBy(0)
        assert 0.9 < time.monotonic() - started < 3.0


def test_held_until_released(tmp_path: Path) -> None:
    path = tmp_path / "project.nnd"
    with acquire(path) as got:
        assert isinstance(got, Lock)
        second = acquire(path)
        assert isinstance(second, HeldBy) and second.pid == os.getpid(), "another window of the same process"
    again = acquire(path)
    assert isinstance(again, Lock)
    again.release()
    again.release()


def test_one_file_under_all_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("project.nnd")
    (tmp_path / "other").symlink_to("folder")
    with acquire(tmp_path / "project.nnd"):
        for name in ["project.nnd", "link", "folder/../project.nnd", "./link"]:
            assert isinstance(acquire(Path(name)), HeldBy), name
        with acquire(tmp_path / "other" / "project.nnd") as got:
            assert isinstance(got, Lock), "another file"
            assert isinstance(acquire(tmp_path / "folder" / "project.nnd"), HeldBy)


def test_saving_does_not_lose_the_lock(tmp_path: Path) -> None:
    from nndesigner.base.atomic import write_atomically

    path = tmp_path / "project.nnd"
    with acquire(path):
        write_atomically(path, b"new")
        assert isinstance(acquire(path), HeldBy)
        assert os.listdir(tmp_path) == ["project.nnd"], "nothing is put beside the user's file"


def test_a_child_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "project.nnd"
    got = acquire(path)
    assert isinstance(got, Lock)
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        close_fds=False,
    )
    got.release()
    again = acquire(path)
    assert isinstance(again, Lock)
    again.release()
    child.communicate()


def test_without_a_state_folder_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "file"))
    with pytest.raises(WriteError, match="file/state was not written"):
        acquire(tmp_path / "project.nnd")


def test_on_a_full_disk_it_still_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "project.nnd"

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        got = acquire(path)
    with got as lock:
        assert isinstance(lock, Lock)
        assert acquire(path) == HeldBy(0)
