"""`metrics`: the numbers of a run folder as a table, as JSON and as CSV that a spreadsheet reads as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nndesigner.app.commands.metrics import COLUMNS
from nndesigner.runs.store import RunFolder


def test_csv_holds_every_number_as_it_was(run: Callable[..., Any], finished: RunFolder) -> None:
    code, out, err = run("metrics", finished.path, "--csv")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert (code, err, tuple(header)) == (0, "", COLUMNS)
    assert len(rows) == 6
    assert rows[1] == ["1", "1.0", "train", "loss", "2.5", "0.1"]


def test_text_in_csv_is_no_formula_and_negative_numbers_stay_numbers(
    run: Callable[..., Any], finished: RunFolder
) -> None:
    rows = list(csv.reader(io.StringIO(run("metrics", finished.path, "--csv")[1], newline="")))
    planted = next(row for row in rows if "cmd" in row[3])
    assert planted[3] == "'=cmd()"
    assert float(planted[4]) == -1.5


def test_csv_into_a_file(run: Callable[..., Any], finished: RunFolder, tmp_path: Path) -> None:
    out = tmp_path / "numbers.csv"
    assert run("metrics", finished.path, "--out", out)[0] == 0
    assert out.read_bytes().decode().startswith(",".join(COLUMNS) + "\r\n")


def test_last_and_best(run_json: Callable[..., Any], finished: RunFolder) -> None:
    code, found = run_json("metrics", finished.path)
    assert (code, found["state"]) == (0, "finished")
    assert found["last"]["validation"]["accuracy"] == 0.5
    assert found["best"]["validation"]["accuracy"] == 0.75
    assert found["last"]["train"]["loss"] is None  # JSON has no NaN
    assert found["best"]["train"]["loss"] == 2.5


def test_the_table_names_every_curve(run: Callable[..., Any], finished: RunFolder) -> None:
    code, out, _ = run("metrics", finished.path)
    assert code == 0
    assert "validation  accuracy        0.5000   0.7500       2" in out
    assert out.rstrip().endswith("run: finished")


def test_a_folder_that_is_no_run(run: Callable[..., Any], tmp_path: Path) -> None:
    code, out, err = run("metrics", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"nndesigner: There is no run at {tmp_path}.\n"
