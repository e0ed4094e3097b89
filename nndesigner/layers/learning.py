"""How the weights of one layer begin and learn: initialization, freezing, its share of the learning rate.

The same for every layer that has weights; kept in `Node.learning`, apart from the layer's own parameters.
"""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField, Field, FloatField, IntField

BEGINNINGS = {
    "default": "as torch begins",
    "kaiming_uniform": "Kaiming (He), uniform",
    "kaiming_normal": "Kaiming (He), normal",
    "xavier_uniform": "Xavier (Glorot), uniform",
    "xavier_normal": "Xavier (Glorot), normal",
    "orthogonal": "orthogonal",
    "truncated_normal": "normal, cut at two deviations",
    "normal": "normal",
    "uniform": "uniform",
    "zeros": "zeros",
    "ones": "ones",
}
SCALED = ("truncated_normal", "normal", "uniform")

LEARNING: tuple[Field, ...] = (
    BoolField(
        name="frozen",
        label="Frozen",
        default=False,
        help="Keep the weights as they are while everything else learns.",
    ),
    IntField(
        name="unfreeze",
        label="Unfreeze after",
        default=0,
        minimum=0,
        maximum=1_000_000,
        unit="epochs",
        shown_when=lambda values: bool(values["frozen"]),
        help="After so many epochs of a run the weights begin to learn with the others, so that new layers come first"
        " (gradual unfreezing: Howard and Ruder, Universal language model fine-tuning, 2018). 0 keeps them frozen.",
    ),
    FloatField(
        name="rate",
        label="Learning rate ×",
        default=1.0,
        minimum=0.0,
        maximum=1000.0,
        open_minimum=True,
        logarithmic=True,
        advanced=True,
        help="This layer's learning rate as a multiple of that of the training plan.",
    ),
    ChoiceField(
        name="weight",
        label="Weights begin",
        default="default",
        choices=BEGINNINGS,
        advanced=True,
        help="How the weights (all learnable tensors with two axes or more) are drawn before training. He et al.,"
        " Delving deep into rectifiers, 2015; Glorot & Bengio, Understanding the difficulty of training deep"
        " feedforward neural networks, 2010; Saxe et al., Exact solutions, 2013.",
    ),
    FloatField(
        name="scale",
        label="Scale",
        default=0.02,
        minimum=0.0,
        maximum=1000.0,
        open_minimum=True,
        logarithmic=True,
        advanced=True,
        help="Standard deviation of the normal beginnings, or largest value of the uniform one.",
        shown_when=lambda values: values["weight"] in SCALED,
    ),
    ChoiceField(
        name="bias",
        label="Biases begin",
        default="default",
        choices={"default": "as torch begins", "zeros": "zeros", "ones": "ones"},
        advanced=True,
        help="How the biases begin.",
    ),
)
