"""What fits here? The layers that take what arrives, the usual ones first, each with settings that suit it.

Served to the canvas for dropped wires, for swaps and for the search. Each layer's own shape rule is asked; a rule's own
suggestion is taken where it helps. What does not fit comes last, with the rule's sentence. It knows no document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BadValue, Field, IntField, SizesField, Values, resolve
from nndesigner.base.shapes import TensorType
from nndesigner.base.text import count, tr
from nndesigner.layers.catalogue import layer, layers
from nndesigner.layers.declaration import (
    SPATIAL,
    InsertBefore,
    Layer,
    Port,
    SetParameter,
    ShapeError,
    Use,
    class_axis,
)

MOST_TRIES = 4
"""Suggestions of a shape rule that are taken one after the other before a layer counts as one that does not fit."""

_USUAL: Mapping[str, tuple[str, ...]] = {
    "image": (
        *("Convolution", "Pooling", "Normalization", "Activation", "Shape", "Regularization"),
        *("Attention", "Merge"),
    ),
    "row": ("Dense", "Activation", "Regularization", "Input and output", "Normalization", "Merge"),
    "sequence": (
        *("Recurrent", "Attention", "Normalization", "Dense", "Embedding", "Regularization", "Shape"),
        *("Activation", "Merge"),
    ),
    "tokens": ("Embedding",),
    "several": ("Merge", "Attention"),
}
"""The groups that usually take what arrives, by its kind."""
_NEXT: Mapping[str, tuple[str, ...]] = {
    "Dense": ("Activation", "Input and output", "Normalization", "Regularization"),
    "Convolution": ("Activation", "Normalization", "Pooling"),
    "Normalization": ("Activation", "Attention", "Dense"),
    "Pooling": ("Convolution", "Shape", "Dense"),
    "Recurrent": ("Dense", "Shape", "Input and output"),
    "Embedding": ("Recurrent", "Attention", "Embedding", "Regularization"),
    "Shape": ("Dense", "Recurrent", "Attention", "Regularization"),
    "Merge": ("Activation", "Normalization", "Convolution", "Dense"),
}
"""The groups that usually come right after a layer of a group, before those that suit the kind of what arrives."""
_FIRST = (
    *("Linear", "ReLU", "GELU", "Sigmoid", "Tanh", "Softmax", "Conv1d", "Conv2d", "Conv3d", "MaxPool1d", "MaxPool2d"),
    *("MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm"),
    *("Dropout", "Flatten", "Select", "Mean", "Add", "Concatenate", "Multiply", "LSTM", "GRU", "MultiheadAttention"),
    *("TransformerEncoderLayer", "Embedding", "PositionalEncoding", "Output"),
)  # fmt: skip
"""The best known layers of each group; the others of a group follow in the catalogue's order."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of the catalogue as an answer.

    `values` are the parameters to set, those that differ from the defaults; `ports` the inputs that take what
    arrives, in its order; `outputs` what would leave, where that is known. `reason` says why it does not fit.
    """

    layer: Layer
    values: Values = msgspec.field(default_factory=dict)
    ports: tuple[str, ...] = ()
    outputs: Mapping[str, TensorType] = msgspec.field(default_factory=dict)
    reason: str = ""

    @property
    def fits(self) -> bool:
        return not self.reason


def accepts(
    arriving: Sequence[TensorType | None],
    *,
    after: str = "",
    fields: Mapping[str, DataField] | None = None,
    inside: bool = False,
    instead: Layer | None = None,
    kept: Values | None = None,
    leaving: Mapping[str, TensorType] | None = None,
) -> tuple[Offer, ...]:
    """Every layer of the catalogue, best first: those that take the tensors that arrive, then the others with a reason.

    A type of None is not known yet: then every layer with an input for it is offered. No tensors at all ask for
    layers at which data enters. `after` is the group of the layer that the first tensor comes from. `inside` says that
    the place is inside a block.

    For a swap, `instead` is the layer to be replaced, `kept` its parameter values (those of the same name stay) and
    `leaving` what leaves it now: layers that give the same come first, then those of its group.
    """
    known = fields or {}
    offers = [
        _out_of_place(entry, inside) or _offer(entry, arriving, known, kept or {})
        for entry in layers().values()
        if instead is None or entry.type != instead.type
    ]
    return tuple(_ranked(offers, _groups(arriving, after), instead, leaving))


def offer(
    type: str, arriving: Sequence[TensorType | None], *, fields: Mapping[str, DataField] | None = None
) -> Offer | None:
    """What one layer of the catalogue says to the tensors that arrive; None for a type that is not in it."""
    entry = layer(type)
    return _offer(entry, arriving, fields or {}, {}) if entry is not None else None


def feeds(
    target: Layer | None,
    values: Values,
    port: str,
    *,
    fields: Mapping[str, DataField],
    inside: bool = False,
) -> tuple[Offer, ...]:
    """Layers whose output could be wired to an input of a layer; an input layer is asked what it would send there.

    `target` is None for what has no rule to ask: a block, or a layer that is not known here.
    """
    found = []
    for entry in layers().values():
        own = entry.defaults()
        if not entry.output_ports(own):
            reason = tr("{layer} ends the network: nothing comes out of it.", layer=tr(entry.label))
            found.append(Offer(layer=entry, reason=reason))
        elif (refused := _out_of_place(entry, inside)) is not None:
            found.append(refused)
        elif entry.role == "input" and target is not None:
            found.append(_feeding(entry, target, values, port, fields))
        else:
            found.append(Offer(layer=entry))
    before = tuple(g for g, following in _NEXT.items() if target is not None and target.group in following)
    return tuple(_ranked(found, ("Input and output", *before), None, None))


def _feeding(
    entry: Layer, target: Layer, values: Values, port: str, fields: Mapping[str, DataField]
) -> Offer:
    try:
        sent = next(iter(entry.infer(Use(inputs={}, values=entry.defaults(), fields=fields)).values()))
    except ShapeError:
        return Offer(layer=entry)  # it has to be set up first: its own sentence will say how
    resolved, _ = resolve(target.parameters, values)
    wired = {port: sent} | {p.name: sent for p in target.input_ports(resolved) if not p.optional}
    _, error = _asked(target, Use(inputs=wired, values=resolved, fields=fields))
    return Offer(
        layer=entry, reason=_sentence(error) if error is not None and error.port in ("", port) else ""
    )


def _out_of_place(entry: Layer, inside: bool) -> Offer | None:
    """The refusal of a layer that belongs inside a block, or outside of every block; None where it may stand here."""
    if entry.role in ("entry", "exit") and not inside:
        reason = tr("{layer} is for the inside of a block: enter one first.", layer=tr(entry.label))
        return Offer(layer=entry, reason=reason)
    if entry.role in ("input", "output") and inside:
        reason = tr(
            "{layer} meets the data, outside of blocks: use a block input or a block output here.",
            layer=tr(entry.label),
        )
        return Offer(layer=entry, reason=reason)
    return None


def why_unfit(
    entry: Layer,
    values: Values,
    port: str,
    arriving: TensorType,
    others: Mapping[str, TensorType],
    fields: Mapping[str, DataField],
) -> str:
    """Why a layer with its settings cannot take a tensor at one of its inputs, beside what arrives at the others; ""
    where it can. Required inputs that are not wired yet are taken to get the same."""
    resolved, _ = resolve(entry.parameters, values)
    ports = [p for p in entry.input_ports(resolved) if not p.optional or p.name in others or p.name == port]
    inputs = {p.name: arriving if p.name == port else others.get(p.name, arriving) for p in ports}
    _, error = _asked(entry, Use(inputs=inputs, values=resolved, fields=fields))
    open = {p.name for p in ports if p.name != port and p.name not in others}
    return _sentence(error) if error is not None and error.port not in open else ""


# -- one layer -------------------------------------------------------------------------------------------------------
def _offer(
    entry: Layer, arriving: Sequence[TensorType | None], fields: Mapping[str, DataField], kept: Values
) -> Offer:
    values = _start(entry, len(arriving), kept)
    ports = entry.input_ports(values)
    reason = _wires(entry, ports, len(arriving))
    if reason:
        return Offer(layer=entry, reason=reason)
    taken = _ports(ports, len(arriving))
    sure = [type for type in arriving if type is not None]
    unasked = not arriving and (not fields or entry.role == "entry")  # nothing is known of what enters here
    if len(sure) < len(arriving) or unasked:
        return Offer(layer=entry, values=_set(entry, values), ports=taken)
    wired = dict(zip(taken, sure, strict=True))
    open = [port.name for port in ports if not port.optional and port.name not in wired]
    # What the other inputs will get is not known; most layers with several take tensors of one shape.
    inputs = {port.name: wired.get(port.name, sure[0]) for port in ports if port.name in (*wired, *open)}
    now, first = _suiting(entry, values, inputs), ""
    for _ in range(MOST_TRIES):
        outputs, error = _asked(entry, Use(inputs=inputs, values=now, fields=fields))
        if error is None or error.port in open:
            return Offer(layer=entry, values=_set(entry, now), ports=taken, outputs=outputs)
        first = first or _sentence(error)
        before, now = now, now | _suggested(entry, error)
        if now == before:
            break
    return Offer(layer=entry, ports=taken, reason=first)


def _start(entry: Layer, wires: int, kept: Values) -> dict[str, Any]:
    """Defaults, with the values that stay at a swap, and as many inputs as wires where that can be said."""
    values, _ = resolve(entry.parameters, {k: v for k, v in kept.items() if k != "inputs"})
    inputs = entry.field("inputs")
    if callable(entry.inputs) and isinstance(inputs, IntField):
        values["inputs"] = min(max(wires, inputs.default), inputs.maximum)
    return values


def _wires(entry: Layer, ports: Sequence[Port], wires: int) -> str:
    """Why a layer cannot take this number of wires; "" where it can."""
    if not wires:
        alone = all(port.optional for port in ports)
        return "" if alone else tr("{layer} needs something wired to its input.", layer=tr(entry.label))
    if not ports:
        return tr("{layer} is where data enters: no wire can lead to it.", layer=tr(entry.label))
    if len(ports) < wires:
        takes = count(len(ports), "wire", "wires")
        return tr(
            "{layer} takes {takes}, but {wires} arrive: join them first.",
            layer=tr(entry.label),
            takes=takes,
            wires=wires,
        )
    return ""


def _ports(ports: Sequence[Port], wires: int) -> tuple[str, ...]:
    """The inputs that wires go to: required ones first."""
    return tuple(port.name for port in sorted(ports, key=lambda port: port.optional)[:wires])


def _suiting(entry: Layer, values: Values, inputs: Mapping[str, TensorType]) -> dict[str, Any]:
    """The settings, with those changed that have to follow from what arrives."""
    now = dict(values)
    for field in entry.parameters if inputs else ():
        suit = _SUIT.get(field.name)
        if suit is not None:
            now |= _accepted(field, suit(field, now[field.name], next(iter(inputs.values()))))
    return now


def _suggested(entry: Layer, error: ShapeError) -> dict[str, Any]:
    """The setting that the rule itself suggests; none where its way out is another one."""
    suggestion = next((s for s in error.suggestions if isinstance(s, SetParameter)), None)
    field = entry.field(suggestion.parameter) if suggestion is not None else None
    return _accepted(field, suggestion.value) if suggestion is not None and field is not None else {}


def _asked(entry: Layer, use: Use) -> tuple[Mapping[str, TensorType], ShapeError | None]:
    """What a layer's rule answers. A rule that stumbles over something it does not expect does not fit here."""
    try:
        return entry.infer(use), None
    except ShapeError as error:
        return {}, error
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return {}, ShapeError(tr("{layer} does not take what arrives here.", layer=tr(entry.label)))


def _sentence(error: ShapeError) -> str:
    """Why it does not fit, and the layer in between that would make it fit where the rule knows one."""
    way = next((s.sentence for s in error.suggestions if isinstance(s, InsertBefore)), "")
    return f"{error} {tr('Way out: {what}.', what=way[0].lower() + way[1:])}" if way else str(error)


def _accepted(field: Field, value: Any) -> dict[str, Any]:
    try:
        return {field.name: field.check(value)}
    except BadValue:
        return {}


def _set(entry: Layer, values: Values) -> dict[str, Any]:
    """Values that differ from the defaults."""
    return {field.name: v for field in entry.parameters if (v := values[field.name]) != field.default}


# -- settings that suit what arrives: by the parameter's name, which is torch's word -------------------------------
def _window(field: Field, value: Any, arriving: TensorType) -> Any:
    """A kernel that is nowhere larger than what it slides over."""
    sizes = [axis.size.value for axis in arriving.axes if axis.meaning in SPATIAL]
    if not isinstance(field, SizesField) or len(sizes) != field.dimensions:
        return value
    return tuple(k if size is None else max(1, min(k, size)) for k, size in zip(value, sizes, strict=True))


def _divisor(field: Field, value: Any, arriving: TensorType) -> Any:
    """The largest number, at most the given one, that divides the features or channels."""
    whole = arriving.axes[class_axis(arriving)].size.value
    if whole is None or not isinstance(value, int) or value < 1:
        return value
    return next(n for n in range(min(value, max(whole, 1)), 0, -1) if whole % n == 0)


def _no_fewer(field: Field, value: Any, arriving: TensorType) -> Any:
    """At least as many channels as arrive: a network that narrows by accident learns badly."""
    arrive = arriving.axes[class_axis(arriving)].size.value
    return max(value, arrive) if arrive is not None and value == field.default else value


_SUIT: Mapping[str, Callable[[Field, Any, TensorType], Any]] = {
    "kernel_size": _window,
    "num_heads": _divisor,
    "num_groups": _divisor,
    "out_channels": _no_fewer,
}


# -- the order -------------------------------------------------------------------------------------------------------
def kind(arriving: Sequence[TensorType | None]) -> str:
    """ "image" (signals and volumes too), "row", "sequence", "tokens" or "several"; "" for anything else."""
    if len(arriving) > 1:
        return "several"
    type = arriving[0] if arriving else None
    if type is None:
        return ""
    if type.element == "int":
        return "tokens"
    if any(meaning in SPATIAL for meaning in type.meanings):
        return "image"
    return "sequence" if "time" in type.meanings else "row"


def _groups(arriving: Sequence[TensorType | None], after: str) -> tuple[str, ...]:
    """Groups in the order in which they are wanted; what was just there is wanted less."""
    if not arriving:
        return ("Input and output",)
    usual = _USUAL.get(kind(arriving), ())
    following = _NEXT.get(after, ()) if len(arriving) == 1 else ()
    others = [group for group in usual if group != after or group == "Input and output"]
    return tuple(dict.fromkeys((*following, *others, *usual)))


def _ranked(
    offers: Iterable[Offer],
    groups: tuple[str, ...],
    instead: Layer | None,
    leaving: Mapping[str, TensorType] | None,
) -> list[Offer]:
    """The best of each group in turn, so that the first rows of a list show what there is."""
    place = {group: i for i, group in enumerate(groups)}
    first = {type: i for i, type in enumerate(_FIRST)}
    within: dict[tuple[str, bool, bool], int] = {}
    keyed = []
    for offer in sorted(offers, key=lambda offer: first.get(offer.layer.type, len(first))):
        entry = offer.layer
        series = (entry.group, entry.common, offer.fits)
        turn = within[series] = within.get(series, -1) + 1
        alike = (
            (not leaving or dict(offer.outputs) != dict(leaving), entry.group != instead.group)
            if instead is not None
            else (False, False)
        )
        at = place.get(entry.group, len(place))
        keyed.append(((not offer.fits, *alike, not entry.common, at == len(place), turn, at), offer))
    return [offer for _, offer in sorted(keyed, key=lambda pair: pair[0])]
