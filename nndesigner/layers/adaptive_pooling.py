"""Adaptive pooling: maps of any size brought to one fixed size; with size 1 it is global pooling."""

from __future__ import annotations

from nndesigner.base.fields import SizesField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.layers.declaration import Layer, Sample, Use, module
from nndesigner.layers.spatial import NAMES, expect_spatial, small, small_free


def _declare(kind: str, dimensions: int) -> Layer:
    word = "max" if kind == "Max" else "average"
    name, label = f"Adaptive{kind}Pool{dimensions}d", f"Adaptive {word} pool {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        axes = (
            Axis(axis.meaning, Size.of(size))
            for axis, size in zip(x.axes[2:], use["output_size"], strict=True)
        )
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="pool",
        summary=(
            "Reduces each map to its largest values on" if kind == "Max" else "Averages each map down to"
        )
        + " a fixed size, whatever size arrives.",
        help=f"With size 1 this is global {word} pooling. It is what lets one network take images of any"
        " size: everything after it has fixed sizes.",
        formula=f"y[c, i] = {'max' if kind == 'Max' else 'mean'} of x[c, ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ − 1]",
        reference="Lin et al., Network in network, 2013",
        synonyms=(
            f"global {word} pooling",
            "pooling",
            f"global{word.title()}Pooling{dimensions}dLayer",
            f"Global{word.title()}Pooling{dimensions}D",
        ),
        linear=kind == "Avg",
        common=kind == "Avg" and dimensions < 3,
        parameters=(
            SizesField(
                name="output_size",
                label="Output size",
                default=(1,) * dimensions,
                dimensions=dimensions,
                minimum=1,
                help="Size of each map that comes out.",
            ),
        ),
        infer=infer,
        lower=lambda use: module(
            f"torch.nn.{name}", output_size=use["output_size"] if dimensions > 1 else use["output_size"][0]
        ),
        card=lambda v: "→ " + "×".join(str(k) for k in v["output_size"]),
        samples=(
            Sample(inputs={"x": tensor(channel=3, **small(dimensions))}),
            Sample(
                values={"output_size": [2] * dimensions}, inputs={"x": tensor(channel=3, **small(dimensions))}
            ),
            Sample(
                values={"output_size": [3] * dimensions},
                inputs={"x": tensor(channel=2, **small_free(dimensions))},
                names=NAMES,
            ),
        ),
    )


ADAPTIVE_AVG_POOL_1D = _declare("Avg", 1)
ADAPTIVE_AVG_POOL_2D = _declare("Avg", 2)
ADAPTIVE_AVG_POOL_3D = _declare("Avg", 3)
ADAPTIVE_MAX_POOL_1D = _declare("Max", 1)
ADAPTIVE_MAX_POOL_2D = _declare("Max", 2)
ADAPTIVE_MAX_POOL_3D = _declare("Max", 3)
