"""Unsaved work that ends the program while it is restored must not do so at every start (row D7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.gui import dialogs
from nndesigner.gui.commands import filing
from nndesigner.project import journal
from nndesigner.project.writer import save
from tests.e2e.real_window import dropout_project, real_window

ROOT = Path(__file__).parents[2]

CRASHED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.session.session import Session
session = Session()
session.files.open(Path(sys.argv[2]))
session.edit("", "add_note", text="not saved", x=0.0, y=0.0)
os._exit(1)
"""
ABORTS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from PySide6.QtWidgets import QApplication
from nndesigner.gui import dialogs
from nndesigner.app import window
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.files import Files
WorkerPool.open = lambda self: None
dialogs.ask_recovered = lambda parent, name, edits: "restore"
Files.recover = lambda self, recovered: os.abort()  # what the work does to whoever restores it
sys.exit(window.main([]))
"""


def test_work_that_ends_the_program_while_it_is_restored_is_left_on_the_disk(
    app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.nnd"
    save(dropout_project(), path)
    run = [sys.executable, "-c", CRASHED, str(ROOT), str(path)]
    assert subprocess.run(run, timeout=60).returncode == 1
    (folder,) = journal.journals_folder().iterdir()
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    for _ in range(2):
        start = [sys.executable, "-c", ABORTS, str(ROOT)]
        assert subprocess.run(start, timeout=60, stderr=subprocess.DEVNULL).returncode == -6
    said: list[str] = []
    monkeypatch.setattr(dialogs, "ask_recovered", lambda parent, name, edits: "restore")
    monkeypatch.setattr(dialogs, "tell", lambda parent, title, sentence, detail="": said.append(sentence))
    with real_window(app, workers=False) as desk:
        assert not filing.offer_recovery(desk.window.desk)
        assert desk.window.isVisible() and not desk.window.shows_project
    assert len(said) == 1 and str(folder) in said[0] and os.path.isdir(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == kept, "it stays as it was"
