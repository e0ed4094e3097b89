"""One step of a recurrent layer: for networks that say themselves what happens between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.fields import BoolField, ChoiceField, Field, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_float,
    fixed,
    plain,
)
from nndesigner.layers.recurrent import expect_state


def _declare(
    type: str, label: str, gates: int, summary: str, help: str, formula: str, reference: str
) -> Layer:
    remembers = type == "LSTMCell"

    def features(use: Use) -> int:
        x = expect_float(use, label)
        if x.rank != 2:
            raise ShapeError(
                tr(
                    "{layer} reads one step (batch × feature), but {axes} arrives.",
                    layer=label,
                    axes=" × ".join(x.meanings),
                ),
                port="x",
            )
        return fixed(x.axes[1], label)

    def infer(use: Use) -> dict[str, TensorType]:
        features(use)
        hidden = int(use["hidden_size"])
        for port in ("state", "cell"):
            if port in use.inputs:
                expect_state(use, label, port, 1, hidden)
        state = use.x.with_axes(use.x.axes[0], Axis("feature", Size.of(hidden)))
        return {"y": state, **({"cell": state} if remembers else {})}

    def lower(use: Use) -> Lowering:
        calls: list[Call] = []
        ports = ("state", "cell") if remembers else ("state",)
        arrived = [port for port in ports if port in use.inputs]
        first: dict[str, Ref] = {}
        for port in arrived:
            first[port] = Ref(port)
            if use.inputs[port].rank == 3:
                calls.append(Call(target=".squeeze", args=(Ref(port), 1), step=f"{port}_row"))
                first[port] = Ref(f"{port}_row")
        for port in ports:
            if arrived and port not in arrived:
                calls.append(Call(target="torch.zeros_like", args=(first[arrived[0]],), step=f"{port}_zeros"))
                first[port] = Ref(f"{port}_zeros")
        states: tuple[Any, ...] = tuple(first[port] for port in ports) if arrived else ()
        usual: dict[str, Any] = {"bias": True}
        options = {
            "input_size": features(use),
            "hidden_size": use["hidden_size"],
            "bias": use["bias"],
        }
        if type == "RNNCell":
            options["nonlinearity"], usual["nonlinearity"] = use["nonlinearity"], "tanh"
        run = Call(
            target=f"torch.nn.{type}",
            construct=plain(options, usual),
            usual=usual,
            args=(Ref("x"), *((states,) if remembers and states else states)),
            step="states",
        )
        outputs = {"y": Ref("states")}
        if remembers:
            outputs = {"y": Ref("states", (0,)), "cell": Ref("states", (1,))}
        return Lowering(calls=(*calls, run), outputs=outputs)

    def numbers(use: Use) -> int:
        return gates * int(use["hidden_size"]) * (features(use) + int(use["hidden_size"]))

    def weights(use: Use) -> int:
        return numbers(use) + (2 * gates * int(use["hidden_size"]) if use["bias"] else 0)

    def macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
        return Size.of(numbers(use))

    kind: tuple[Field, ...] = (
        ChoiceField(
            name="nonlinearity",
            label="Activation",
            default="tanh",
            choices={"tanh": "tanh", "relu": "ReLU"},
            advanced=True,
            help="The function applied to the state.",
        ),
    )
    memory = Port("cell", help="the memory before this step; zeros when nothing is wired", optional=True)
    row, state = tensor(feature=3), tensor(feature=4)
    return Layer(
        type=type,
        label=label,
        group="Recurrent",
        stem=f"{type.removesuffix('Cell').lower()}_cell",
        summary=summary,
        help=help,
        formula=formula,
        reference=reference,
        synonyms=("recurrent", "step", "state", "cell", *(("SimpleRNNCell",) if type == "RNNCell" else ())),
        common=False,
        inputs=(
            Port("x", help="what is read in this step"),
            Port("state", help="the state before this step; zeros when nothing is wired", optional=True),
            *((memory,) if remembers else ()),
        ),
        outputs=(
            Port("y", help="the new state"),
            *((Port("cell", help="the new memory"),) if remembers else ()),
        ),
        parameters=(
            IntField(
                name="hidden_size",
                label="Units",
                default=64,
                minimum=1,
                maximum=1_000_000,
                help="Numbers in the state.",
            ),
            BoolField(
                name="bias",
                label="Bias",
                default=True,
                advanced=True,
                help="Add learnable constants to every gate.",
            ),
            *(kind if type == "RNNCell" else ()),
        ),
        width="hidden_size",
        infer=infer,
        lower=lower,
        weights=weights,
        macs=macs,
        card=lambda values: f"{values['hidden_size']}",
        samples=(
            Sample(values={"hidden_size": 4}, inputs={"x": row}),
            Sample(
                values={
                    "hidden_size": 4,
                    "bias": False,
                    **({"nonlinearity": "relu"} if type == "RNNCell" else {}),
                },
                inputs={"x": row, ("cell" if remembers else "state"): state},
            ),
            *(
                (Sample(values={"hidden_size": 4}, inputs={"x": row, "state": state, "cell": state}),)
                if remembers
                else ()
            ),
        ),
    )


RNN_CELL = _declare(
    "RNNCell",
    "RNN cell",
    1,
    "One step of an RNN: makes a new state of what is read and the old state.",
    "Several cells that share their weights are an unrolled RNN, in which anything may happen between two steps. For a"
    " whole sequence an RNN is quicker.",
    "h′ = tanh(W x + b + U h + c)",
    "Elman, Finding structure in time, 1990",
)
LSTM_CELL = _declare(
    "LSTMCell",
    "LSTM cell",
    4,
    "One step of an LSTM: makes a new state and a new memory of what is read and the old ones.",
    "Several cells that share their weights are an unrolled LSTM, in which anything may happen between two steps, such"
    " as a look at the encoder. For a whole sequence an LSTM is quicker.",
    "c′ = f ⊙ c + i ⊙ g,  h′ = o ⊙ tanh(c′);  i, f, o = σ(W x + U h + b),  g = tanh(W x + U h + b)",
    "Hochreiter & Schmidhuber, Long short-term memory, 1997",
)
GRU_CELL = _declare(
    "GRUCell",
    "GRU cell",
    3,
    "One step of a GRU: makes a new state of what is read and the old state.",
    "Several cells that share their weights are an unrolled GRU, in which anything may happen between two steps. For a"
    " whole sequence a GRU is quicker.",
    "h′ = (1 − z) ⊙ n + z ⊙ h;  r, z = σ(W x + U h + b),  n = tanh(W x + b + r ⊙ (U h + c))",
    "Cho et al., Learning phrase representations using RNN encoder–decoder, 2014",
)
