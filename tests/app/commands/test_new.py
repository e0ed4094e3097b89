"""`new`: a project of one's own from a template, with the files that it reads; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_a_template_becomes_a_project(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("new", "digits-cnn")
    assert code == 0
    assert out.startswith(str(tmp_path / "digits-cnn.nnd"))
    assert run("check", "digits-cnn.nnd")[0] == 0


def test_the_files_that_it_reads_come_with_it(run_json: Callable[..., Any], tmp_path: Path) -> None:
    code, found = run_json("new", "characters-transformer", "--out", tmp_path / "own")
    assert (code, found["path"]) == (0, str(tmp_path / "own.nnd"))
    copied = (tmp_path / "data" / "stories.txt").read_bytes()
    assert copied == (EXAMPLES / "data" / "stories.txt").read_bytes()


def test_nothing_is_overwritten(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.nnd"
    path.write_text("mine")
    code, _, err = run("new", "digits-cnn", "--out", path)
    assert (code, path.read_text()) == (2, "mine")
    assert "is there already" in err


def test_every_example_is_listed_with_what_it_shows(
    run: Callable[..., Any], run_json: Callable[..., Any]
) -> None:
    code, out, _ = run("new", "--list")
    names = {path.stem for path in EXAMPLES.glob("*.nnd")}
    lines = out.splitlines()[2:]
    assert (code, {line.split()[0] for line in lines}) == (0, names)
    assert all(len(line.split()) > 3 for line in lines)
    assert set(run_json("new", "--list")[1]["templates"]) == names


@pytest.mark.parametrize("words", [(), ("nonsense",), ("../digits-cnn",)])
def test_an_unknown_template_is_refused(run: Callable[..., Any], words: tuple[str, ...]) -> None:
    code, out, err = run("new", *words)
    assert (code, out) == (2, "")
    assert "template" in err.lower()
