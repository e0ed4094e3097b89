"""The rules of conftest.py, each broken once by a planted test and seen to fail, in a pytest of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

PLANTED = """
import logging, os, subprocess, sys, threading, time, warnings
from pathlib import Path

STARTED = []

def test_thread():
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="forgotten").start()

def test_child():
    STARTED.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))

def test_unwaited_child():
    STARTED.append(subprocess.Popen([sys.executable, "-c", ""]))

def test_timer(qapp):
    from PySide6.QtCore import QTimer
    timer = QTimer()
    timer.start(60_000)
    STARTED.append(timer)

def test_qt_thread(qapp):
    from PySide6.QtCore import QThread
    thread = QThread()
    thread.start()
    STARTED.append(thread)

def test_log():
    logging.getLogger("planted").error("something broke")

def test_warning():
    warnings.warn("old ways", DeprecationWarning)

def test_qt_warning(qapp):
    from PySide6.QtCore import qWarning
    qWarning("painter not active")

def test_meant_log(caplog):
    logging.getLogger("planted").error("meant")
    assert "meant" in caplog.text
    caplog.clear()

def test_tidy(qapp):
    from PySide6.QtCore import QTimer
    subprocess.run([sys.executable, "-c", ""], check=True)
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
    timer = QTimer()
    timer.start(1000)
    timer.stop()

def test_folders():
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "NNDESIGNER_HOME"):
        folder = Path(os.environ[name])
        assert folder.is_dir() and not list(folder.iterdir())
        (folder / "mark").touch()

test_folders_again = test_folders

def test_end_what_was_started():
    for thing in STARTED:
        if isinstance(thing, subprocess.Popen):
            thing.kill()
            thing.wait()
        elif hasattr(thing, "quit"):
            thing.quit()
            thing.wait()
"""

# Planted test → what the report says about it; None where it must pass.
EXPECTED = {
    "test_thread": "thread: forgotten",
    "test_child": "child process: ",
    "test_unwaited_child": "child process: ",
    "test_timer": "QTimer '' every 60000 ms",
    "test_qt_thread": "QThread ''",
    "test_log": "logged as an error: planted: something broke",
    "test_warning": "DeprecationWarning: old ways",
    "test_qt_warning": "painter not active",
    "test_meant_log": None,
    "test_tidy": None,
    "test_folders": None,
    "test_folders_again": None,
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of pytest over the planted tests, under this project's configuration."""
    folder = tmp_path_factory.mktemp("planted")
    conftest = (HERE / "conftest.py").read_text()
    (folder / "conftest.py").write_text(
        re.sub(r"^PATIENCE_SECONDS = .*$", "PATIENCE_SECONDS = 0.4", conftest, flags=re.MULTILINE)
    )
    (folder / "test_planted.py").write_text(PLANTED)
    shutil.copy(HERE.parent / "pyproject.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "test_planted.py"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", EXPECTED)
def test_planted(report: str, name: str) -> None:
    lines = re.findall(
        rf"^(PASSED|FAILED|ERROR) test_planted\.py::{name}(?: - (.*))?$", report, flags=re.MULTILINE
    )
    outcomes = {outcome for outcome, _ in lines}
    expected = EXPECTED[name]
    if expected is None:
        assert outcomes == {"PASSED"}, report
    else:
        assert outcomes & {"FAILED", "ERROR"}, report
        assert expected in report, report
