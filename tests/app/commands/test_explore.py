"""`explore`: numbers of a project as a table or as JSON, and what was typed wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[3] / "examples"
MOONS = EXAMPLES / "moons-mlp.nnd"


def test_all_numbers_as_json(run_json: Callable[..., Any]) -> None:
    code, found = run_json("explore", "sharpness", MOONS, "--set", "products=5", "--set", "samples=32")
    assert code == 0 and found["samples"] == 32 and len(found["largest"]) == 5
    assert found["largest"][-1] == found["sharpness"] and "options" not in found


def test_what_was_typed_wrongly_is_said(run: Callable[..., Any], tmp_path: Path) -> None:
    for words, said in (
        (("nothing", MOONS), "There is no exploration “nothing”"),
        (
            ("sharpness", MOONS, "--set", "products"),
            "“products” is no setting: there are products, samples, seed",
        ),
        (("sharpness", MOONS, "--set", "products=0"), "between 3 and 200"),
        (("sharpness", tmp_path), "There is no run"),
        (("sharpness", tmp_path / "none.nnd"), "none.nnd"),
    ):
        code, out, err = run("explore", *words)
        assert code == 2 and out == "" and said in err
