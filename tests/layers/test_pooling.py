from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model, use

IMAGE = ("ImageInput", {"channels": 2, "height": 6, "width": 6})


def segnet(**unpool: Any) -> Document:
    """Image → max pool → max unpool, places and all → output."""
    document = edits.new_document()
    ids = []
    for type, values in (
        ("ImageInput", {"channels": 2, "height": 6, "width": 7}),
        ("MaxPool2d", {"return_indices": True}),
        ("MaxUnpool2d", unpool),
        ("Output", {}),
    ):
        diff = edits.add_node(document, type, parameters=values)
        ids.append(next(iter(diff.added)))
        document = document.apply(diff)
    image, pool, back, end = ids
    for wire in ((image, "y", pool, "x"), (pool, "y", back, "x"), (pool, "indices", back, "indices")):
        document = document.apply(edits.connect(document, *wire))
    return document.apply(edits.connect(document, back, "y", end, "x"))


def test_unpooling_puts_the_largest_values_back_where_they_were() -> None:
    x = torch.randn(2, 2, 6, 7)
    y = build(check(segnet(output_size=[6, 7])))(x)
    torch.testing.assert_close(y[y != 0], x[y != 0])
    assert (y != 0).sum() == 2 * 2 * 3 * 3
    assert torch.equal(nn.functional.max_pool2d(y.abs(), 2) != 0, torch.ones(2, 2, 3, 3, dtype=torch.bool))


def test_places_beyond_the_new_map_are_refused_before_torch_is_asked() -> None:
    (problem,) = check(segnet()).errors
    assert "maps of 42 values" in problem.message and "maps of 36" in problem.message


def test_places_appear_as_a_second_output() -> None:
    entry, x = layers()["MaxPool2d"], tensor(channel=2, height=6, width="W")
    assert [port.name for port in entry.output_ports(entry.defaults())] == ["y"]
    asked = use("MaxPool2d", {"return_indices": True}, x=x)
    assert [port.name for port in entry.output_ports(asked.values)] == ["y", "indices"]
    assert entry.infer(asked)["indices"] == TensorType(
        "int", tensor(channel=2, height=3, width="W//2").axes, 0
    )


def test_unpooling_says_where_places_come_from() -> None:
    x = tensor(channel=2, height=3, width=3)
    with pytest.raises(ShapeError, match="Places too"):
        layers()["MaxUnpool2d"].infer(use("MaxUnpool2d", {}, x=x, indices=x))


def test_an_average_leaves_the_border_out_where_it_is_told_to() -> None:
    values = {"kernel_size": [3, 3], "stride": [1, 1], "padding": [1, 1]}
    ones = torch.ones(1, 2, 6, 6)
    counted = model(IMAGE, ("AvgPool2d", values))(ones)
    left_out = model(IMAGE, ("AvgPool2d", {**values, "count_include_pad": False}))(ones)
    assert counted[0, 0, 0, 0].item() == pytest.approx(4 / 9)
    assert torch.equal(left_out, ones)


def test_a_power_average_is_the_root_of_the_sum_of_powers() -> None:
    x = torch.randn(2, 2, 6, 6)
    y = model(IMAGE, ("LPPool2d", {"norm_type": 4}))(x)
    windows = x.unfold(2, 2, 2).unfold(3, 2, 2)
    torch.testing.assert_close(y, windows.pow(4).sum((4, 5)).pow(1 / 4))


def test_odd_powers_are_refused() -> None:
    with pytest.raises(ShapeError, match="odd power"):
        infer("LPPool2d", tensor(channel=2, height=6, width=6), norm_type=3)


def test_fractional_windows_move_while_training_only() -> None:
    layer = model(IMAGE, ("FractionalMaxPool2d", {"output_size": [4, 4]}))
    x = torch.randn(8, 2, 6, 6)
    assert torch.equal(layer(x), layer(x))
    layer.train()
    assert len({layer(x).sum().item() for _ in range(5)}) > 1
    largest = x.amax((2, 3))
    torch.testing.assert_close(layer(x).amax((2, 3)), largest, msg="the windows cover all of the map")


def test_fractional_windows_lie_where_the_formula_says() -> None:
    x = torch.arange(36.0).reshape(1, 1, 6, 6).expand(1, 2, 6, 6)
    y = model(IMAGE, ("FractionalMaxPool2d", {"output_size": [4, 4]}))(x)
    step = (6 - 2) / (4 - 1)
    starts = [int((i + 0.5) * step) - int(0.5 * step) for i in range(3)] + [4]
    assert y[0, 0, 0].tolist() == [start + 1 + 6.0 for start in starts]


@pytest.mark.parametrize("type", ["FractionalMaxPool2d", "FractionalMaxPool3d"])
def test_fractional_pooling_needs_room_for_its_windows(type: str) -> None:
    axes = {"depth": 3} if type.endswith("3d") else {}
    x = tensor(channel=1, **axes, height=3, width=3)
    with pytest.raises(ShapeError, match="do not fit") as caught:
        infer(type, x, output_size=[3] * (x.rank - 2))
    (mend,) = caught.value.suggestions
    infer(type, x, **{mend.parameter: mend.value})  # type: ignore[union-attr]


def test_global_pooling_of_volumes() -> None:
    assert infer("AdaptiveAvgPool3d", tensor(channel=2, depth="D", height=4, width=5)) == tensor(
        channel=2, depth=1, height=1, width=1
    )


def test_the_window_of_a_mean_over_volumes_fits_without_the_border() -> None:
    values = {"kernel_size": [3, 3, 3], "padding": [1, 1, 1]}
    small, large = (tensor(channel=1, depth=n, height=3, width=3) for n in (2, 3))
    with pytest.raises(ShapeError, match=r"kernel of Average pool 3-D \(3\) is larger than the depth.*\(2\)"):
        infer("AvgPool3d", small, **values)
    assert infer("MaxPool3d", small, **values) == tensor(channel=1, depth=1, height=1, width=1)
    assert infer("AvgPool3d", large, **values) == tensor(channel=1, depth=1, height=1, width=1)
