"""A project that ends the program while it opens: the third start reaches a window, and the file stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

START = """
import os, sys
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QTimer
from nndesigner.app import window
from nndesigner.gui import dialogs
from nndesigner.gui.commands import filing
from nndesigner.runs.pool import WorkerPool
WorkerPool.open = lambda self: None  # no worker is needed to see a window
if sys.argv[3] == "aborts":
    filing.open_file = lambda desk, path: os.abort()

def told(parent, title, sentence, detail=""):
    print(title, "|", sentence, flush=True)

dialogs.tell = told
app = window.make_application()
QTimer.singleShot(400, lambda: (print("window", any(w.isVisible() for w in app.topLevelWidgets())), app.quit()))
sys.exit(window.main([sys.argv[2]]))
"""


def started(path: Path, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, str(ROOT), str(path), how],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "examples/iris-mlp.nnd", tmp_path / "a.nnd")
    return tmp_path / "a.nnd"


def test_the_third_start_reaches_a_window(path: Path) -> None:
    before = path.read_bytes()
    assert [started(path, "aborts").returncode for _ in range(2)] == [-6, -6]
    third = started(path, "aborts")
    assert third.returncode == 0, third.stderr
    assert "“a.nnd” was not opened" in third.stdout
    assert str(path) in third.stdout
    assert "window True" in third.stdout
    assert path.read_bytes() == before
    fourth = started(path, "opens")
    assert (fourth.returncode, fourth.stdout.strip()) == (0, "window True"), fourth.stderr


def test_starts_that_are_closed_soon_do_not_count(path: Path) -> None:
    for _ in range(3):
        done = started(path, "opens")
        assert (done.returncode, done.stdout.strip()) == (0, "window True"), done.stderr
