"""Which layers can follow or precede a place in the network, best first: what the add-node search offers for a wire.

Asks each layer's own shape rule with default values. It knows no widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndesigner.base.data_field import DataField
from nndesigner.base.shapes import TensorType
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, ShapeError, Use

_NEXT: Mapping[str, tuple[str, ...]] = {
    "Input and output": ("Dense", "Convolution", "Embedding", "Recurrent", "Shape", "Normalization"),
    "Dense": ("Activation", "Input and output", "Normalization", "Regularization", "Dense"),
    "Convolution": ("Activation", "Pooling", "Normalization", "Convolution", "Shape"),
    "Pooling": ("Convolution", "Shape", "Dense", "Regularization"),
    "Activation": ("Dense", "Pooling", "Convolution", "Input and output", "Regularization", "Shape"),
    "Shape": ("Dense", "Recurrent", "Attention", "Normalization"),
    "Recurrent": ("Dense", "Recurrent", "Input and output", "Pooling"),
    "Embedding": ("Recurrent", "Attention", "Pooling", "Regularization"),
    "Attention": ("Dense", "Attention", "Normalization", "Pooling"),
}
"""What usually comes after a layer of a group; groups that are not named come later."""


def takes(layer: Layer, arriving: TensorType, fields: Mapping[str, DataField] | None = None) -> bool:
    """Whether a new layer with its default settings takes this tensor at its first input."""
    values = layer.defaults()
    ports = layer.input_ports(values)
    if not ports:
        return False
    required = [port for port in ports if not port.optional]
    if len(required) > 1:
        return True  # the other inputs decide
    use = Use(inputs={ports[0].name: arriving}, values=values, fields=fields or {})
    try:
        layer.infer(use)
    except ShapeError:
        return False
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return False  # a rule that asks for more than there is: it does not fit here and now
    return True


def followers(
    arriving: TensorType | None, group: str = "", fields: Mapping[str, DataField] | None = None
) -> tuple[Layer, ...]:
    """Layers that can follow an output of this type, in the order in which they are usually wanted.

    `group` is the group of the layer before. While the type is not known every layer with an input is offered.
    """
    every = (layer for layer in layers().values() if layer.input_ports(layer.defaults()))
    fitting = [layer for layer in every if arriving is None or takes(layer, arriving, fields)]
    return _ranked(fitting, _NEXT.get(group, ()))


def preceders() -> tuple[Layer, ...]:
    """Layers that have an output to feed an input with."""
    return tuple(layer for layer in layers().values() if layer.output_ports(layer.defaults()))


def _ranked(found: Iterable[Layer], groups: tuple[str, ...]) -> tuple[Layer, ...]:
    place = {group: i for i, group in enumerate(groups)}
    return tuple(sorted(found, key=lambda entry: (not entry.common, place.get(entry.group, len(place)))))
