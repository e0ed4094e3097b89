"""`summary`: the numbers that textbooks give for the same networks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_digits_mlp(run_json: Callable[..., Any]) -> None:
    code, found = run_json("summary", EXAMPLES / "digits-mlp.nnd")
    weights = 64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10
    macs = 64 * 128 + 128 * 64 + 64 * 10
    assert code == 0
    assert found["totals"] == {"parameters": weights, "trainable": weights, "macs": macs}
    nodes = {node["name"]: node for node in found["nodes"]}
    assert nodes["linear1"]["outputs"] == {"y": ["N", 128]}
    assert nodes["linear1"]["parameters"] == 64 * 128 + 128
    assert sum(node["parameters"] for node in found["nodes"]) == weights
    assert found["nodes"][0]["type"] == "ImageInput"


def test_free_sizes_are_expressions(run_json: Callable[..., Any]) -> None:
    _, found = run_json("summary", EXAMPLES / "sine-lstm.nnd")
    lstm = next(node for node in found["nodes"] if node["type"] == "LSTM")
    assert lstm["parameters"] == 4 * 32 * (1 + 32 + 2)
    assert "T" in str(lstm["macs"])


def test_the_table_has_a_line_for_every_node_and_the_totals(run: Callable[..., Any]) -> None:
    code, out, err = run("summary", EXAMPLES / "digits-cnn.nnd")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == [
        "node",
        "layer",
        "output",
        "parameters",
        "multiply-adds",
        "receptive",
        "field",
    ]
    assert "conv1     Conv2d       N × 16 × 8 × 8         160          9,216  3 × 3" in lines
    assert "38,378 parameters, all of them trainable" in lines
    ends = {
        line.rfind(cell) + len(cell)
        for line, cell in zip(lines[3:7], ("9,216", " 0", " 0", "294,912"), strict=True)
    }
    assert len(ends) == 1, "numbers end in one column"
    assert "receptive field 6 × 6, jump 2 × 2, first middle at 1 × 1" in lines


def test_a_broken_network_is_shown_as_far_as_it_is_known(run_json: Callable[..., Any], broken: Path) -> None:
    code, found = run_json("summary", broken)
    nodes = {node["name"]: node for node in found["nodes"]}
    assert code == 3
    assert nodes["conv1"]["shape"] == "N × 16 × 8 × 8"
    assert nodes["conv2"]["outputs"] == {}


def test_the_memory_of_training_is_estimated_for_a_batch(run_json: Callable[..., Any]) -> None:
    _, small = run_json("summary", EXAMPLES / "digits-cnn.nnd", "--batch", 1)
    _, large = run_json("summary", EXAMPLES / "digits-cnn.nnd", "--batch", 100)
    kept = small["memory"]["kept_per_sample"]
    assert small["memory"]["total"] == 16 * 38378 + kept
    assert large["memory"]["activations"] == 100 * kept
    assert small["receptive_field"]["height"] == {"size": "6", "jump": "2", "start": "1"}
    nodes = {node["name"]: node for node in small["nodes"]}
    assert sum(node["kept_bytes"] for node in small["nodes"]) == kept
    assert nodes["pool1"]["receptive_field"] == {"height": "6", "width": "6"}


def test_a_batch_is_a_number_of_samples(run: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run("summary", EXAMPLES / "digits-cnn.nnd", "--batch", "0")
    assert left.value.code == 2 and "from 1, not “0”" in capsys.readouterr().err


def test_tables_for_spreadsheets_and_for_papers(run: Callable[..., Any]) -> None:
    code, out, err = run("summary", EXAMPLES / "digits-mlp.nnd", "--csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert (code, err) == (0, "")
    assert [row[3] for row in rows if row[0] == "linear1"] == [str(64 * 128 + 128)]
    code, out, err = run("summary", EXAMPLES / "digits-mlp.nnd", "--markdown", "--batch", "64")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("| layer | type |") and lines[1].startswith("|---|---|---|---:|")
    assert "in batches of 64 with Adam" in lines[-1]
