"""Where random numbers enter a network that makes something of them: the generator of an adversarial pair.

They are no field of the data: training draws them anew for every batch, and whoever uses the finished network gives
them.
"""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, IntField
from nndesigner.base.shapes import BATCH, Axis, Size, TensorType
from nndesigner.layers.declaration import Layer, Port, Sample, Use
from nndesigner.layers.inputs import NOTHING


def _infer(use: Use) -> dict[str, TensorType]:
    return {"y": TensorType("float", (BATCH, Axis("feature", Size.of(use["features"]))))}


NOISE_INPUT = Layer(
    type="NoiseInput",
    label="Noise input",
    group="Input and output",
    stem="noise",
    role="input",
    summary="Random numbers enter the network here, from which it makes samples.",
    help="The code that a generator turns into a sample. Training draws it anew for every batch, whatever the data;"
    " pictures of the training show the same codes again and again. In an exported network it is an input like any"
    " other.",
    synonyms=("latent", "z", "random", "generator", "GAN", "input"),
    inputs=(),
    outputs=(Port("y", label="noise"),),
    parameters=(
        IntField(
            name="features",
            label="Features",
            default=16,
            minimum=1,
            maximum=100_000,
            help="Random numbers per sample.",
        ),
        ChoiceField(
            name="distribution",
            label="Distribution",
            default="normal",
            choices={"normal": "normal (mean 0, deviation 1)", "uniform": "uniform from −1 to 1"},
            help="How the numbers are drawn.",
        ),
    ),
    infer=_infer,
    lower=lambda use: NOTHING,
    samples=(Sample(values={"features": 4}, inputs={}),),
)
