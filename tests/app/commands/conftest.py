"""What the tests of the commands share: a project file to try, a run folder as a worker would have left it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.app.cli import main
from nndesigner.base.processes import host_tag
from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.store import RunFolder, create_at

EXAMPLES = Path(__file__).parents[3] / "examples"
Said = tuple[int, str, str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`run("check", path)` → exit code, standard output, error output."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def run_json(run: Callable[..., Said]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """The same with --json: exit code and the one object that came, and nothing besides it."""

    def run_json(*words: object) -> tuple[int, dict[str, Any]]:
        code, out, _ = run(*words, "--json")
        found, end = json.JSONDecoder().raw_decode(out)
        assert out[end:] == "\n"
        return code, found

    return run_json


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A project that cannot be trained: a convolution whose wire is gone."""
    document = open_project(EXAMPLES / "digits-cnn.nnd").document
    conv = document.node_named("conv2")
    assert conv is not None
    wire = document.wire_into(conv.id, "x")
    assert wire is not None
    path = tmp_path / "broken.nnd"
    save(document.apply(edits.remove(document, [wire.id])), path)
    return path


@pytest.fixture
def finished(tmp_path: Path) -> RunFolder:
    """A run that has ended, without weights: two epochs of numbers."""
    document = open_project(EXAMPLES / "digits-mlp.nnd").document
    folder = create_at(tmp_path / "run", document)
    rows = [
        ScalarRow(0, 0.0, "train", "learning rate", 0.001, 0.0),
        ScalarRow(1, 1.0, "train", "loss", 2.5, 0.1),
        ScalarRow(2, 2.0, "train", "loss", float("nan"), 0.2),
        ScalarRow(1, 1.0, "validation", "accuracy", 0.75, 0.1),
        ScalarRow(2, 2.0, "validation", "accuracy", 0.5, 0.2),
        ScalarRow(2, 2.0, "validation", "=cmd()", -1.5, 0.2),
    ]
    folder.append_rows(rows)
    result = {
        "epochs": 2,
        "seconds": 0.2,
        "samples_per_second": 10.0,
        "state": "finished",
        "metrics": {"validation": {"accuracy": 0.5}},
    }
    folder.save_record(
        state="finished", result=result, first_epoch=0, last_epoch=2, process=os.getpid(), host=host_tag()
    )
    folder.close()
    return folder
