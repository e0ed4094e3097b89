"""`source`: the network of a project as Python, printed, written, or with its lines as JSON."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save

EXAMPLES = Path(__file__).parents[3] / "examples"
FILE = EXAMPLES / "digits-cnn.nnd"


def test_it_is_printed_or_written(run: Callable[..., Any], tmp_path: Path) -> None:
    code, out, err = run("source", FILE)
    assert (code, err) == (0, "")
    names = [each.name for each in ast.parse(out).body if isinstance(each, ast.ClassDef)]
    assert names == ["DigitsCnn"]
    code, said, _ = run("source", FILE, "--out", tmp_path / "net.py")
    assert code == 0 and said.strip().endswith("net.py")
    assert (tmp_path / "net.py").read_text(encoding="utf-8") == out


def test_json_tells_the_lines_of_every_layer(run_json: Callable[..., Any]) -> None:
    code, found = run_json("source", FILE)
    conv = open_project(FILE).document.node_named("conv1")
    assert code == 0 and conv is not None
    lines = found["text"].splitlines()
    assert all("conv1" in lines[first - 1] for first, _ in found["lines"][conv.id])


def test_errors_are_told_instead(run: Callable[..., Any], tmp_path: Path) -> None:
    document = open_project(FILE).document
    pool = document.node_named("pool1")
    assert pool is not None
    document = document.apply(edits.set_parameter(document, pool.id, "kernel_size", 99))
    save(document, tmp_path / "bad.nnd")
    code, out, err = run("source", tmp_path / "bad.nnd")
    assert (code, out) == (3, "") and "99" in err


def test_a_folder_is_no_file(run: Callable[..., Any], tmp_path: Path) -> None:
    code, _, err = run("source", FILE, "--out", tmp_path)
    assert code == 2 and str(tmp_path) in err
