"""`export` and `predict`: what they refuse before any worker is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nndesigner.runs.store import RunFolder


def test_an_unknown_format_names_those_there_are(
    run: Callable[..., Any], finished: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run("export", finished.path, "--format", "keras", "--out", "a")
    assert left.value.code == 2
    assert "onnx" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--option", "opset"), "KEY=VALUE"),
        (("--option", "nonsense=1"), "no option “nonsense”"),
        (("--option", "opset=many"), "is one of 18, 20"),
        (("--checkpoint", "99"), "no checkpoint “99”"),
    ],
)
def test_bad_options(run: Callable[..., Any], finished: RunFolder, words: tuple[str, ...], said: str) -> None:
    code, out, err = run(
        "export", finished.path, "--format", "onnx", "--out", finished.path / "m.onnx", *words
    )
    assert (code, out) == (2, "")
    assert said in err


def test_a_place_that_is_not_there(run: Callable[..., Any], finished: RunFolder, tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "none" / "m.onnx"):
        assert run("export", finished.path, "--format", "onnx", "--out", out)[0] == 2


def test_a_run_without_weights(run: Callable[..., Any], finished: RunFolder, tmp_path: Path) -> None:
    code, _, err = run("export", finished.path, "--format", "onnx", "--out", tmp_path / "m.onnx")
    assert code == 1
    assert "no checkpoint yet" in err


def test_predict_needs_a_file_that_is_there(
    run: Callable[..., Any], finished: RunFolder, tmp_path: Path
) -> None:
    code, _, err = run("predict", finished.path, "--input", tmp_path / "none.csv")
    assert (code, err) == (2, f"nndesigner: There is no file {tmp_path / 'none.csv'}.\n")
