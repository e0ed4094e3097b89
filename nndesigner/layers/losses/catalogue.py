"""Every loss, found by walking this package, and which of them “automatic” stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import nndesigner.layers.losses as package
from nndesigner.base.data_field import DataField
from nndesigner.base.discovery import discover
from nndesigner.base.fields import Field, Values
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Port
from nndesigner.layers.losses.binary import BINARY_CROSS_ENTROPY, PERCEPTRON
from nndesigner.layers.losses.classes import CROSS_ENTROPY
from nndesigner.layers.losses.loss import Loss
from nndesigner.layers.losses.numbers import MSE

NONE = "none"
_FIRST = ("cross_entropy", "binary_cross_entropy", "mse", "l1", "huber")
"""what is wanted most stands first in the form"""


def _found() -> dict[str, Loss]:
    found = {loss.name: loss for loss in discover(package, Loss)}
    return {name: found[name] for name in (*_FIRST, *found)}


def default_loss(target: DataField, activation: str, width: int | None) -> Loss:
    """The loss for “automatic”: from the target, the activation drawn last and the number of values that come out."""
    if target.kind == "class" and activation == "Step":
        return PERCEPTRON
    if target.kind == "class" and len(target.classes) == 2 and width == 1:
        return BINARY_CROSS_ENTROPY
    if target.kind in ("class", "tokens"):
        return CROSS_ENTROPY
    return MSE


def labels() -> dict[str, str]:
    """The choices of an output: automatic, every loss, and none for an output that only shows what is learned
    elsewhere."""
    found = {loss.name: tr(loss.label) for loss in LOSSES.values()}
    return {"auto": tr("automatic"), **found, NONE: tr("none (learned elsewhere)")}


def option_fields() -> tuple[Field, ...]:
    """The options of all losses as parameters of an output, each shown for the losses that have it."""
    fields = {field.name: field for loss in LOSSES.values() for field in loss.options}
    return tuple(replace(field, shown_when=_with(field)) for field in fields.values())


def _with(field: Field) -> Callable[[Values], bool]:
    names = {loss.name for loss in LOSSES.values() if any(f.name == field.name for f in loss.options)}
    return lambda values: values["loss"] in names and field.shown(values)


def ports_beside(values: Values) -> tuple[Port, ...]:
    """What the chosen loss reads besides the answer."""
    chosen = values.get("loss")
    loss = LOSSES.get(chosen) if isinstance(chosen, str) else None
    return loss.beside if loss is not None else ()


LOSSES: dict[str, Loss] = _found()
