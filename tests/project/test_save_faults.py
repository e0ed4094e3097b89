"""Saving a project is killed, or refused by the disk, at each of its calls: the file is the old or the new project."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nndesigner.base.atomic import sweep_litter
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Network, Node
from nndesigner.project.reader import open_project
from nndesigner.project.writer import encode
from tests.faults.strace_sweep import BEGIN, END, FAULTS, FILE_CALLS, Run, sweep

REPOSITORY = Path(__file__).parents[2]

SAVE = f"""
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.base.atomic import WriteError
from nndesigner.layers.catalogue import layers
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save
layers()
document = open_project(Path(sys.argv[3])).document
os.access({BEGIN!r}, os.F_OK)
try:
    said = f"saved, durable {{save(document, Path(sys.argv[2])).durable}}"
except WriteError as error:
    said = f"refused: {{error}}"
os.access({END!r}, os.F_OK)
os.writev(1, [said.encode()])
"""


def project(size: int, name: str) -> Document:
    nodes = (Node(id=f"n{i:05}", network="net", type="ReLU", name=f"{name}{i}") for i in range(size))
    return Document([Network(id="net", name=name), *nodes])


def sweep_save(folder: Path, size: int) -> int:
    """Sweeps a save of `size` layers over an older project; how many faults hit it."""
    target, other = folder / "work" / "a.nnd", folder / "new.nnd"
    target.parent.mkdir()
    old, new = project(max(1, size // 2), "old"), project(size, "new")
    other.write_bytes(encode(new))

    def prepare() -> None:
        for path in target.parent.iterdir():
            path.unlink()
        target.write_bytes(encode(old))

    def check(run: Run) -> None:
        assert run.killed or run.status == 0
        found = open_project(target)
        assert found.warnings == ()
        assert found.document in (old, new), "neither the old nor the new project"
        if not run.killed:
            assert (found.document == new) == run.output.startswith("saved"), run.output
        sweep_litter(target.parent)
        assert [path.name for path in target.parent.iterdir()] == [target.name]

    command = [sys.executable, "-I", "-c", SAVE, str(REPOSITORY), str(target), str(other)]
    result = sweep(command, FILE_CALLS, FAULTS, check, prepare=prepare)
    assert not result.problems, str(result)
    assert {"openat", "write", "fsync", "close"} <= set(result.hits)
    return result.hits.total()


def test_saving_with_a_fault_at_every_call(tmp_path: Path) -> None:
    assert sweep_save(tmp_path, 60) >= 20


@pytest.mark.long
@pytest.mark.parametrize("size", [1, 2000, 20_000])
def test_saving_projects_of_every_size_with_a_fault_at_every_call(tmp_path: Path, size: int) -> None:
    assert sweep_save(tmp_path, size) >= 20


def test_an_empty_project_is_small() -> None:
    assert len(encode(edits.new_document())) < 500
