"""Between images and sequences of places, and between an image and its windows."""

from __future__ import annotations

from math import isqrt

from nndesigner.base.fields import IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import product
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
    Use,
    fixed,
)

IMAGE = ("channel", "height", "width")


# -- image and sequence --------------------------------------------------------------------------------------------
def _to_sequence(use: Use) -> dict[str, TensorType]:
    x = use.x
    if x.rank < 3 or x.meanings[1] != "channel" or any(m not in SPATIAL for m in x.meanings[2:]):
        raise ShapeError(
            tr(
                "Image to sequence takes channels first, then positions, but {axes} arrives.",
                axes=" × ".join(x.meanings),
            ),
            port="x",
        )
    axes = (x.axes[0], Axis("time", product(x.sizes[2:])), Axis("feature", x.sizes[1]))
    return {"y": TensorType(x.element, axes, x.values)}


def _lower_to_sequence(use: Use) -> Lowering:
    turned = Call(target="torch.transpose", args=(Ref("places" if use.x.rank > 3 else "x"), 1, 2))
    flat = Call(target="torch.flatten", args=(Ref("x"), 2), step="places")
    return Lowering(calls=(flat, turned) if use.x.rank > 3 else (turned,))


IMAGE_TO_SEQUENCE = Layer(
    type="ImageToSequence",
    label="Image to sequence",
    group="Shape",
    stem="tokens",
    summary="Makes every position of an image or signal a step of a sequence, row by row.",
    help="The channels become the features of each step, so that attention and recurrent layers can read an image."
    " Behind a convolution whose stride is its kernel it gives the patches of a vision transformer.",
    formula="N × C × H × W → N × (H·W) × C",
    reference="Dosovitskiy et al., An image is worth 16×16 words, 2021",
    synonyms=(
        "to tokens",
        "flatten",
        "patches",
        "rearrange b c h w -> b (h w) c",
        "channels last",
        "PatchEmbed",
    ),
    linear=True,
    infer=_to_sequence,
    lower=_lower_to_sequence,
    samples=(
        Sample(inputs={"x": tensor(channel=3, height="H", width=4)}, names={"N": 2, "H": 3}),
        Sample(inputs={"x": tensor(channel=3, length=5)}),
    ),
)


def _height_width(use: Use) -> tuple[int, int]:
    """Height and width of the image. Raises ShapeError."""
    x = use.x
    if x.rank != 3 or x.meanings[1] != "time":
        raise ShapeError(
            tr("Sequence to image takes time × feature, but {axes} arrives.", axes=" × ".join(x.meanings)),
            port="x",
        )
    steps, height = fixed(x.axes[1], "Sequence to image"), int(use["height"])
    if height and steps % height == 0:
        return height, steps // height
    side = isqrt(steps)
    if not height and side * side == steps:
        return side, side
    divisors = [n for n in range(1, side + 1) if steps % n == 0]
    raise ShapeError(
        tr("{steps} steps do not fill an image of height {height}.", steps=steps, height=height or side),
        parameter="height",
        suggestions=(
            SetParameter("height", divisors[-1], tr("Take the height {height}", height=divisors[-1])),
        ),
    )


def _to_image(use: Use) -> dict[str, TensorType]:
    height, width = _height_width(use)
    axes = (
        use.x.axes[0],
        Axis("channel", use.x.sizes[2]),
        Axis("height", Size.of(height)),
        Axis("width", Size.of(width)),
    )
    return {"y": TensorType(use.x.element, axes, use.x.values)}


SEQUENCE_TO_IMAGE = Layer(
    type="SequenceToImage",
    label="Sequence to image",
    group="Shape",
    stem="image",
    summary="Lays the steps of a sequence out as the positions of an image, row by row.",
    help="The way back from Image to sequence: features become channels. Without a height the image is square.",
    formula="N × (H·W) × C → N × C × H × W",
    reference="Dosovitskiy et al., An image is worth 16×16 words, 2021",
    synonyms=("to image", "unflatten", "fold tokens", "rearrange b (h w) c -> b c h w", "channels first"),
    parameters=(
        IntField(
            name="height",
            label="Height",
            default=0,
            minimum=0,
            maximum=65_536,
            help="Rows of the image; 0 makes it square.",
        ),
    ),
    common=False,
    linear=True,
    infer=_to_image,
    lower=lambda use: Lowering(
        calls=(
            Call(target="torch.transpose", args=(Ref("x"), 1, 2), step="channels"),
            Call(target="torch.unflatten", args=(Ref("channels"), 2, _height_width(use))),
        )
    ),
    card=lambda values: f"{values['height']}" if values["height"] else "",
    samples=(
        Sample(inputs={"x": tensor(time=9, feature=4)}),
        Sample(values={"height": 2}, inputs={"x": tensor(time=6, feature=4)}),
    ),
)


# -- windows -----------------------------------------------------------------------------------------------------
WINDOW = IntField(
    name="window",
    label="Window",
    default=7,
    minimum=1,
    maximum=65_536,
    help="Height and width of a window.",
)


def _grid(use: Use, port: str, layer: str) -> tuple[int, int, int]:
    """(channels, windows down, windows across) of the image at the port. Raises ShapeError."""
    x, window = use.inputs[port], int(use["window"])
    if x.meanings[1:] != IMAGE:
        raise ShapeError(
            tr("{layer} takes an image, but {axes} arrives.", layer=layer, axes=" × ".join(x.meanings)),
            port=port,
        )
    channels, height, width = (fixed(axis, layer, port) for axis in x.axes[1:])
    if height % window or width % window:
        fits = [n for n in range(window, 0, -1) if height % n == 0 and width % n == 0]
        raise ShapeError(
            tr(
                "Windows of {window} × {window} do not fill an image of {height} × {width}.",
                window=window,
                height=height,
                width=width,
            ),
            port=port,
            parameter="window",
            suggestions=(SetParameter("window", fits[0], tr("Take windows of {size}", size=fits[0])),),
        )
    return channels, height // window, width // window


def _partition(use: Use) -> dict[str, TensorType]:
    channels, down, across = _grid(use, "x", "Window partition")
    axes = (
        use.x.axes[0],
        Axis("window", Size.of(down * across)),
        Axis("time", Size.of(use["window"] ** 2)),
        Axis("feature", Size.of(channels)),
    )
    return {"y": TensorType(use.x.element, axes, use.x.values)}


def _lower_partition(use: Use) -> Lowering:
    channels, down, across = _grid(use, "x", "Window partition")
    window = use["window"]
    return Lowering(
        calls=(
            Call(
                target="torch.reshape",
                args=(Ref("x"), (-1, channels, down, window, across, window)),
                step="grid",
            ),
            Call(target="torch.permute", args=(Ref("grid"), (0, 2, 4, 3, 5, 1)), step="windows"),
            Call(
                target="torch.reshape", args=(Ref("windows"), (-1, down * across, window * window, channels))
            ),
        )
    )


WINDOW_PARTITION = Layer(
    type="WindowPartition",
    label="Window partition",
    group="Shape",
    stem="windows",
    summary="Cuts an image into square windows, each a short sequence of its positions.",
    help="Attention inside windows costs as much as the image is large, not its square; Swin rolls the image in between"
    " so that windows exchange. The windows are an axis of their own behind the batch.",
    formula="N × C × H × W → N × (H·W/w²) × w² × C",
    reference="Liu et al., Swin transformer: hierarchical vision transformer using shifted windows, 2021",
    synonyms=("swin", "window attention", "patches", "tiles", "space to depth"),
    parameters=(WINDOW,),
    common=False,
    linear=True,
    infer=_partition,
    lower=_lower_partition,
    card=lambda values: f"{values['window']}",
    samples=(
        Sample(values={"window": 2}, inputs={"x": tensor(channel=3, height=4, width=6)}),
        Sample(values={"window": 5}, inputs={"x": tensor(channel=2, height=5, width=5)}),
    ),
)


def _reverse(use: Use) -> dict[str, TensorType]:
    _, down, across = _grid(use, "like", "Window reverse")
    x, like, window = use.x, use.inputs["like"], int(use["window"])
    if x.rank != 4 or x.sizes[1] != down * across or x.sizes[2] != window * window:
        raise ShapeError(
            tr(
                "Window reverse expects {windows} windows of {places} places, but {shape} arrives.",
                windows=down * across,
                places=window * window,
                shape=x,
            ),
            port="x",
        )
    fixed(x.axes[3], "Window reverse")
    return {"y": TensorType(x.element, (x.axes[0], Axis("channel", x.sizes[3]), *like.axes[2:]), x.values)}


def _lower_reverse(use: Use) -> Lowering:
    _, down, across = _grid(use, "like", "Window reverse")
    window, channels = use["window"], fixed(use.x.axes[3], "Window reverse")
    return Lowering(
        calls=(
            Call(
                target="torch.reshape",
                args=(Ref("x"), (-1, down, across, window, window, channels)),
                step="windows",
            ),
            Call(target="torch.permute", args=(Ref("windows"), (0, 5, 1, 3, 2, 4)), step="grid"),
            Call(target="torch.reshape", args=(Ref("grid"), (-1, channels, down * window, across * window))),
        )
    )


WINDOW_REVERSE = Layer(
    type="WindowReverse",
    label="Window reverse",
    group="Shape",
    stem="image",
    summary="Puts windows together again to the image that they were cut from.",
    help="The way back from Window partition. The second input is an image of the size that is wanted, such as the one"
    " before the partition; its channels do not matter.",
    formula="N × (H·W/w²) × w² × C → N × C × H × W",
    reference="Liu et al., Swin transformer: hierarchical vision transformer using shifted windows, 2021",
    synonyms=("swin", "window merge", "fold", "untile", "depth to space"),
    inputs=(Port("x"), Port("like", label="like", help="an image of the size that is wanted")),
    parameters=(WINDOW,),
    common=False,
    linear=True,
    infer=_reverse,
    lower=_lower_reverse,
    card=lambda values: f"{values['window']}",
    samples=(
        Sample(
            values={"window": 2},
            inputs={"x": tensor(window=6, time=4, feature=3), "like": tensor(channel=1, height=4, width=6)},
        ),
        Sample(
            values={"window": 3},
            inputs={"x": tensor(window=1, time=9, feature=2), "like": tensor(channel=2, height=3, width=3)},
        ),
    ),
)
