"""Recurrent layers: sequences read step by step, with a state that remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nndesigner.base.fields import BoolField, ChoiceField, Field, FloatField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    InsertBefore,
    Layer,
    Lowering,
    Ref,
    Sample,
    ShapeError,
    Slices,
    Use,
    expect_float,
    fixed,
    plain,
)

KNOWN_AS = {
    "RNN": ("SimpleRNN", "vanilla rnn", "Elman network", "bidirectional"),
    "LSTM": ("bilstmLayer", "bidirectional", "long short term memory"),
    "GRU": ("gated recurrent unit", "bidirectional"),
}
"""Names of other tools and of the papers."""


def expect_sequence(use: Use, layer: str, port: str = "x") -> TensorType:
    """What arrives at the port, which must be batch × time × feature. Raises ShapeError."""
    x = expect_float(use, layer, port)
    if x.meanings == ("batch", "channel", "length"):
        raise ShapeError(
            tr(
                "{layer} reads steps one after the other (batch × time × feature), but {axes} arrives.",
                layer=layer,
                axes=" × ".join(x.meanings),
            ),
            port=port,
            suggestions=(
                InsertBefore(
                    "Permute",
                    port,
                    tr("Insert a Permute (channel × length → time × feature)"),
                    {"order": "2,1"},
                ),
            ),
        )
    if x.rank != 3:
        raise ShapeError(
            tr(
                "{layer} takes sequences (batch × time × feature), but {shape} ({axes}) arrives.",
                layer=layer,
                shape=x,
                axes=" × ".join(x.meanings),
            ),
            port=port,
            suggestions=(
                (InsertBefore("Reshape", port, tr("Insert a Reshape to steps of one value"), _STEPS_OF_ONE),)
                if x.rank == 2 and x.sizes[1].value is not None
                else ()
            ),
        )
    return x


_STEPS_OF_ONE = {"to": "sequence", "sizes": "-1, 1"}

USUAL = {"num_layers": 1, "bias": True, "dropout": 0.0, "bidirectional": False, "nonlinearity": "tanh"}
"""What torch.nn.LSTM and its like take when nothing is said."""

RETURNS = {
    "hidden": "final state",
    "last": "last step",
    "sequence": "every step",
}


def _declare(
    type: str, label: str, gates: int, summary: str, help: str, formula: str, reference: str
) -> Layer:
    def sizes(use: Use) -> Iterator[tuple[int, int]]:
        """(features in, hidden size) of every layer and direction."""
        arriving = fixed(expect_sequence(use, label).axes[2], label)
        directions = 2 if use["bidirectional"] else 1
        for depth in range(use["num_layers"]):
            for _ in range(directions):
                yield (arriving if depth == 0 else directions * use["hidden_size"]), use["hidden_size"]

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_sequence(use, label)
        fixed(x.axes[2], label)
        feature = Axis("feature", Size.of(use["hidden_size"] * (2 if use["bidirectional"] else 1)))
        kept = x.axes[:2] if use["returns"] == "sequence" else x.axes[:1]
        return {"y": x.with_axes(*kept, feature)}

    def lower(use: Use) -> Lowering:
        options: dict[str, Any] = {
            "input_size": fixed(use.x.axes[2], label),
            "hidden_size": use["hidden_size"],
            "num_layers": use["num_layers"],
            "bias": use["bias"],
            "batch_first": True,
            # torch warns about a dropout between the layers of a single one
            "dropout": use["dropout"] if use["num_layers"] > 1 else 0.0,
            "bidirectional": use["bidirectional"],
        }
        if type == "RNN":
            options["nonlinearity"] = use["nonlinearity"]
        run = Call(target=f"torch.nn.{type}", construct=plain(options, USUAL), step="states")
        if use["returns"] == "sequence":
            return Lowering(calls=(run,), outputs={"y": Ref("states", (0,))})
        if use["returns"] == "last":
            return Lowering(calls=(run,), outputs={"y": Ref("states", (0, Slices((None, -1))))})
        final = (
            (1, 0) if type == "LSTM" else (1,)
        )  # an LSTM gives (hidden, cell), both layer × batch × hidden
        if not use["bidirectional"]:
            return Lowering(calls=(run,), outputs={"y": Ref("states", (*final, -1))})
        ends = (Ref("states", (*final, -2)), Ref("states", (*final, -1)))
        return Lowering(calls=(run, Call(target="torch.cat", args=(ends,), keywords={"dim": -1})))

    def weights(use: Use) -> int:
        return sum(
            gates * hidden * (arriving + hidden + (2 if use["bias"] else 0))
            for arriving, hidden in sizes(use)
        )

    def macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
        return use.x.axes[1].size * sum(
            gates * hidden * (arriving + hidden) for arriving, hidden in sizes(use)
        )

    kind: tuple[Field, ...] = (
        ChoiceField(
            name="nonlinearity",
            label="Activation",
            default="tanh",
            choices={"tanh": "tanh", "relu": "ReLU"},
            advanced=True,
            help="The function applied to the state at every step.",
        ),
    )
    return Layer(
        type=type,
        label=label,
        group="Recurrent",
        stem=type.lower(),
        summary=summary,
        help=help,
        formula=formula,
        reference=reference,
        synonyms=("recurrent", "sequence", "time series", f"{type.lower()}Layer", *KNOWN_AS[type]),
        parameters=(
            IntField(
                name="hidden_size",
                label="Units",
                default=64,
                minimum=1,
                maximum=1_000_000,
                help="Numbers in the state, and out of each step.",
            ),
            ChoiceField(
                name="returns",
                label="Gives",
                default="hidden",
                choices=RETURNS,
                help="The state after the whole sequence (of both directions), the last step of what comes out, or"
                " every step. Another layer for sequences needs every step.",
            ),
            IntField(
                name="num_layers",
                label="Layers",
                default=1,
                minimum=1,
                maximum=1_000,
                help="Recurrent layers stacked on one another.",
            ),
            BoolField(
                name="bidirectional",
                label="Both directions",
                default=False,
                help="Also read the sequence backwards; twice as many numbers come out.",
            ),
            FloatField(
                name="dropout",
                label="Drop rate",
                default=0.0,
                minimum=0.0,
                maximum=1.0,
                help="Dropout between the stacked layers.",
                shown_when=lambda values: bool(values["num_layers"] > 1),
            ),
            BoolField(
                name="bias",
                label="Bias",
                default=True,
                advanced=True,
                help="Add learnable constants to every gate.",
            ),
            *(kind if type == "RNN" else ()),
        ),
        width="hidden_size",
        infer=infer,
        lower=lower,
        weights=weights,
        macs=macs,
        card=lambda values: (
            f"{values['hidden_size']}"
            + (f" · {values['num_layers']}×" if values["num_layers"] != 1 else "")
            + (" · ⇄" if values["bidirectional"] else "")
        ),
        samples=(
            Sample(
                values={"hidden_size": 4},
                inputs={"x": tensor(time="T", feature=3)},
                names={"N": 2, "T": 5},
            ),
            Sample(values={"hidden_size": 4, "returns": "last"}, inputs={"x": tensor(time=3, feature=3)}),
            Sample(
                values={"hidden_size": 3, "returns": "sequence", "bidirectional": True, "num_layers": 2},
                inputs={"x": tensor(time="T", feature=2)},
                names={"N": 2, "T": 4},
            ),
            Sample(
                values={
                    "hidden_size": 3,
                    "bidirectional": True,
                    "num_layers": 2,
                    "dropout": 0.2,
                    "bias": False,
                    **({"nonlinearity": "relu"} if type == "RNN" else {}),
                },
                inputs={"x": tensor(time=3, feature=2)},
            ),
        ),
    )


RNN = _declare(
    "RNN",
    "RNN",
    1,
    "Reads a sequence step by step; the state of one step is an input of the next.",
    "The simplest recurrent layer. Over many steps its gradient fades or explodes, so it forgets what lies far back;"
    " LSTM and GRU remember longer.",
    "h_t = tanh(W x_t + b + U h_{t−1} + c)",
    "Elman, Finding structure in time, 1990",
)
LSTM = _declare(
    "LSTM",
    "LSTM",
    4,
    "Reads a sequence step by step and learns what to keep in its memory, what to forget and what to show.",
    "Besides the state it has a memory cell that changes only through gates, so that a gradient reaches far back. The"
    " usual recurrent layer for series and text.",
    "c_t = f ⊙ c_{t−1} + i ⊙ g,  h_t = o ⊙ tanh(c_t);  i, f, o = σ(W x_t + U h_{t−1} + b),"
    "  g = tanh(W x_t + U h_{t−1} + b)",
    "Hochreiter & Schmidhuber, Long short-term memory, 1997",
)
GRU = _declare(
    "GRU",
    "GRU",
    3,
    "Like an LSTM with one gate and the memory cell left out: fewer weights, often as good.",
    "An update gate mixes the old state with a new one, and a reset gate says how much of the old state the new one"
    " sees.",
    "h_t = (1 − z) ⊙ n + z ⊙ h_{t−1};  r, z = σ(W x_t + U h_{t−1} + b),  n = tanh(W x_t + b + r ⊙ (U h_{t−1} + c))",
    "Cho et al., Learning phrase representations using RNN encoder–decoder, 2014",
)
