"""The form in which a layer tells its whole story: ports, parameters, shape rule, counts, torch calls and help.

Palette, inspector, checker, compiler, source export, help pages and tests all read this one declaration. It is plain
Python over tensor types: torch is named in strings and never imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Field, Values, defaults
from nndesigner.base.problem import PENDING
from nndesigner.base.shapes import Axis, Size, TensorType
from nndesigner.base.text import tr


# -- ports ---------------------------------------------------------------------------------------------------
class Port(msgspec.Struct, frozen=True):
    """A named place where a wire starts or ends."""

    name: str
    label: str = ""
    help: str = ""
    optional: bool = False
    table: bool = False
    """whether a table of weights, which has no batch axis, may arrive here"""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A layer in use at one place: what arrives at its ports, its parameter values, the fields of the data.

    `inputs` lacks the optional ports that nothing is wired to.
    """

    inputs: Mapping[str, TensorType]
    values: Values
    fields: Mapping[str, DataField] = msgspec.field(default_factory=dict)

    def __getitem__(self, parameter: str) -> Any:
        return self.values[parameter]

    @property
    def x(self) -> TensorType:
        """What arrives at the port `x`."""
        return self.inputs["x"]


# -- remedies of a shape rule: a rule knows no ids, the checker turns these into edits -----------------------------
class InsertBefore(msgspec.Struct, frozen=True):
    """Put a layer of `type` on the wire that ends at `port`."""

    type: str
    port: str
    sentence: str
    values: Values = msgspec.field(default_factory=dict)


class SetParameter(msgspec.Struct, frozen=True):
    """Set a parameter of the node itself."""

    parameter: str
    value: Any
    sentence: str


class ReadAndTrust(msgspec.Struct, frozen=True):
    """Show the code of the node itself, and let the user say whether it may run."""

    sentence: str


Suggestion = InsertBefore | SetParameter | ReadAndTrust


class ShapeError(Exception):
    """What arrives does not fit: what arrived, what was expected, and ways out."""

    code = "shape"
    """of the problem that it becomes"""

    def __init__(
        self, message: str, *, port: str = "", parameter: str = "", suggestions: tuple[Suggestion, ...] = ()
    ):
        super().__init__(message)
        self.port, self.parameter, self.suggestions = port, parameter, suggestions


class Untrusted(ShapeError):
    """The user has not read and trusted the code of this layer yet."""

    code = "untrusted"


class Pending(ShapeError):
    """A worker has been asked, and has not answered yet."""

    code = PENDING


# -- lowering ------------------------------------------------------------------------------------------------
class Ref(msgspec.Struct, frozen=True):
    """The value of an input port or of an earlier step; `path` indexes into it (integers, or `Slices`)."""

    name: str
    path: tuple[Any, ...] = ()


class Slices(msgspec.Struct, frozen=True):
    """An index such as `[:, -1, 2:8]`: each item an integer, None for a full slice, or (start, stop) or (start, stop,
    step), in which None leaves a bound open."""

    items: tuple[int | tuple[int | None, ...] | None, ...]


class Constant(msgspec.Struct, frozen=True):
    """A torch constant by name, such as `torch.bool`; `-torch.inf` is the negative."""

    name: str


class Attribute(msgspec.Struct, frozen=True):
    """A tensor of the node's own module by name, such as the `weight` of an Embedding; or its flag `training`."""

    name: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One torch call.

    `target` is a class ("torch.nn.Conv2d", with `construct` its constructor arguments), a function
    ("torch.flatten"), or a method of the first argument (".size"). `args` and `keywords` are what it is called
    with: `Ref`s, tuples of them, and plain values.
    """

    target: str
    construct: Mapping[str, Any] | None = None
    args: tuple[Any, ...] = (Ref("x"),)
    keywords: Mapping[str, Any] = msgspec.field(default_factory=dict)
    step: str = ""
    """name by which later steps refer to the result; "" for the last step"""
    usual: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """torch's own defaults of the constructor arguments that are left out where they are usual"""
    named: bool = False
    """whether source gives the result a line of its own even where only one later step reads it"""
    code: str = ""
    """the text of a module that defines the class `target`, where torch does not"""

    @property
    def is_module(self) -> bool:
        return self.construct is not None

    @property
    def is_method(self) -> bool:
        return self.target.startswith(".")


class Buffer(msgspec.Struct, frozen=True, kw_only=True):
    """Constant numbers that belong to a node: nested tuples, and "float", "int" or "bool"."""

    values: Any
    element: str = "float"


class Learnable(msgspec.Struct, frozen=True, kw_only=True):
    """Learnable numbers that belong to a node itself: their shape, and how they begin.

    `begin` is "zeros", "ones", "normal" (mean 0, standard deviation `scale`), "uniform" (between −`scale` and
    `scale`) or "constant" (`scale` everywhere).
    """

    shape: tuple[int, ...]
    begin: str = "zeros"
    scale: float = 1.0


class Lowering(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of a node in order, and where each output port finds its value.

    At most one call is a module; it takes the node's name. Without calls an output is an input passed on. Buffers and
    learnable numbers are referred to as `Ref("@name")` and kept in the model as `<node>_<name>`; under the empty name
    learnable numbers are kept as the node itself.
    """

    calls: tuple[Call, ...] = ()
    buffers: Mapping[str, Buffer] = msgspec.field(default_factory=dict)
    learnable: Mapping[str, Learnable] = msgspec.field(default_factory=dict)
    outputs: Mapping[str, Ref | Attribute] = msgspec.field(default_factory=lambda: {"y": Ref("")})


def module(target: str, /, usual: Mapping[str, Any] = MappingProxyType({}), **construct: Any) -> Lowering:
    """The common case: one module, called with the port `x`, its result on the port `y`.

    Arguments equal to torch's own defaults, given in `usual`, are left out, and sizes that are the same along every
    axis are written once, so that exported source reads as a person would write it.
    """
    return Lowering(calls=(Call(target=target, construct=plain(construct, usual), usual=dict(usual)),))


def plain(construct: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments without those that torch would take anyway; (3, 3) and (3,) become 3."""
    simple = {
        key: value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
        for key, value in construct.items()
    }
    return {key: value for key, value in simple.items() if key not in usual or usual[key] != value}


def function(target: str, /, *args: Any, **keywords: Any) -> Lowering:
    """One function of the port `x` (or of the given arguments), its result on the port `y`."""
    return Lowering(calls=(Call(target=target, args=args or (Ref("x"),), keywords=keywords),))


# -- the declaration -----------------------------------------------------------------------------------------
Infer = Callable[[Use], Mapping[str, TensorType]]


def no_count(use: Use) -> int:
    return 0


def no_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    return Size.of(0)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters and inputs on which the contract test holds the declaration against torch."""

    values: Values = msgspec.field(default_factory=dict)
    inputs: Mapping[str, TensorType]
    names: Mapping[str, int] = msgspec.field(default_factory=lambda: {"N": 2})


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue.

    `type` is the saved word and never changes; `stem` begins the names of new nodes. `infer` raises ShapeError.
    `weights` counts learnable numbers; `macs` counts multiply-accumulates per sample, as an expression.
    `role` is "layer", "input", "output" or "penalty": a node without outputs whose value, the scalar `y` of its
    lowering, is added to the training loss times its parameter `weight`. `preserves` says that values keep their
    meaning (dropout, identity): advice looks through such layers. `linear` says that the layer is a linear (affine)
    map of what arrives: several in a row are no more than one. `spreads` says that a batch of one (a Parameter)
    beside whole batches is spread over their samples. `width` names the parameter that sets the size of the class axis
    of `y`.
    """

    type: str
    label: str
    group: str
    stem: str
    summary: str
    infer: Infer
    lower: Callable[[Use], Lowering]
    inputs: tuple[Port, ...] | Callable[[Values], tuple[Port, ...]] = (Port("x"),)
    outputs: tuple[Port, ...] | Callable[[Values], tuple[Port, ...]] = (Port("y"),)
    parameters: tuple[Field, ...] = ()
    weights: Callable[[Use], int] = no_count
    macs: Callable[[Use, Mapping[str, TensorType]], Size] = no_macs
    help: str = ""
    formula: str = ""
    reference: str = ""
    synonyms: tuple[str, ...] = ()
    role: str = "layer"
    reads: str = ""
    """of an input: the kind of data field that enters there"""
    activation: bool = False
    preserves: bool = False
    linear: bool = False
    spreads: bool = False
    width: str = ""
    covers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """further classes of torch.nn that are drawn with this layer, each with the sentence that says how"""
    common: bool = True
    """whether beginners see it in the palette at once"""
    card: Callable[[Values], str] = lambda values: ""
    """the few parameters worth a line on the node, such as "32 · 3×3" """
    samples: tuple[Sample, ...] = ()

    def input_ports(self, values: Values) -> tuple[Port, ...]:
        return self.inputs(values) if callable(self.inputs) else self.inputs

    def output_ports(self, values: Values) -> tuple[Port, ...]:
        return self.outputs(values) if callable(self.outputs) else self.outputs

    def defaults(self) -> dict[str, Any]:
        return defaults(self.parameters)

    def field(self, name: str) -> Field | None:
        return next((f for f in self.parameters if f.name == name), None)


# -- words that many rules need ------------------------------------------------------------------------------------
SPATIAL = ("length", "depth", "height", "width")


def class_axis(type: TensorType) -> int:
    """Where scores per class lie: the channel axis of channel-first values, else the last axis."""
    meanings = type.meanings
    return meanings.index("channel") if "channel" in meanings else len(meanings) - 1


def fixed(axis: Axis, layer: str, port: str = "x") -> int:
    """The integer length of an axis that a layer's weights depend on. Raises ShapeError while it is free."""
    value = axis.size.value
    if value is None:
        raise ShapeError(
            tr(
                "{layer} needs a fixed number of {what}s, but {size} is free here.",
                layer=layer,
                what=axis.meaning,
                size=axis.size,
            )
            + " "
            + tr("Give the input a fixed size, or pool the free axes away first."),
            port=port,
        )
    return value


def expect_float(use: Use, layer: str, port: str = "x") -> TensorType:
    """What arrives at the port, which must be floating point. Raises ShapeError with a layer that helps."""
    arrived = use.inputs[port]
    if arrived.element != "float":
        way_out = (
            InsertBefore("Embedding", port, tr("Insert an Embedding"))
            if arrived.element == "int"
            else InsertBefore("Cast", port, tr("Compute with them as real numbers"))
        )
        raise ShapeError(
            tr(
                "{layer} computes with real numbers, but {kind} arrive.",
                layer=layer,
                kind=tr("whole-number tokens") if arrived.element == "int" else tr("truth values"),
            ),
            port=port,
            suggestions=(way_out,),
        )
    return arrived


def expect_channels_first(x: TensorType, layer: str, port: str = "x") -> TensorType:
    """What arrives, which must not be a sequence of features. Raises ShapeError with a Permute as the way out."""
    if x.meanings == ("batch", "time", "feature"):
        raise ShapeError(
            tr("{layer} needs channels first, but {axes} arrives.", layer=layer, axes=" × ".join(x.meanings)),
            port=port,
            suggestions=(
                InsertBefore(
                    "Permute",
                    port,
                    tr("Insert a Permute (time × feature → channel × length)"),
                    {"order": "2, 1"},
                ),
            ),
        )
    return x
