"""Saving is killed, or refused by the disk, at each of its calls: what is found is old or new, and whole."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from nndesigner.base.atomic import Manifest, StagedFolder, sweep_litter, verify_folder
from tests.faults.strace_sweep import BEGIN, END, FAULTS, FILE_CALLS, Run, SweepResult, sweep

REPOSITORY = Path(__file__).parents[2]

# By which a save only looks around; they change nothing, so a kill there shows nothing new.
LOOKING = ("readlink", "newfstatat", "fstat", "faccessat2", "lseek", "getdents64")

HEAD = f"""
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from nndesigner.base.atomic import StagedFolder, WriteError, write_atomically
target, size = Path(sys.argv[2]), int(sys.argv[3])
BEGIN, END = {BEGIN!r}, {END!r}
"""

SAVE = """
data = b"new " * size
os.access(BEGIN, os.F_OK)
try:
    said = f"saved, durable {write_atomically(target, data).durable}"
except WriteError as error:
    said = f"refused: {error}"
os.access(END, os.F_OK)
os.writev(1, [said.encode()])
"""

CHECKPOINT = """
os.access(BEGIN, os.F_OK)
try:
    with StagedFolder(target) as staged:
        staged.write("weights", b"w" * size)
        (staged.folder / "from a library").write_bytes(b"l" * size)
        said = f"saved, durable {staged.seal({'step': 2}).durable}"
except WriteError as error:
    said = f"refused: {error}"
except OSError as error:
    said = f"refused by the library: {error}"
os.access(END, os.F_OK)
os.writev(1, [said.encode()])
"""


def argv(script: str, target: Path, size: int) -> list[str]:
    return [sys.executable, "-I", "-c", HEAD + script, str(REPOSITORY), str(target), str(size)]


class Save:
    """Saving `size` × "new " over an old file, or where there is none; and what must hold afterwards."""

    def __init__(self, folder: Path, size: int, existing: bool = True) -> None:
        self.folder = folder
        self.target = folder / "project.nnd"
        self.old = b"old " * 5_000 if existing else None
        self.new = b"new " * size

    def prepare(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()
        if self.old is not None:
            self.target.write_bytes(self.old)

    def check(self, run: Run) -> None:
        assert run.killed or run.status == 0
        found = self.target.read_bytes() if self.target.exists() else None
        assert found in (self.old, self.new), "neither the old content nor the new"
        if run.output.startswith("saved"):
            assert found == self.new, "said saved, and was not"
            folder_failed = run.call in ("openat 2", "fsync 2", "close 2")
            assert run.output == f"saved, durable {not folder_failed}"
        elif not run.killed:
            assert run.output.startswith("refused: ") and str(self.target) in run.output
            assert found == self.old, "said not saved, and was"
        sweep_litter(self.folder)
        left = [path.name for path in self.folder.iterdir() if path != self.target]
        assert not left, f"left behind: {left}"

    def sweep(
        self,
        calls: tuple[str, ...] = FILE_CALLS,
        faults: tuple[str, ...] = FAULTS,
        always: tuple[str, ...] = (),
    ) -> SweepResult:
        command = argv(SAVE, self.target, len(self.new) // 4)
        return sweep(command, calls, faults, self.check, prepare=self.prepare, always=always)


@pytest.mark.parametrize("existing", [True, False], ids=["over an old file", "a new file"])
def test_save_with_a_fault_at_every_call(tmp_path: Path, existing: bool) -> None:
    result = Save(tmp_path, 60_000, existing).sweep()
    assert not result.problems, str(result)
    # The temporary file and the folder are each opened, flushed and closed, for each of the three faults.
    assert result.hits["write"] == 3 and result.hits["rename"] + result.hits["renameat2"] == 3
    assert [result.hits[call] for call in ("openat", "fsync", "close")] == [6, 6, 6]


@pytest.mark.parametrize("broken", ["write:error=ENOSPC", "fsync:error=EIO", "rename:error=EIO"])
def test_a_fault_while_cleaning_up_after_a_fault(tmp_path: Path, broken: str) -> None:
    result = Save(tmp_path, 1000).sweep(always=(broken,))
    assert not result.problems, str(result)
    assert result.hits["unlink"] == 3


class Checkpoint:
    """Sealing the second checkpoint beside a first one; and what must hold afterwards."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.first, self.second = folder / "step-1", folder / "step-2"
        self.size = size

    def prepare(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path)
        with StagedFolder(self.first) as staged:
            staged.write("weights", b"first")
            staged.seal({"step": 1})

    def check(self, run: Run) -> None:
        assert run.killed or run.status == 0
        assert isinstance(verify_folder(self.first), Manifest), "the checkpoint before is lost"
        if self.second.exists():
            manifest = verify_folder(self.second)
            assert isinstance(manifest, Manifest), f"a broken checkpoint stands under its name: {manifest}"
            assert set(manifest.files) == {"weights", "from a library"} and manifest.extra == {"step": 2}
        if not run.killed:
            assert run.output.startswith(("saved", "refused"))
            assert self.second.exists() == run.output.startswith("saved"), (
                "what was said is not what was done"
            )
        sweep_litter(self.folder)
        left = {path.name for path in self.folder.iterdir()} - {"step-1", "step-2"}
        assert not left, f"left behind: {left}"

    def sweep(self, calls: tuple[str, ...] = FILE_CALLS, always: tuple[str, ...] = ()) -> SweepResult:
        command = argv(CHECKPOINT, self.second, self.size)
        return sweep(command, calls, FAULTS, self.check, prepare=self.prepare, always=always)


def test_checkpoint_with_a_fault_at_every_call(tmp_path: Path) -> None:
    result = Checkpoint(tmp_path, 20_000).sweep()
    assert not result.problems, str(result)
    # Three files, the folder itself and the one above it are each flushed, for each of the three faults.
    assert result.hits["fsync"] == 15 and result.hits["mkdir"] == 3 and result.hits["rename"] == 3


@pytest.mark.long
@pytest.mark.parametrize("size", [0, 1000, 4_000_000])
@pytest.mark.parametrize("existing", [True, False], ids=["over an old file", "a new file"])
def test_save_of_every_size(tmp_path: Path, size: int, existing: bool) -> None:
    result = Save(tmp_path, size, existing).sweep(
        calls=FILE_CALLS + LOOKING, faults=(*FAULTS, "EDQUOT", "EACCES", "EROFS")
    )
    assert not result.problems, str(result)


@pytest.mark.long
@pytest.mark.parametrize("size", [0, 1000, 4_000_000])
@pytest.mark.parametrize("broken", ["", "fsync:error=EIO", "rename:error=EIO"])
def test_checkpoint_of_every_size(tmp_path: Path, size: int, broken: str) -> None:
    result = Checkpoint(tmp_path, size).sweep(FILE_CALLS + LOOKING, (broken,) if broken else ())
    assert not result.problems, str(result)
