"""What happens inside a recurrent layer at every step of one sequence, worked out from its weights: torch gives the
states alone.

The formulas are those of torch.nn.RNN, torch.nn.LSTM and torch.nn.GRU (Elman 1990; Hochreiter & Schmidhuber 1997; Cho
et al. 2014, with the reset gate after the product as torch has it), whose weights hold the gates one below the other:

    RNN   h_t = tanh(W x_t + b + U h_{t-1} + c), or relu
    LSTM  i, f, o = σ(…), g = tanh(…);  c_t = f c_{t-1} + i g;  h_t = o tanh(c_t)
    GRU   r, z = σ(…), n = tanh(W x_t + b + r (U h_{t-1} + c));  h_t = (1 - z) n + z h_{t-1}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

GATES = {"RNN": ("h",), "LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
"""in the order of the rows of the weights"""
MOST_STEPS = 1024
"""of a longer sequence nothing is worked out: the states come from torch then"""


@dataclass(frozen=True)
class Steps:
    """One direction of the last layer at every step, in the order of the sequence. H are its units, T the steps.

    `sums` and `gates` are (T, gates, H) before and after the gates' functions, `cell` is (T, H) of an LSTM, `hidden`
    what leaves, `arriving` (T, F), `before` and `cell_before` (T, H) what each step was given. `bias` (T, gates, H) is
    the sum of both biases, of which the reset gate of a GRU lets one pass. `suffix` ends the names of its weights.
    """

    suffix: str
    sums: Tensor
    gates: Tensor
    cell: Tensor | None
    cell_before: Tensor | None
    hidden: Tensor
    before: Tensor
    arriving: Tensor
    bias: Tensor


def can_be_unrolled(type: str, steps: int, projected: int) -> bool:
    """Whether the steps of a sequence can be worked out here."""
    return type in GATES and steps <= MOST_STEPS and not projected


def unrolled(type: str, module: Any, x_TF: Tensor, hidden: Tensor | None, cell: Tensor | None) -> list[Steps]:
    """The last layer's directions, the one that reads forwards first.

    `module` is the torch module; `hidden` and `cell` are the first states, (layers · directions, H), zeros for None.
    """
    import torch

    ways = 2 if module.bidirectional else 1
    first = x_TF.new_zeros(int(module.num_layers) * ways, int(module.hidden_size))
    hidden, cell = (first if state is None else state for state in (hidden, cell))
    arriving, found = x_TF, list[Steps]()
    with torch.no_grad():
        for depth in range(int(module.num_layers)):
            found = [
                _direction(type, module, f"l{depth}{suffix}", arriving, hidden[at], cell[at], bool(suffix))
                for suffix, at in zip(
                    ("", "_reverse")[:ways], range(depth * ways, (depth + 1) * ways), strict=True
                )
            ]
            arriving = torch.cat([steps.hidden for steps in found], dim=-1)
    return found


def _direction(
    type: str, module: Any, suffix: str, x_TF: Tensor, h_H: Tensor, c_H: Tensor, backwards: bool
) -> Steps:
    import torch

    gates, units = len(GATES[type]), len(h_H)
    w, u = (getattr(module, f"{name}_{suffix}").detach() for name in ("weight_ih", "weight_hh"))
    if module.bias:
        b, c = (getattr(module, f"{name}_{suffix}").detach() for name in ("bias_ih", "bias_hh"))
    else:
        b = c = x_TF.new_zeros(gates * units)
    of_x_TG = x_TF @ w.T + b
    squash = torch.relu if getattr(module, "nonlinearity", "tanh") == "relu" else torch.tanh
    kept: dict[str, list[Tensor]] = {
        name: [] for name in ("sums", "gates", "cell", "cell_before", "hidden", "before", "bias")
    }
    b_GH, c_GH = b.reshape(gates, units), c.reshape(gates, units)
    order = range(len(x_TF) - 1, -1, -1) if backwards else range(len(x_TF))
    for t in order:
        before, cell_before = h_H, c_H
        of_x, of_h = of_x_TG[t].reshape(gates, units), (u @ h_H + c).reshape(gates, units)
        bias = b_GH + c_GH
        if type == "LSTM":
            sums = of_x + of_h
            made = torch.sigmoid(sums)
            made[2] = torch.tanh(sums[2])
            c_H = made[1] * c_H + made[0] * made[2]
            h_H = made[3] * torch.tanh(c_H)
        elif type == "GRU":
            sums = of_x + of_h
            reset = torch.sigmoid(sums[0])
            sums[2] = of_x[2] + reset * of_h[2]
            made = torch.sigmoid(sums)
            made[2] = torch.tanh(sums[2])
            h_H = (1 - made[1]) * made[2] + made[1] * h_H
            bias = bias.clone()
            bias[2] = b_GH[2] + reset * c_GH[2]
        else:
            sums = of_x + of_h
            made = squash(sums)
            h_H = made[0]
        values = (sums, made, c_H, cell_before, h_H, before, bias)
        for name, value in zip(kept, values, strict=True):
            kept[name].append(value)
    whole = {name: torch.stack(values[::-1] if backwards else values) for name, values in kept.items()}
    remembers = type == "LSTM"
    return Steps(
        suffix=suffix,
        sums=whole["sums"],
        gates=whole["gates"],
        cell=whole["cell"] if remembers else None,
        cell_before=whole["cell_before"] if remembers else None,
        hidden=whole["hidden"],
        before=whole["before"],
        arriving=x_TF,
        bias=whole["bias"],
    )


def first_states(arriving: dict[str, Tensor], count: int, units: int) -> tuple[Tensor | None, Tensor | None]:
    """What arrives at the ports "state" and "cell" for one sample, as (layers · directions, units)."""
    states = (arriving.get(port) for port in ("state", "cell"))
    hidden, cell = (state.reshape(count, units) if state is not None else None for state in states)
    return hidden, cell
