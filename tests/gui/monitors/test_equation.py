"""Equations that people can check with a pencil: the numbers that are written add up to the result that is written."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from nndesigner.gui.monitors.equation import (
    adding_up,
    decimals_for,
    function_lines,
    gate_lines,
    head_lines,
    place_name,
    sum_lines,
    written,
)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def numbers_in(text: str) -> list[float]:
    """The signed terms of "a − b + c"."""
    return [float(n.replace("−", "-").replace(" ", "")) for n in re.findall(r"[−-]? ?\d+(?:\.\d+)?", text)]


def test_a_short_sum_names_every_input() -> None:
    lines = sum_lines("z₃", floats(0.41, -1.2), floats(1.0, 0.5), 0.05, -0.14, lambda i: place_name(i, [2]))
    assert lines == [
        "z₃ = −1.2·x₁ + 0.41·x₀ + 0.050",
        "= −0.600 + 0.410 + 0.050 = −0.140",
        "with x₁ = 0.5, x₀ = 1",
    ]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_written_adds_up_to_the_result_that_is_written(seed: int) -> None:
    random = np.random.default_rng(seed)
    weight, inputs = random.normal(size=(2, 40)).astype(np.float32)
    bias = float(random.normal())
    total = float(np.dot(weight.astype(np.float64), inputs) + bias)
    lines = sum_lines("z", weight, inputs, bias, total, str)
    assert "36 others" in lines[0]
    terms, result = lines[1].removeprefix("= ").split(" = ")
    found = numbers_in(terms)
    assert len(found) == 6 and math.isclose(sum(found), numbers_in(result)[0], abs_tol=1e-9)
    assert abs(numbers_in(result)[0] - total) < 10.0 ** -decimals_for(total) / 2 + 1e-2


def test_inputs_that_are_zero_are_not_named_and_a_single_further_one_is() -> None:
    weight, inputs = np.ones(6, np.float32), floats(0, 1, 2, 3, 4, 5)
    lines = sum_lines("z", weight, inputs, 0.0, 15.0, lambda i: f"x{i}")
    assert "others" not in lines[0] and "x0" not in lines[0] and lines[1].endswith("= 15.0")
    nothing = sum_lines("z", weight, 0 * inputs, 0.0, 0.0, str)
    assert nothing == ["z = 0", "= 0 = 0.00"]


def test_rounding_gives_way_where_it_has_to() -> None:
    assert adding_up([1 / 3, 1 / 3, 1 / 3], 1.0, 2) == [0.34, 0.33, 0.33]
    assert sum(adding_up([-0.005, 0.014, 0.006], 0.015, 2)) == pytest.approx(0.02)
    assert [decimals_for(v) for v in (123.0, 1.0, 0.01, 0.0)] == [0, 2, 4, 2]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((1, [3], ["width", "length", "class=a"]), "length"),
        ((12, [20]), "x₁₂"),
        ((9, [8, 8]), "x[1; 1]"),
        ((9, [1, 8, 8]), "x[1, 1]"),
        ((13, [2, 3, 3]), "x[1; 1, 1]"),
        ((4, [1, 3, 3], (), 0, [4, -1], [1, 1]), "x[5, 0]"),
        ((4, [1, 3, 3], (), 0, [0, 0], [2, 2]), "x[2, 2]"),
        ((6, [9], (), 5), "h₁"),
        ((2, [9], (), 5), "x₂"),
    ],
)
def test_inputs_are_called_by_where_they_are(arguments, name: str) -> None:
    assert place_name(*arguments) == name


def test_functions_behind_a_unit_follow_one_another() -> None:
    lines = function_lines("z₃", [("norm1", "BatchNorm1d"), ("relu1", "ReLU")], [0.5, 0.5])
    assert lines == ["BatchNorm1d(z₃) = 0.5 · norm1", "ReLU(norm1) = 0.5 · relu1"]


def test_the_gates_of_an_lstm_make_its_state() -> None:
    sums = floats(0, 0, 1, 0)
    values = floats(0.5, 0.5, math.tanh(1), 0.5)
    cell = 0.5 * 0.2 + 0.5 * math.tanh(1)
    states = {"hidden": 0.5 * math.tanh(cell), "before": 0.0, "cell": cell, "cell_before": 0.2}
    lines = gate_lines("LSTM", "ifgo", sums, values, states)
    assert lines[0] == "i = σ(0) = 0.5" and lines[2] == "g = tanh(1) = 0.762"
    assert lines[4] == f"c = f·c′ + i·g = 0.100 + 0.381 = {written(cell)}"
    assert lines[5].endswith(f"= {written(states['hidden'])}")


def test_the_shares_of_a_head_are_a_hundred_percent() -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(30)).astype(np.float32)
    lines = head_lines("29", np.log(shares), shares, str, 8)
    percents = [float(re.search(r"([\d.]+) %", line).group(1)) for line in lines[1:]]
    assert len(percents) == 4 and sum(percents) == pytest.approx(100.0) and "27 others" in lines[-1]


def test_what_is_no_number_is_said_to_be_none() -> None:
    lines = sum_lines("z", floats(math.nan, 1), floats(1, 1), 0.0, math.nan, str)
    assert "not a number" in lines[1]
