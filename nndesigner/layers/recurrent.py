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
    Port,
    Ref,
    Sample,
    SetParameter,
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

USUAL = {
    "num_layers": 1,
    "bias": True,
    "dropout": 0.0,
    "bidirectional": False,
}
"""What torch.nn.LSTM and its like take when nothing is said."""

RETURNS = {
    "hidden": "final state",
    "last": "last step",
    "sequence": "every step",
}


# -- states ------------------------------------------------------------------------------------------------------
def expect_state(use: Use, layer: str, port: str, count: int, width: int) -> None:
    """A first state must be batch × `count` × `width`, or the same numbers as one row. Raises ShapeError."""
    state = expect_float(use, layer, port)
    sizes = [size.value for size in state.sizes[1:]]
    if sizes not in ([count, width], [count * width]):
        want = f"N × {count * width}" + (tr(" or {more}", more=f"N × {count} × {width}") if count > 1 else "")
        raise ShapeError(
            tr(
                "The state at “{port}” must be {want} here; {have} arrives.",
                port=port,
                want=want,
                have=state,
            ),
            port=port,
        )


def first_state(use: Use, port: str, count: int, width: int) -> tuple[Call, ...]:
    """Steps from what arrives at the port to `<port>_first`, count × batch × width, as torch takes it."""
    step = f"{port}_first"
    if use.inputs[port].rank == 2 and count == 1:
        return (Call(target=".unsqueeze", args=(Ref(port), 0), step=step),)
    rows = Ref(port)
    calls: list[Call] = []
    if use.inputs[port].rank == 2:
        calls.append(Call(target=".unflatten", args=(rows, 1, (count, width)), step=f"{port}_rows"))
        rows = Ref(f"{port}_rows")
    return (
        *calls,
        Call(target=".transpose", args=(rows, 0, 1), step=f"{port}_turned"),
        Call(target=".contiguous", args=(Ref(f"{port}_turned"),), step=step),  # cuDNN takes no other
    )


def _declare(
    type: str, label: str, gates: int, summary: str, help: str, formula: str, reference: str
) -> Layer:
    remembers = type == "LSTM"

    def ways(use: Use) -> int:
        return 2 if use["bidirectional"] else 1

    def width(use: Use) -> int:
        """Numbers of the state of one direction, which are also what one direction gives at each step."""
        projected = int(use["proj_size"]) if remembers else 0
        return projected or int(use["hidden_size"])

    def sizes(use: Use) -> Iterator[int]:
        """The features that arrive at every layer and direction."""
        arriving = fixed(expect_sequence(use, label).axes[2], label)
        for depth in range(use["num_layers"]):
            for _ in range(ways(use)):
                yield arriving if depth == 0 else ways(use) * width(use)

    def count(use: Use) -> int:
        return int(use["num_layers"]) * ways(use)

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_sequence(use, label)
        fixed(x.axes[2], label)
        hidden = int(use["hidden_size"])
        if remembers and use["proj_size"] >= hidden:
            raise ShapeError(
                tr(
                    "A projection makes the state smaller: below {units} units, not {size}.",
                    units=hidden,
                    size=use["proj_size"],
                ),
                parameter="proj_size",
                suggestions=(SetParameter("proj_size", 0, tr("Have no projection")),),
            )
        if "state" in use.inputs:
            expect_state(use, label, "state", count(use), width(use))
        if "cell" in use.inputs:
            expect_state(use, label, "cell", count(use), hidden)
        feature = Axis("feature", Size.of(width(use) * ways(use)))
        kept = x.axes[:2] if use["returns"] == "sequence" else x.axes[:1]
        found = {"y": x.with_axes(*kept, feature)}
        if use["give_state"]:
            layers = Axis("layer", Size.of(count(use)))
            found["state"] = x.with_axes(x.axes[0], layers, Axis("feature", Size.of(width(use))))
            if remembers:
                found["cell"] = x.with_axes(x.axes[0], layers, Axis("feature", Size.of(hidden)))
        return found

    def beginning(use: Use) -> tuple[tuple[Call, ...], tuple[Any, ...]]:
        """Steps to the first states where one is wired (the other one begins with zeros), and what to hand over."""
        if not {"state", "cell"} & use.inputs.keys():
            return (), ()
        calls: list[Call] = []
        ports = {"state": width(use), **({"cell": int(use["hidden_size"])} if remembers else {})}
        for port, numbers in ports.items():
            if port in use.inputs:
                calls += first_state(use, port, count(use), numbers)
            else:
                shape = (count(use), Ref("samples"), numbers)
                calls += [
                    Call(target=".size", args=(Ref("x"), 0), step="samples"),
                    Call(target=".new_zeros", args=(Ref("x"), shape), step=f"{port}_first"),
                ]
        first = tuple(Ref(f"{port}_first") for port in ports)
        return tuple(calls), (first if remembers else first[0],)

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
        usual: dict[str, Any] = dict(USUAL)
        if type == "RNN":
            options["nonlinearity"], usual["nonlinearity"] = use["nonlinearity"], "tanh"
        if remembers:
            options["proj_size"], usual["proj_size"] = use["proj_size"], 0
        prepared, first = beginning(use)
        run = Call(
            target=f"torch.nn.{type}",
            construct=plain(options, usual),
            usual=usual,
            args=(Ref("x"), *first),
            step="states",
        )
        calls = [*prepared, run]
        final = (1, 0) if remembers else (1,)  # an LSTM gives (hidden, cell), both layer × batch × hidden
        if use["returns"] == "sequence":
            y = Ref("states", (0,))
        elif use["returns"] == "last":
            y = Ref("states", (0, Slices((None, -1))))
        elif not use["bidirectional"]:
            y = Ref("states", (*final, -1))
        else:
            ends = (Ref("states", (*final, -2)), Ref("states", (*final, -1)))
            calls.append(Call(target="torch.cat", args=(ends,), keywords={"dim": -1}, step="ends"))
            y = Ref("ends")
        outputs = {"y": y}
        if use["give_state"]:
            for port, path in (("state", final), ("cell", (1, 1)))[: 2 if remembers else 1]:
                step = f"{port}_last"
                calls.append(Call(target=".transpose", args=(Ref("states", path), 0, 1), step=step))
                outputs[port] = Ref(step)
        return Lowering(calls=tuple(calls), outputs=outputs)

    def projection(use: Use) -> int:
        return int(use["hidden_size"]) * int(use["proj_size"]) if remembers else 0

    def weights(use: Use) -> int:
        numbers = gates * int(use["hidden_size"])
        each = width(use) + (2 if use["bias"] else 0)
        return sum(numbers * (arriving + each) + projection(use) for arriving in sizes(use))

    def macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
        numbers = gates * int(use["hidden_size"])
        return use.x.axes[1].size * sum(
            numbers * (arriving + width(use)) + projection(use) for arriving in sizes(use)
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
    projected: tuple[Field, ...] = (
        IntField(
            name="proj_size",
            label="Projected to",
            default=0,
            minimum=0,
            maximum=1_000_000,
            advanced=True,
            help="Numbers to which the state is projected at every step, fewer than units: a large memory with fewer"
            " weights. 0 for none.",
        ),
    )
    memory = (Port("cell", help="the memory to begin with; zeros when nothing is wired", optional=True),)
    return Layer(
        type=type,
        label=label,
        group="Recurrent",
        stem=type.lower(),
        summary=summary,
        help=help,
        formula=formula,
        reference=reference,
        synonyms=(
            "recurrent",
            "sequence",
            "time series",
            "encoder",
            "decoder",
            "seq2seq",
            "initial_state",
            "return_sequences",
            f"{type.lower()}Layer",
            *KNOWN_AS[type],
        ),
        inputs=(
            Port("x"),
            Port(
                "state",
                help="the state to begin with, such as the final state of an encoder: batch × (layers · directions) ×"
                " units, or all in one row; zeros when nothing is wired",
                optional=True,
            ),
            *(memory if remembers else ()),
        ),
        outputs=lambda values: (
            Port("y"),
            *(
                (
                    Port("state", help="the final state of every layer and direction"),
                    *((Port("cell", help="the final memory of every layer and direction"),) * remembers),
                )
                if values.get("give_state") is True
                else ()
            ),
        ),
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
            *(projected if remembers else ()),
            BoolField(
                name="give_state",
                label="State as well",
                default=False,
                advanced=True,
                help="Give out the final state on ports of its own, for a decoder that goes on from there or for the"
                " next piece of a long sequence.",
            ),
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
            Sample(
                values={
                    "hidden_size": 3,
                    "bidirectional": True,
                    "give_state": True,
                    **({"proj_size": 2} if remembers else {}),
                },
                inputs={
                    "x": tensor(time="T", feature=2),
                    "state": tensor(time=2, feature=2 if remembers else 3),
                },
                names={"N": 2, "T": 4},
            ),
            *_SAMPLES_OF_MEMORY * remembers,
        ),
    )


_SAMPLES_OF_MEMORY = (
    Sample(
        values={"hidden_size": 3, "returns": "sequence", "give_state": True},
        inputs={
            "x": tensor(time="T", feature=2),
            "state": tensor(feature=3),
            "cell": tensor(feature=3),
        },
        names={"N": 2, "T": 4},
    ),
    Sample(
        values={"hidden_size": 4, "proj_size": 3, "num_layers": 2, "bias": False},
        inputs={"x": tensor(time="T", feature=2), "cell": tensor(feature=8)},
        names={"N": 2, "T": 4},
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
