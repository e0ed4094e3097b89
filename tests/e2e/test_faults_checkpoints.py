"""Writing a checkpoint, as training does it, is killed or refused at each of its calls: a whole one always loads (T2).

The sealed folder that a checkpoint is, swept without torch, is in tests/base/test_atomic_faults.py; here all of
`training.checkpoints.write` runs, with the curves' log and the older checkpoints that it deletes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from nndesigner.document import edits
from nndesigner.runs.store import create_run, open_run, sweep
from nndesigner.training import checkpoints
from tests.faults.strace_sweep import BEGIN, END, FAULTS, FILE_CALLS, Run, SweepResult
from tests.faults.strace_sweep import sweep as strace_sweep

REPOSITORY = Path(__file__).parents[2]

WRITE = f"""
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import torch
from nndesigner.base.atomic import WriteError
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints
torch.set_num_threads(1)
def snapshot(step):
    model = {{"weight": torch.full((50, 40), float(step)), "bias": torch.zeros(50)}}
    optimizer = {{"0.exp_avg": torch.full((50, 40), float(step))}}
    loop = {{"random.cpu": torch.get_rng_state()}}
    return checkpoints.Snapshot(checkpoints.Standing(step=step, epoch=step), model, optimizer, loop, float(step))
run = open_run(Path(sys.argv[2]))
if sys.argv[3] == "prepare":
    for step in (1, 2, 3):
        checkpoints.write(run, snapshot(step), best=step == 1)
    sys.exit()
run.append_rows([ScalarRow(4, 4.0, "train", "loss", 0.5, 1.0)])
fourth = snapshot(4)
checkpoints.save_tensors(fourth.model)  # what it imports at its first call is no part of the work
os.access({BEGIN!r}, os.F_OK)
try:
    checkpoints.write(run, fourth, best=False)
    said = "written"
except WriteError as error:
    said = f"refused: {{error}}"
os.access({END!r}, os.F_OK)
os.writev(1, [said.encode()])
os._exit(0)
"""


def argv(run: Path, what: str) -> list[str]:
    return [sys.executable, "-I", "-c", WRITE, str(REPOSITORY), str(run), what]


def swept(folder: Path, calls: tuple[str, ...], faults: tuple[str, ...]) -> SweepResult:
    import subprocess

    original = create_run(folder, edits.new_document()).path
    subprocess.run(argv(original, "prepare"), check=True)
    assert [c.step for c in open_run(original).checkpoints()] == [1, 2, 3]
    work = folder / "work"

    def prepare() -> None:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(original, work)

    def check(run: Run) -> None:
        assert run.killed or run.status == 0, run.output
        newest = open_run(work).latest_checkpoint()
        assert newest is not None, "no checkpoint loads"
        assert newest.step in (3, 4)
        read = checkpoints.read(newest.path)
        assert float(read.model["weight"][0, 0]) == newest.step == read.standing.step
        if not run.killed:
            assert (newest.step == 4) == run.output.startswith("written"), run.output
        best = open_run(work).best_checkpoint()
        assert best is not None and (best.step == 1 or newest.step == 4)
        sweep(open_run(work))
        names = {path.name for path in open_run(work).checkpoint_folder.iterdir()}
        assert not [name for name in names if not name.startswith("step-")], names

    return strace_sweep(argv(work, "write"), calls, faults, check, prepare=prepare)


@pytest.mark.long
def test_a_checkpoint_is_killed_where_it_becomes_one(tmp_path: Path) -> None:
    result = swept(tmp_path, ("rename", "fsync", "mkdir", "unlink"), ("SIGKILL",))
    assert not result.problems, str(result)
    assert result.hits["rename"] >= 1 and result.hits["fsync"] >= 6, result.hits


@pytest.mark.soak
def test_a_checkpoint_with_a_fault_at_every_call(tmp_path: Path) -> None:
    result = swept(tmp_path, FILE_CALLS, FAULTS)
    assert not result.problems, str(result)
    assert result.hits.total() >= 60
