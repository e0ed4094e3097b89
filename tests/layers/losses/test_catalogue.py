from __future__ import annotations

import pytest

from nndesigner.base.data_field import DataField
from nndesigner.layers.catalogue import layers
from nndesigner.layers.losses.catalogue import LOSSES, default_loss, labels


def target(kind: str, classes: int = 0) -> DataField:
    return DataField(
        name="t", role="target", kind=kind, element="int", classes=tuple(map(str, range(classes)))
    )


@pytest.mark.parametrize(
    ("field", "activation", "width", "loss"),
    [
        (target("class", 10), "Softmax", 10, "cross_entropy"),
        (target("class", 10), "", 10, "cross_entropy"),
        (target("class", 2), "", 2, "cross_entropy"),
        (target("class", 2), "", 1, "binary_cross_entropy"),
        (target("class", 2), "Sigmoid", 1, "binary_cross_entropy"),
        (target("class", 2), "Step", 1, "perceptron"),
        (target("class", 3), "Step", 3, "perceptron"),
        (target("tokens"), "", None, "cross_entropy"),
        (target("number"), "", 1, "mse"),
        (target("number"), "Step", 1, "mse"),
        (target("image"), "Sigmoid", 1, "mse"),
    ],
)
def test_the_automatic_loss_follows_from_target_and_drawing(
    field: DataField, activation: str, width: int | None, loss: str
) -> None:
    chosen = default_loss(field, activation, width)
    assert chosen.name == loss
    assert field.kind in chosen.targets


def test_every_loss_can_be_chosen_and_explains_itself() -> None:
    assert set(labels()) == {"auto", "none", *LOSSES}
    for name, loss in LOSSES.items():
        assert loss.name == name and loss.help.endswith(".") and loss.formula
        assert set(loss.stable_after) <= {e.type for e in layers().values() if e.activation}
