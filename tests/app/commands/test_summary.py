"""`summary`: the numbers that textbooks give for the same networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    assert lines[0].split() == ["node", "layer", "output", "parameters", "multiply-adds"]
    assert "conv1     Conv2d      N × 16 × 8 × 8         160          9,216" in lines
    assert "38,282 parameters, all of them trainable" in lines
    assert len({len(line) for line in lines[2:13]}) == 1  # numbers end in one column


def test_a_broken_network_is_shown_as_far_as_it_is_known(run_json: Callable[..., Any], broken: Path) -> None:
    code, found = run_json("summary", broken)
    nodes = {node["name"]: node for node in found["nodes"]}
    assert code == 3
    assert nodes["conv1"]["shape"] == "N × 16 × 8 × 8"
    assert nodes["conv2"]["outputs"] == {}
