"""The arithmetic of one unit as lines that can be read: what counts most by its name, the rest together, and numbers
that add up. It knows no run and no widget.

Lines are plain text, with the digits of indices as subscripts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.text import count, tr

Floats = npt.NDArray[np.float32]
NAMED = 4
"""inputs that are named where there are more"""


def decimals_for(*values: float) -> int:
    """Decimals with which the largest of the values has three significant digits; 0 to 8."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return min(max(2 - math.floor(math.log10(largest)), 0), 8) if largest > 0 else 2


def adding_up(values: Sequence[float], total: float, decimals: int) -> list[float]:
    """The values rounded so that their sum is the rounded total: those nearest to the next step give way (the method of
    largest remainders). `total` is what the values add up to but for the last bits."""
    step = 10.0**-decimals
    if not all(map(math.isfinite, (*values, total))):
        return [float(v) for v in values]
    down = [math.floor(v / step) for v in values]
    left = round(total / step) - sum(down)
    by_remainder = sorted(range(len(values)), key=lambda i: down[i] - values[i] / step)
    for i in by_remainder[: max(left, 0)]:
        down[i] += 1
    return [round(n * step, decimals) for n in down]


def place_name(
    number: int,
    shape: Sequence[int],
    names: Sequence[str] = (),
    split: int = 0,
    origin: Sequence[int] = (),
    step: Sequence[int] = (),
) -> str:
    """What an input is called: a column's name, x[row, column] of a picture, x[channel; row, column], h of a state.

    `origin` says where the window of a filter begins in what it slides over, `step` how far its cells are apart there.
    """
    if number < len(names):
        return names[number]
    if split and number >= split:
        return f"h{subscript(number - split)}"
    sizes = [int(n) for n in shape]
    if len(sizes) < 2 or math.prod(sizes) <= number:
        return f"x{subscript(number)}"
    at = [int(i) for i in np.unravel_index(number, sizes)]
    if len(origin) == len(at) - 1:
        at[1:] = [int(o) + i * int(s) for i, o, s in zip(at[1:], origin, step, strict=True)]
    channel = f"{at[0]}; " if sizes[0] > 1 else ""
    return f"x[{channel}{', '.join(map(str, at[1:]))}]"


def sum_lines(
    left: str,
    weight: Floats,
    inputs: Floats,
    bias: float,
    total: float,
    name: Callable[[int], str],
    most: int = NAMED,
) -> list[str]:
    """ "z = −1.20·x₂ + 0.41·x₁ + 12 others + 0.05", then the same with what each counts for, which adds up to the total
    as it is written; and what the named inputs are. `total` comes from torch."""
    parts = weight.astype(np.float64) * inputs.astype(np.float64)
    order = np.argsort(-np.abs(np.nan_to_num(parts)), kind="stable")
    counting = [int(i) for i in order if parts[i] != 0]
    named = counting if len(counting) <= most + 1 else counting[:most]
    others = len(counting) - len(named)
    rest = total - bias - float(parts[named].sum())
    values = [*parts[named].tolist(), *([rest] if others else [])]
    decimals = decimals_for(*values, bias, total)
    beside = round(bias, decimals) if math.isfinite(bias) else bias
    numbers = adding_up(values, round(total, decimals) - beside, decimals) if values else []
    numbers += [beside] if bias else []
    first = [(float(weight[i]), name(i)) for i in named]
    words = [f"{written(w)}·{x}" for w, x in first]
    if others:
        words.append(count(others, "other", "others"))
    if bias:
        words.append(f"{bias:.{decimals}f}")
    lines = [f"{left} = {_joined(words) or '0'}"]
    lines.append(f"= {_joined([f'{v:.{decimals}f}' for v in numbers]) or '0'} = {_signed(total, decimals)}")
    if named:
        given = ", ".join(f"{name(i)} = {written(float(inputs[i]))}" for i in named)
        lines.append(tr("with {given}", given=given))
    return lines


def function_lines(left: str, functions: Sequence[tuple[str, str]], values: Sequence[float]) -> list[str]:
    """ "relu1: ReLU(z) = 0.83" for each function behind the unit; `functions` are (name, layer type)."""
    lines, inside = [], left
    for (name, type), value in zip(functions, values, strict=True):
        call = f"{type}({inside})"
        lines.append(f"{call} = {written(float(value))} · {name}")
        inside = name
    return lines


_SQUASH = {"LSTM": ("σ", "σ", "tanh", "σ"), "GRU": ("σ", "σ", "tanh")}


def gate_lines(
    type: str, gates: Sequence[str], sums: Floats, values: Floats, states: dict[str, float]
) -> list[str]:
    """What the gates make of the state: "i = σ(0.31) = 0.577" …, "c = f·c′ + i·g = …", "h = o·tanh(c) = …".

    Formulas of torch.nn.LSTM and torch.nn.GRU; a prime marks what was a step before.
    """
    squash = _SQUASH.get(type, ("tanh",))
    lines = [
        f"{gate} = {function}({written(float(total))}) = {written(float(value))}"
        for gate, function, total, value in zip(gates, squash, sums, values, strict=True)
    ]
    hidden, before = states["hidden"], states["before"]
    if type == "LSTM":
        i, f, g, o = (float(v) for v in values)
        cell, earlier = states["cell"], states["cell_before"]
        lines.append(f"c = f·c′ + i·g = {_added(f * earlier, i * g, cell)} = {written(cell)}")
        shown = written(math.tanh(cell))
        shown = f"({shown})" if cell < 0 else shown
        lines.append(f"h = o·tanh(c) = {written(o)}·{shown} = {written(hidden)}")
    elif type == "GRU":
        _, z, n = (float(v) for v in values)
        lines.append(f"h = (1 − z)·n + z·h′ = {_added((1 - z) * n, z * before, hidden)} = {written(hidden)}")
    return lines


def _added(one: float, other: float, total: float) -> str:
    decimals = decimals_for(one, other, total)
    return _joined([f"{v:.{decimals}f}" for v in adding_up((one, other), total, decimals)])


def head_lines(
    query: str, scores: Floats, shares: Floats, name: Callable[[int], str], size: int, most: int = 3
) -> list[str]:
    """How a query divides its attention: the keys that it takes most of, the others together, adding up to 100 %."""
    order = np.argsort(-np.nan_to_num(shares), kind="stable")
    counting = [int(i) for i in order if shares[i] > 0]
    named = counting if len(counting) <= most + 1 else counting[:most]
    others = len(counting) - len(named)
    values = [100 * float(shares[i]) for i in named]
    values += [100 * float(shares[counting].sum()) - sum(values)] if others else []
    percents = adding_up(values, 100.0, 1)
    lines = [
        tr("score = q·k / √{size}, share = e^score / Σ e^score; step {query} asks", size=size, query=query)
    ]
    for i, share in zip(named, percents, strict=False):
        lines.append(
            tr(
                "step {key}: score {score}, takes {share} %",
                key=name(i),
                score=written(float(scores[i])),
                share=f"{share:.1f}",
            )
        )
    if others:
        lines.append(
            tr(
                "{others} together {share} %",
                others=count(others, "other", "others"),
                share=f"{percents[-1]:.1f}",
            )
        )
    return lines


def subscript(number: int) -> str:
    """ "₁₂" of 12."""
    return str(number).translate(_SUBSCRIPTS)


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def written(value: float) -> str:
    """Three significant digits with a true minus sign."""
    if not math.isfinite(value):
        return tr("not a number")
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}".replace("e-0", "e−").replace("e-", "e−").replace("e+0", "e").replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def _signed(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return tr("not a number")
    return f"{value + 0.0:.{decimals}f}".replace("-", "−")


def _joined(terms: Sequence[Any]) -> str:
    """ "a − b + c": minus signs become the operators."""
    text = ""
    for term in map(str, terms):
        negative = term[:1] in "-−"
        bare = term[1:] if negative else term
        text += (f" {'−' if negative else '+'} " if text else "−" if negative else "") + bare
    return text
