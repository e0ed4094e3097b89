"""`render`: pictures of a network in every format, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from nndesigner.app import pictures

EXAMPLES = Path(__file__).parents[3] / "examples"
EXAMPLE = EXAMPLES / "digits-cnn.nnd"


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_formats(
    run_json: Callable[..., Any], tmp_path: Path, ending: str, start: bytes, qapp: object
) -> None:
    out = tmp_path / f"a.{ending}"
    code, found = run_json("render", EXAMPLE, "--out", out)
    content = out.read_bytes()
    assert (code, found) == (0, {"path": str(out), "bytes": len(content)})
    assert content.startswith(start)


def test_theme_and_style_say_the_paper(run: Callable[..., Any], tmp_path: Path, qapp: object) -> None:
    corner = {}
    for name, options in (
        ("light", ()),
        ("dark", ("--theme", "dark")),
        ("print", ("--theme", "dark", "--style", "print")),
    ):
        out = tmp_path / f"{name}.png"
        assert run("render", EXAMPLE, "--out", out, *options)[0] == 0
        corner[name] = QImage(str(out)).pixelColor(1, 1).lightness()
    assert corner["dark"] < 60 < 200 < corner["light"] < corner["print"] == 255


@pytest.mark.parametrize("name", ["a.bmp", "a", "none/a.png"])
def test_what_cannot_be_written_is_refused(
    run: Callable[..., Any], tmp_path: Path, name: str, qapp: object
) -> None:
    code, out, err = run("render", EXAMPLE, "--out", tmp_path / name)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_a_qt_that_is_refused_draws_nothing(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "probe", lambda: "This Qt would end the program.")
    code, _, err = run("render", EXAMPLE, "--out", tmp_path / "a.png")
    assert (code, err) == (2, "nndesigner: This Qt would end the program.\n")
    assert not (tmp_path / "a.png").exists()
