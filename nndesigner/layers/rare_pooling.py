"""The rarer kinds of pooling: by a power mean, over windows at random places, and back from the largest value."""

from __future__ import annotations

from math import prod
from typing import Any

from nndesigner.base.fields import Field, IntField, SizesField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
    module,
    plain,
)
from nndesigner.layers.spatial import AXES, NAMES, check_room, expect_spatial, slide, small, small_free


def _sizes(name: str, label: str, default: int, dimensions: int, help: str, minimum: int = 0) -> Field:
    return SizesField(
        name=name,
        label=label,
        default=(default,) * dimensions,
        dimensions=dimensions,
        minimum=minimum,
        help=help,
    )


def _strides(use: Use) -> tuple[int, ...]:
    return tuple(s or k for s, k in zip(use["stride"], use["kernel_size"], strict=True))


def _window(use: Use) -> dict[str, Any]:
    """The constructor arguments for the window, the stride only where it differs from the window."""
    return {"kernel_size": use["kernel_size"]} | (
        {} if _strides(use) == use["kernel_size"] else {"stride": _strides(use)}
    )


def _single(options: dict[str, Any]) -> dict[str, Any]:
    """Sizes along one axis as plain numbers."""
    return {key: value[0] if len(value) == 1 else value for key, value in options.items()}


# -- power-average pooling -----------------------------------------------------------------------------------------
def _power_average(dimensions: int) -> Layer:
    name, label = f"LPPool{dimensions}d", f"Power-average pool {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        if use["norm_type"] % 2 and use["norm_type"] != 1:
            raise ShapeError(
                tr("An odd power of negative values has no root: take an even one, or 1 for the sum."),
                parameter="norm_type",
                suggestions=(SetParameter("norm_type", 2, tr("Use the power 2")),),
            )
        axes = []
        for i, axis in enumerate(x.axes[2:]):
            out = slide(axis.size, use["kernel_size"][i], _strides(use)[i], 0, 1)
            check_room(label, axis, out, use["kernel_size"][i])
            axes.append(Axis(axis.meaning, out))
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="pool",
        summary="Replaces each window by the root of the sum of its powers.",
        help="With power 1 it is the sum over the window, with a large power it comes close to its largest size:"
        " something between average and max pooling. The power 2 sums up the energy of a pattern.",
        formula="y[c, p] = (Σ_k x[c, s·p + k]^q)^(1/q)",
        reference="Sermanet et al., Convolutional neural networks applied to house numbers digit classification, 2012",
        synonyms=("pooling", "lp pooling", "energy", "norm pooling", "power average"),
        parameters=(
            IntField(
                name="norm_type",
                label="Power",
                default=2,
                minimum=1,
                maximum=16,
                help="The exponent q; an even number, or 1 for the sum.",
            ),
            _sizes("kernel_size", "Window", 2, dimensions, "Size of the neighbourhood.", 1),
            _sizes("stride", "Stride", 0, dimensions, "Step of the window; 0 takes the window's own size."),
        ),
        common=False,
        infer=infer,
        lower=lambda use: module(f"torch.nn.{name}", norm_type=use["norm_type"], **_single(_window(use))),
        card=lambda v: "×".join(str(k) for k in v["kernel_size"]),
        samples=(
            Sample(inputs={"x": tensor(channel=2, **small_free(dimensions))}, names=NAMES),
            Sample(
                values={"norm_type": 1, "kernel_size": [3] * dimensions, "stride": [2] * dimensions},
                inputs={"x": tensor(channel=2, **small(dimensions))},
            ),
        ),
    )


# -- fractional pooling --------------------------------------------------------------------------------------------
def _fractional(dimensions: int) -> Layer:
    name, label = f"FractionalMaxPool{dimensions}d", f"Fractional max pool {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        axes = []
        for i, axis in enumerate(x.axes[2:]):
            kernel, out, size = use["kernel_size"][i], use["output_size"][i], axis.size.value
            room = None if size is None else size - kernel + (1 if dimensions == 2 else 0)  # as torch has it
            if room is not None and out > room:
                raise ShapeError(
                    tr(
                        "{out} windows of {kernel} do not fit into the {axis} that arrives ({size}).",
                        out=out,
                        kernel=kernel,
                        axis=axis.meaning,
                        size=size,
                    ),
                    parameter="output_size",
                    suggestions=(
                        SetParameter("output_size", [1] * dimensions, tr("Pool to one value per map"))
                        if room > 0
                        else SetParameter("kernel_size", [1] * dimensions, tr("Take windows of one value")),
                    ),
                )
            axes.append(Axis(axis.meaning, Size.of(out)))
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    def lower(use: Use) -> Lowering:
        # a negative value times a slope drawn from 0 to 1 while training, and ½ afterwards: torch's own layer would
        # go on drawing when the network is used
        shape = (Ref("batch"), Ref("channels"), dimensions)
        return Lowering(
            calls=(
                Call(target=".size", args=(Ref("x"), 0), step="batch"),
                Call(target=".size", args=(Ref("x"), 1), step="channels"),
                Call(target=".new_ones", args=(Ref("x"), shape), step="ones"),
                Call(target="torch.neg", args=(Ref("ones"),), step="below"),
                Call(
                    target="torch.nn.RReLU",
                    construct={"lower": 0.0, "upper": 1.0},
                    args=(Ref("below"),),
                    step="drawn",
                ),
                Call(target="torch.neg", args=(Ref("drawn"),), step="places"),
                Call(
                    target=f"torch.nn.functional.fractional_max_pool{dimensions}d",
                    args=(Ref("x"), use["kernel_size"]),
                    keywords={"output_size": use["output_size"], "_random_samples": Ref("places")},
                ),
            )
        )

    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="pool",
        summary="Takes the largest value of windows at slightly random places, down to the size that is asked for.",
        help="The sizes shrink by any factor, not only by whole ones, so a network can be deeper before its maps are"
        " used up. While training the windows' places are drawn at random for each sample and channel; afterwards they"
        " are spread evenly.",
        formula="y[c, i] = max over k of x[c, aᵢ + k], with aᵢ = ⌊α·(i + u)⌋ − ⌊α·u⌋, α = (n − k) / (m − 1)",
        reference="Graham, Fractional max-pooling, 2014",
        synonyms=("pooling", "random pooling", "stochastic pooling", "downsample"),
        parameters=(
            _sizes("kernel_size", "Window", 2, dimensions, "Size of each window.", 1),
            _sizes("output_size", "Output size", 2, dimensions, "Size of each map that comes out.", 1),
        ),
        covers={name: tr("its function, with places that are drawn while training only")},
        common=False,
        infer=infer,
        lower=lower,
        card=lambda v: "→ " + "×".join(str(k) for k in v["output_size"]),
        samples=(
            Sample(
                values={"output_size": [3] + [2] * (dimensions - 1)},
                inputs={"x": tensor(channel=2, **small_free(dimensions))},
                names=NAMES,
            ),
            Sample(
                values={"kernel_size": [3] * dimensions, "output_size": [2] + [1] * (dimensions - 1)},
                inputs={"x": tensor(channel=2, **small(dimensions))},
            ),
        ),
    )


# -- unpooling -----------------------------------------------------------------------------------------------------
def _unpool(dimensions: int) -> Layer:
    name, label = f"MaxUnpool{dimensions}d", f"Max unpool {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x, places = expect_spatial(use, label, dimensions), use.inputs["indices"]
        pool = f"MaxPool{dimensions}d"
        if places.element != "int":
            raise ShapeError(
                tr(
                    "{layer} puts values back to the places where a max pool found them: wire the output “indices” of"
                    " that {pool} here (its parameter “Places too” adds it).",
                    layer=label,
                    pool=pool,
                ),
                port="indices",
            )
        if places.sizes != x.sizes:
            raise ShapeError(
                tr(
                    "Each value has one place, but {values} values and {places} places arrive.",
                    values=x,
                    places=places,
                ),
                port="indices",
            )
        axes = [_grown(use, i, axis) for i, axis in enumerate(x.axes[2:])]
        room = prod(axis.size.value or 0 for axis in axes)
        if not places.values or places.values > room:
            raise ShapeError(
                tr(
                    "The places lie in maps of {have} values, but {layer} gives maps of {room}: set its output size to"
                    " the size that was pooled.",
                    have=places.values or tr("unknown size"),
                    layer=label,
                    room=room,
                ),
                port="indices",
                parameter="output_size",
            )
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    def _grown(use: Use, i: int, axis: Axis) -> Axis:
        """(n − 1)·s − 2p + k, or the size that is set, which differs by less than a step (torch.nn.MaxUnpool2d)."""
        stride, wanted = _strides(use)[i], use["output_size"][i]
        usual = (fixed(axis, label) - 1) * stride - 2 * use["padding"][i] + use["kernel_size"][i]
        nothing = (SetParameter("output_size", [0] * dimensions, tr("Take the usual size")),)
        if wanted and not usual - stride < wanted < usual + stride:
            raise ShapeError(
                tr(
                    "From {size} values {layer} can give between {low} and {high}, not {wanted}.",
                    size=axis.size,
                    layer=label,
                    low=max(1, usual - stride + 1),
                    high=usual + stride - 1,
                    wanted=wanted,
                ),
                parameter="output_size",
                suggestions=nothing,
            )
        if (wanted or usual) < 1:
            raise ShapeError(
                tr("The padding of {layer} cuts away all of the {axis}.", layer=label, axis=axis.meaning),
                parameter="padding",
                suggestions=(SetParameter("padding", [0] * dimensions, tr("Cut nothing away")),),
            )
        return Axis(axis.meaning, Size.of(wanted or usual))

    def lower(use: Use) -> Lowering:
        size = infer(use)["y"].shape({"N": 1})[2:]
        options = plain({**_window(use), "padding": use["padding"]}, {"padding": 0})
        unpool = Call(
            target=f"torch.nn.{name}",
            construct=options,
            args=(Ref("x"), Ref("indices")),
            keywords={"output_size": size} if any(use["output_size"]) else {},
        )
        return Lowering(calls=(unpool,))

    small_map = tensor(channel=2, **dict.fromkeys(AXES[dimensions], 2))

    def sample(values: dict[str, Any], side: int) -> Sample:
        places = TensorType("int", small_map.axes, side**dimensions)
        return Sample(values=values, inputs={"x": small_map, "indices": places})

    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="unpool",
        summary="Puts values back to where a max pool found them; all other places are zero.",
        help="A max pool with the parameter “Places too” tells where its values came from; wired here, they make the"
        " maps as large as they were. SegNet draws sharp outlines this way.",
        formula="y[c, places[c, p]] = x[c, p], all else 0",
        reference="Zeiler & Fergus, Visualizing and understanding convolutional networks, 2013; Badrinarayanan et al.,"
        " SegNet, 2015",
        synonyms=("unpooling", "upsampling", "maxUnpooling2dLayer", "SegNet"),
        inputs=(Port("x"), Port("indices", label="places", help="The output “indices” of the max pool.")),
        parameters=(
            _sizes("kernel_size", "Window", 2, dimensions, "Window of the max pool that is undone.", 1),
            _sizes("stride", "Stride", 0, dimensions, "Its stride; 0 takes the window's own size."),
            _sizes("padding", "Padding", 0, dimensions, "Its padding."),
            _sizes(
                "output_size",
                "Output size",
                0,
                dimensions,
                "Size of the maps before they were pooled; 0 takes the smallest that fits.",
            ),
        ),
        linear=True,
        common=False,
        infer=infer,
        lower=lower,
        card=lambda v: "×".join(str(k) for k in v["kernel_size"]),
        samples=(sample({}, 4), sample({"output_size": [5] * dimensions}, 5)),
    )


LP_POOL_1D = _power_average(1)
LP_POOL_2D = _power_average(2)
LP_POOL_3D = _power_average(3)
FRACTIONAL_MAX_POOL_2D = _fractional(2)
FRACTIONAL_MAX_POOL_3D = _fractional(3)
MAX_UNPOOL_1D = _unpool(1)
MAX_UNPOOL_2D = _unpool(2)
MAX_UNPOOL_3D = _unpool(3)
