"""`evaluate` and `report`, from a trained run to files, with real workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.app.cli import main
from tests.app.commands.conftest import EXAMPLES


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs."""
    out = tmp_path_factory.mktemp("runs") / "iris"
    assert main(["train", str(EXAMPLES / "iris-mlp.nnd"), "--epochs", "2", "--out", str(out)]) == 0
    return out


def test_the_report_evaluates_what_is_missing(run: Callable[..., Any], iris: Path, tmp_path: Path) -> None:
    html, pdf = tmp_path / "r.html", tmp_path / "r.pdf"
    code, said, err = run("report", iris, "--out", html)
    assert (code, said.strip()) == (0, str(html)), err
    text = html.read_text(encoding="utf-8")
    found = json.loads((iris / "evaluations" / "test.json").read_text(encoding="utf-8"))
    assert f"{found['outputs'][0]['classes']['accuracy']:.4f}" in text and "Test samples" in text
    assert run("report", iris, "--out", pdf, "--as-is")[0] == 0
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_a_table_with_groups_and_a_file_with_everything(
    run: Callable[..., Any], iris: Path, tmp_path: Path
) -> None:
    out = tmp_path / "found.json"
    code, said, err = run(
        "evaluate", iris, "--part", "validation", "--group", "table/0", "--bins", "3", "--out", out
    )
    assert code == 0, err
    assert "validation: " in said and "accuracy" in said and "setosa" in said
    found = json.loads(out.read_text(encoding="utf-8"))
    (output,) = found["outputs"]
    assert found["part"] == "validation" and output["classes"]["judged"] == found["samples"]
    assert len(output["groups"]) == 3
    assert sum(group["samples"] for group in output["groups"]) == found["samples"]
    kept = json.loads((iris / "evaluations" / "validation.json").read_text(encoding="utf-8"))
    assert kept["outputs"] == found["outputs"]


def test_another_ending_and_a_folder_without_a_run_are_refused(
    run: Callable[..., Any], iris: Path, tmp_path: Path
) -> None:
    code, _, err = run("report", iris, "--out", tmp_path / "r.docx")
    assert code == 2 and "not as “.docx”" in err
    assert run("report", tmp_path, "--out", tmp_path / "r.html")[0] == 2
    assert run("evaluate", tmp_path)[0] == 2
