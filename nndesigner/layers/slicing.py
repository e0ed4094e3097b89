"""Parts of what arrives: slices, crops, several parts on several wires; and steps moved around or turned back."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, IntField, Values
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import STEPS, axis_field, chosen_axis, resized, without
from nndesigner.layers.declaration import (
    SPATIAL,
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Slices,
    Use,
    function,
)
from nndesigner.layers.reshaping import WholeNumbersField, numbers

POSITIONS = "time or positions, else channels or features"


# -- slice -------------------------------------------------------------------------------------------------------
def _sliced(use: Use) -> tuple[int, Size]:
    """The axis, and the length that is left of it. Raises ShapeError."""
    x = use.x
    position = chosen_axis(use, "Slice", STEPS)
    have, start, stop, step = x.sizes[position], int(use["start"]), int(use["stop"]), int(use["step"])
    first = have + start if start < 0 else Size.of(start)
    end = have if stop == 0 else have + stop if stop < 0 else Size.of(stop)
    length, known = end - first, have.value
    empty = length.value is not None and length.value < 1
    if (
        known is not None and (empty or not (first.value or 0) >= 0 or not (end.value or 0) <= known)
    ) or empty:
        raise ShapeError(
            tr(
                "A slice from {start} to {stop} does not lie within the {have} values along the axis.",
                start=start,
                stop=stop or tr("the end"),
                have=have,
            ),
            parameter="stop" if start == 0 else "start",
            suggestions=(SetParameter("stop" if start == 0 else "start", 0, tr("Take all of it")),),
        )
    return position, (length - 1) // step + 1


def _slice(use: Use) -> dict[str, TensorType]:
    position, length = _sliced(use)
    return {"y": resized(use.x, position, length)}


def _lower_slice(use: Use) -> Lowering:
    position, _ = _sliced(use)
    bounds: tuple[int | None, ...] = (use["start"] or None, use["stop"] or None)
    if use["step"] != 1:
        bounds = (*bounds, use["step"])
    if bounds == (None, None):
        return Lowering(outputs={"y": Ref("x")})
    return Lowering(outputs={"y": Ref("x", (Slices((*(None,) * position, bounds)),))})


SLICE = Layer(
    type="Slice",
    label="Slice",
    group="Shape",
    stem="slice",
    summary="Takes a stretch of an axis: from one place to another, every so many.",
    help="The last steps of a series, half of the channels, every second pixel. Places count from 0; negative ones"
    " count from the end.",
    formula="y = x[:, start:stop:step]",
    reference="torch slicing, ONNX Slice",
    synonyms=(
        "crop",
        "cut",
        "narrow",
        "range",
        "Cropping1D",
        "Cropping2D",
        "crop2dLayer",
        "stride",
        "last steps",
    ),
    parameters=(
        axis_field(POSITIONS),
        IntField(
            name="start",
            label="From",
            default=0,
            minimum=-1_000_000,
            maximum=1_000_000,
            help="The first place that is taken; −3 is the last but two.",
        ),
        IntField(
            name="stop",
            label="To",
            default=0,
            minimum=-1_000_000,
            maximum=1_000_000,
            help="The first place that is no longer taken; 0 goes on to the end, −1 leaves the last one out.",
        ),
        IntField(
            name="step",
            label="Every",
            default=1,
            minimum=1,
            maximum=1_000_000,
            help="1 takes every place, 2 every second.",
        ),
    ),
    linear=True,
    infer=_slice,
    lower=_lower_slice,
    card=lambda values: (
        f"{values['start'] or ''}:{values['stop'] or ''}"
        + (f":{values['step']}" if values["step"] != 1 else "")
    ),
    samples=(
        Sample(
            values={"start": 1, "stop": -1}, inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 5}
        ),
        Sample(
            values={"axis": "width", "start": -5, "stop": 6, "step": 2},
            inputs={"x": tensor(channel=3, height=4, width=8)},
        ),
        Sample(
            values={"axis": "feature", "stop": 2},
            inputs={"x": tensor(time="T", feature=4)},
            names={"N": 2, "T": 3},
        ),
    ),
)


# -- crop to another size ------------------------------------------------------------------------------------------
def _cropped(use: Use) -> tuple[int, ...]:
    """The axes that are cut to the size of the other input. Raises ShapeError."""
    x, like = use.x, use.inputs["like"]
    if x.meanings != like.meanings or x.rank < 3:
        raise ShapeError(
            tr(
                "Crop cuts one image or signal to the size of another of its kind; {x} and {like} arrive.",
                x=x,
                like=like,
            ),
            port="like",
        )
    cut = tuple(
        i for i, m in enumerate(x.meanings) if m in ("time", *SPATIAL) and x.sizes[i] != like.sizes[i]
    )
    for i in cut:
        have, want = x.sizes[i].value, like.sizes[i].value
        if have is not None and want is not None and want > have:
            raise ShapeError(
                tr(
                    "Crop makes smaller, but the {axis} {have} is less than {want}.",
                    axis=x.meanings[i],
                    have=have,
                    want=want,
                ),
                port="like",
            )
    return cut


def _crop(use: Use) -> dict[str, TensorType]:
    y = use.x
    for i in _cropped(use):
        y = resized(y, i, use.inputs["like"].sizes[i])
    return {"y": y}


def _lower_crop(use: Use) -> Lowering:
    x, like, cut = use.x, use.inputs["like"], _cropped(use)
    fixed = {i: (x.sizes[i].value, like.sizes[i].value) for i in cut}
    if cut and all(have is not None and want is not None for have, want in fixed.values()):
        bounds = []
        for i in range(cut[-1] + 1):
            have, want = fixed.get(i, (0, 0))
            first = ((have or 0) - (want or 0)) // 2
            bounds.append((first or None, first + (want or 0)) if i in cut else None)
        return Lowering(outputs={"y": Ref("x", (Slices(tuple(bounds)),))})
    calls: list[Call] = []
    value = Ref("x")
    for i in cut:
        calls += [
            Call(target=".size", args=(Ref("x"), i), step=f"have_{i}"),
            Call(target=".size", args=(Ref("like"), i), step=f"want_{i}"),
            Call(target="operator.sub", args=(Ref(f"have_{i}"), Ref(f"want_{i}")), step=f"over_{i}"),
            Call(target="operator.floordiv", args=(Ref(f"over_{i}"), 2), step=f"first_{i}"),
            Call(
                target="torch.narrow",
                args=(value, i, Ref(f"first_{i}"), Ref(f"want_{i}")),
                step=f"cut_{i}",
            ),
        ]
        value = Ref(f"cut_{i}")
    return Lowering(calls=tuple(calls), outputs={"y": value})


CROP_TO = Layer(
    type="CropTo",
    label="Crop to",
    group="Shape",
    stem="crop",
    summary="Cuts the middle out of an image or signal, as large as another one.",
    help="In a U-Net without padding, the maps on the way down are larger than those on the way up that they are"
    " joined with. The channels stay as they are.",
    formula="y = x[:, :, (H − h)/2 : (H − h)/2 + h, (W − w)/2 : (W − w)/2 + w]",
    reference="Ronneberger et al., U-Net: convolutional networks for biomedical image segmentation, 2015",
    synonyms=("center crop", "Cropping2D", "crop2dLayer", "CenterCrop", "align"),
    inputs=(Port("x"), Port("like", label="like", help="what has the size that is wanted")),
    common=False,
    linear=True,
    infer=_crop,
    lower=_lower_crop,
    samples=(
        Sample(
            inputs={"x": tensor(channel=3, height=7, width=6), "like": tensor(channel=2, height=4, width=6)}
        ),
        Sample(
            inputs={"x": tensor(channel=3, length=9), "like": tensor(channel=2, length="S")},
            names={"N": 2, "S": 5},
        ),
    ),
)


# -- several parts -------------------------------------------------------------------------------------------------
FEWEST, MOST = 2, 16


def _count(values: Values) -> int:
    """How many parts there are: as many as sizes are typed, else the number asked for."""
    sizes = values.get("sizes")
    if isinstance(sizes, str) and sizes.strip() not in ("", "0"):
        return min(max(len(sizes.split(",")), 1), MOST)
    count = values.get("parts", FEWEST)
    return count if type(count) is int and FEWEST <= count <= MOST else FEWEST


def _part_ports(values: Values) -> tuple[Port, ...]:
    return tuple(Port("y" if i == 0 else f"y{i + 1}", label=str(i + 1)) for i in range(_count(values)))


def _parts(use: Use) -> tuple[int, list[Size]]:
    """The axis, and the length of each part. Raises ShapeError."""
    position = chosen_axis(use, "Split")
    have, count = use.x.sizes[position], _count(use.values)
    if use["sizes"] != "0":
        sizes = numbers(use["sizes"])
        if len(sizes) > MOST or sum(sizes) != have or min(sizes) < 1:
            raise ShapeError(
                tr(
                    "The parts {sizes} do not add up to the {have} values along the axis.",
                    sizes=use["sizes"],
                    have=have,
                ),
                parameter="sizes",
                suggestions=(SetParameter("sizes", "0", tr("Make equal parts")),),
            )
        parts = [Size.of(size) for size in sizes]
    else:
        part = have.divided_exactly(count)
        if part is None:
            raise ShapeError(
                tr(
                    "{have} values along the axis cannot be split into {count} equal parts.",
                    have=have,
                    count=count,
                ),
                parameter="parts",
            )
        parts = [part] * count
    if use["drop"] and any(part != 1 for part in parts):
        raise ShapeError(
            tr(
                "The axis can only be dropped where every part has length 1; here they have {sizes}.",
                sizes=parts[0],
            ),
            parameter="drop",
            suggestions=(SetParameter("drop", False, tr("Keep the axis")),),
        )
    return position, parts


def _split(use: Use) -> dict[str, TensorType]:
    position, parts = _parts(use)
    kept = [without(use.x, (position,)) if use["drop"] else resized(use.x, position, part) for part in parts]
    if use["drop"] and use.x.rank == 2:
        raise ShapeError(
            tr("Split cannot drop the only axis of a row."),
            parameter="drop",
            suggestions=(SetParameter("drop", False, tr("Keep the axis")),),
        )
    return {port.name: type for port, type in zip(_part_ports(use.values), kept, strict=True)}


def _lower_split(use: Use) -> Lowering:
    position, _ = _parts(use)
    dim = position if position < use.x.rank - 1 else -1
    ports = _part_ports(use.values)
    if use["drop"]:
        call = Call(target="torch.unbind", keywords={"dim": dim}, step="parts")
    elif use["sizes"] != "0":
        call = Call(
            target="torch.split", args=(Ref("x"), numbers(use["sizes"])), keywords={"dim": dim}, step="parts"
        )
    else:
        call = Call(target="torch.chunk", args=(Ref("x"), len(ports)), keywords={"dim": dim}, step="parts")
    return Lowering(calls=(call,), outputs={port.name: Ref("parts", (i,)) for i, port in enumerate(ports)})


SPLIT = Layer(
    type="Split",
    label="Split",
    group="Shape",
    stem="split",
    summary="Cuts an axis into parts, each on a wire of its own.",
    help="Queries, keys and values out of one Linear layer; the two halves of a gated unit; mean and log-variance of"
    " a variational autoencoder. Concatenate puts parts together again.",
    formula="y₁ = x[:, :a], y₂ = x[:, a:a+b], …",
    reference="torch.chunk, torch.split, torch.unbind; ONNX Split",
    synonyms=("chunk", "unbind", "slice", "several outputs", "divide channels", "unstack", "tensor_split"),
    outputs=_part_ports,
    parameters=(
        axis_field("channels or features"),
        IntField(
            name="parts",
            label="Equal parts",
            default=2,
            minimum=FEWEST,
            maximum=MOST,
            help="How many parts of equal length there are.",
            shown_when=lambda values: bool(values["sizes"] == "0"),
        ),
        WholeNumbersField(
            name="sizes",
            label="Sizes",
            default="0",
            smallest=0,
            help="The length of each part, such as 16, 48; 0 makes equal parts.",
        ),
        BoolField(
            name="drop",
            label="Drop the axis",
            default=False,
            help="Where every part has length 1: leave the axis out, as unbind does.",
            advanced=True,
        ),
    ),
    linear=True,
    infer=_split,
    lower=_lower_split,
    card=lambda values: str(values["sizes"]) if values["sizes"] != "0" else f"{values['parts']}",
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"sizes": "1, 2, 3"}, inputs={"x": tensor(channel=6, length=4)}),
        Sample(values={"parts": 3, "axis": "time", "drop": True}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)


# -- moved around and turned back ------------------------------------------------------------------------------------
ROLL = Layer(
    type="Roll",
    label="Roll",
    group="Shape",
    stem="roll",
    summary="Moves the values along an axis; what leaves at one end comes in at the other.",
    help="Swin shifts its windows so, by half of one, that neighbours meet every other time. Two of them, for height"
    " and width, roll an image.",
    formula="y[i] = x[(i − shift) mod n]",
    reference="Liu et al., Swin transformer: hierarchical vision transformer using shifted windows, 2021",
    synonyms=("shift", "cyclic", "rotate", "shifted window", "circular"),
    parameters=(
        axis_field(POSITIONS),
        IntField(
            name="shift",
            label="By",
            default=1,
            minimum=-1_000_000,
            maximum=1_000_000,
            help="How far the values move towards the end; negative ones move towards the beginning.",
        ),
    ),
    common=False,
    linear=True,
    infer=lambda use: _turned(use, "Roll"),
    lower=lambda use: function("torch.roll", Ref("x"), use["shift"], chosen_axis(use, "Roll", STEPS)),
    card=lambda values: f"{values['shift']}",
    samples=(
        Sample(values={"shift": -2}, inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 5}),
        Sample(values={"axis": "width"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)
FLIP = Layer(
    type="Flip",
    label="Flip",
    group="Shape",
    stem="flip",
    summary="Turns the order of the values along an axis around.",
    help="A sequence read from its end, an image seen in a mirror. A second recurrent layer behind it reads backwards.",
    formula="y[i] = x[n − 1 − i]",
    reference="torch.flip",
    synonyms=("reverse", "mirror", "backwards", "flip left right"),
    parameters=(axis_field(POSITIONS),),
    common=False,
    linear=True,
    infer=lambda use: _turned(use, "Flip"),
    lower=lambda use: function("torch.flip", Ref("x"), (chosen_axis(use, "Flip", STEPS),)),
    card=lambda values: "" if values["axis"] == "auto" else str(values["axis"]),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"axis": "width"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


def _turned(use: Use, layer: str) -> dict[str, TensorType]:
    chosen_axis(use, layer, STEPS)
    return {"y": use.x}
