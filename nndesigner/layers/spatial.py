"""Values in channels with one to three spatial axes: what must arrive, and how windows and borders change sizes."""

from __future__ import annotations

from math import isqrt

from nndesigner.base.shapes import Axis, Size, TensorType
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    InsertBefore,
    SetParameter,
    ShapeError,
    Use,
    expect_channels_first,
    expect_float,
)

AXES: dict[int, tuple[str, ...]] = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
MAPS = {1: "a signal", 2: "an image", 3: "a volume or a video"}
"""What has so many spatial axes."""


def small(dimensions: int) -> dict[str, int | str]:
    """Spatial axes of a sample for the contract test."""
    return dict(zip(AXES[dimensions], ((9,), (9, 8), (5, 4, 6))[dimensions - 1], strict=True))


def small_free(dimensions: int) -> dict[str, int | str]:
    """The same, free as far as a network can take them in: of a volume the depth."""
    free: dict[str, int | str] = {axis: axis[0].upper() for axis in AXES[dimensions]}
    return free if dimensions < 3 else {**free, "height": 4, "width": 6}


NAMES = {"N": 2, "L": 11, "H": 7, "W": 10, "D": 7}
"""Values for the free names of `small_free`."""
SIDES = {
    1: "start, end",
    2: "top, bottom, left, right",
    3: "front, back, top, bottom, left, right",
}
"""The order of borders, two for each spatial axis."""
Borders = tuple[tuple[int, int], ...]
"""Width of the border before and after the values, along each spatial axis."""


def expect_spatial(use: Use, layer: str, dimensions: int) -> TensorType:
    """What arrives, which must be batch × channel × `dimensions` spatial axes. Raises ShapeError."""
    x = expect_float(use, layer)
    wanted = " × ".join(("batch", "channel", *AXES[dimensions]))
    if x.rank != dimensions + 2:
        suggestion = _as_image(x, dimensions)
        raise ShapeError(
            tr(
                "{layer} takes {wanted}, but {shape} ({axes}) arrives.",
                layer=layer,
                wanted=wanted,
                shape=x,
                axes=" × ".join(x.meanings),
            ),
            port="x",
            suggestions=(suggestion,) if suggestion is not None else (),
        )
    return expect_channels_first(x, layer)


def _as_image(x: TensorType, dimensions: int) -> InsertBefore | None:
    """A Reshape of rows: to square grey or colour pictures where the number of values is such, or to one channel; of
    pictures: to volumes of one slice."""
    count = x.axes[-1].size.value
    if dimensions == 3 and x.meanings[1:] == ("channel", "height", "width") and len(x.names) == 1:
        maps, height, width = x.sizes[1:]
        sizes, sentence = f"{maps}, 1, {height}, {width}", tr("Insert a Reshape to volumes of one slice")
        return InsertBefore("Reshape", "x", sentence, {"to": "volume", "sizes": sizes})
    if x.rank != 2 or count is None or dimensions == 3:
        return None
    if dimensions == 1:
        sizes, sentence = f"1, {count}", tr("Insert a Reshape to one channel")
        return InsertBefore("Reshape", "x", sentence, {"to": "signal", "sizes": sizes})
    for channels in (1, 3):
        side = isqrt(count // channels)
        if side > 1 and side * side * channels == count:
            sizes = f"{channels}, {side}, {side}"
            sentence = tr("Insert a Reshape to images of {side} × {side}", side=side)
            return InsertBefore("Reshape", "x", sentence, {"to": "image", "sizes": sizes})
    return None


def slide(size: Size, kernel: int, stride: int, padding: int, dilation: int, ceil: bool = False) -> Size:
    """Positions of a window along an axis: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 (torch.nn.Conv2d, MaxPool2d)."""
    rest = size + (2 * padding - dilation * (kernel - 1) - 1)
    if not ceil:
        return rest // stride + 1
    steps = (rest + (stride - 1)) // stride + 1
    # torch drops a last window that would start inside the right padding
    if (
        size.value is not None
        and steps.value is not None
        and (steps.value - 1) * stride >= size.value + padding
    ):
        return steps - 1
    return steps


def check_room(layer: str, axis: Axis, out: Size, kernel: int, dilation: int = 1) -> None:
    """Raises ShapeError where the window is larger than the (padded) axis."""
    if out.value is not None and out.value < 1:
        raise ShapeError(
            tr(
                "The kernel of {layer} ({kernel}) is larger than the {axis} that arrives ({size}).",
                layer=layer,
                kernel=kernel,
                axis=axis.meaning,
                size=axis.size,
            ),
            port="x",
            parameter="kernel_size",
            suggestions=(
                SetParameter(
                    "kernel_size",
                    max(1, ((axis.size.value or 1) - 1) // dilation + 1),
                    tr("Shrink the kernel to fit"),
                ),
            ),
        )


def pad_widths(borders: Borders) -> tuple[int, ...]:
    """Borders as torch.nn.functional.pad takes them: last axis first."""
    return tuple(width for border in reversed(borders) for width in border)


def check_border(mode: str, axis: Axis, border: int, parameter: str) -> None:
    """Raises ShapeError where a border made of the input itself is wider than the input (torch.nn.functional.pad).

    `parameter` names the choice of the padding's values, which has "zeros"."""
    size = axis.size.value
    if size is None or mode in ("zeros", "replicate") or border < size + (mode == "circular"):
        return
    raise ShapeError(
        tr(
            "A {mode} border of {border} is wider than the {axis} that arrives ({size}).",
            mode=mode,
            border=border,
            axis=axis.meaning,
            size=size,
        ),
        parameter=parameter,
        suggestions=(SetParameter(parameter, "zeros", tr("Fill the border with zeros")),),
    )
