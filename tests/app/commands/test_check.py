"""`check`: the problems of a project, their remedies, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.document import edits
from nndesigner.project.reader import open_project
from nndesigner.project.writer import save

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_a_sound_project(run: Callable[..., Any]) -> None:
    assert run("check", EXAMPLES / "digits-cnn.nnd") == (0, "No problems.\n", "")


def test_errors_are_said_with_their_ways_out(run: Callable[..., Any], broken: Path) -> None:
    code, out, err = run("check", broken)
    assert code == 3
    assert "error: Nothing is wired to the input of conv2." in out
    assert "cannot be trained" in err


def test_json_holds_every_problem(run_json: Callable[..., Any], broken: Path) -> None:
    code, found = run_json("check", broken)
    assert code == 3
    assert list(found) == ["problems"]
    for problem in found["problems"]:
        assert list(problem) == ["severity", "code", "where", "message", "remedies"]
    first = found["problems"][0]
    assert (first["severity"], first["code"], first["where"]["name"]) == ("error", "not-wired", "conv2")


def test_json_of_a_sound_project(run_json: Callable[..., Any]) -> None:
    assert run_json("check", EXAMPLES / "iris-mlp.nnd") == (0, {"problems": []})


def test_a_bad_setting_of_the_plan_is_an_error(run: Callable[..., Any], tmp_path: Path) -> None:
    document = open_project(EXAMPLES / "iris-mlp.nnd").document
    save(document.apply(edits.set_plan(document, {"epochs": -3})), tmp_path / "a.nnd")
    code, out, _ = run("check", tmp_path / "a.nnd")
    assert (code, "it is -3" in out) == (3, True)


@pytest.mark.parametrize("content", [b"", b"{", b"\0\1\2", b'{"format": "nndesigner", "version": 999}'])
def test_a_file_that_is_no_project(run: Callable[..., Any], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.nnd").write_bytes(content)
    code, out, err = run("check", tmp_path / "a.nnd")
    assert (code, out) == (2, "")
    assert err.startswith("nndesigner: a.nnd was not opened.")
    assert len(err.splitlines()) == 1


def test_json_of_a_file_that_is_no_project(run_json: Callable[..., Any], tmp_path: Path) -> None:
    code, found = run_json("check", tmp_path / "none.nnd")
    assert (code, list(found)) == (2, ["error"])


def test_what_was_mended_is_noted_and_not_in_the_answer(run: Callable[..., Any], tmp_path: Path) -> None:
    text = (EXAMPLES / "iris-mlp.nnd").read_text()
    assert '"records": [' in text
    (tmp_path / "a.nnd").write_text(text.replace('"records": [', '"records": [\n7,', 1))
    code, out, err = run("check", tmp_path / "a.nnd")
    assert (code, out) == (0, "No problems.\n")
    assert "a.nnd: A record that is no object was left out." in err


def test_steps_of_augmentation_that_do_not_fit_are_errors(run: Callable[..., Any], tmp_path: Path) -> None:
    document = open_project(EXAMPLES / "digits-cnn.nnd").document
    file = tmp_path / "digits.nnd"
    save(document.apply(edits.set_augmentation(document, [{"type": "hue"}, {"type": "crop"}])), file)
    code, out, _ = run("check", file)
    assert code == 3 and "error: Hue works on pictures in colour" in out and "Switch Hue off" in out
    save(document.apply(edits.set_augmentation(document, [{"type": "crop"}])), file)
    assert run("check", file) == (0, "No problems.\n", "")
