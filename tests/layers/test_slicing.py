from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import Size, tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import answers, infer, use

SEQUENCE, IMAGE = tensor(time=6, feature=4), tensor(channel=3, height=7, width=6)


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 0, 1), (1, 4, 1), (-3, 0, 1), (0, -2, 2), (1, 0, 3), (-5, -1, 2)]
)
def test_a_slice_is_that_of_python(start: int, stop: int, step: int) -> None:
    x = torch.randn(2, 6, 4)
    (y,) = answers("Slice", {"start": start, "stop": stop, "step": step}, (SEQUENCE, x))
    assert y.equal(x[:, start or None : stop or None : step])
    assert infer("Slice", SEQUENCE, start=start, stop=stop, step=step).sizes[1] == y.shape[1]


@pytest.mark.parametrize(("start", "stop"), [(6, 0), (0, 7), (-7, 0), (4, 2), (3, -3)])
def test_a_slice_lies_within_what_arrives(start: int, stop: int) -> None:
    with pytest.raises(ShapeError, match="does not lie within the 6 values"):
        infer("Slice", SEQUENCE, start=start, stop=stop)


def test_a_free_length_stays_an_expression() -> None:
    assert infer("Slice", tensor(time="T", feature=4), start=1, stop=-1).sizes[1] == Size.of("T-2")


def test_the_middle_is_cut_out() -> None:
    x = torch.randn(2, 3, 7, 6)
    like = tensor(channel=8, height=4, width=6)
    assert answers("CropTo", {}, (IMAGE, x), (like, torch.zeros(2, 8, 4, 6)))[0].equal(x[:, :, 1:5])
    with pytest.raises(ShapeError, match="height 7 is less than 9"):
        layers()["CropTo"].infer(use("CropTo", {}, x=IMAGE, like=tensor(channel=8, height=9, width=6)))


def test_equal_parts_given_sizes_and_single_steps() -> None:
    x = torch.randn(2, 6, 4)
    for have, want in zip(answers("Split", {}, (SEQUENCE, x)), x.chunk(2, 2), strict=True):
        assert have.equal(want)
    for have, want in zip(
        answers("Split", {"sizes": "1, 3"}, (SEQUENCE, x)), x.split([1, 3], 2), strict=True
    ):
        assert have.equal(want)
    steps = answers("Split", {"axis": "time", "parts": 6, "drop": True}, (SEQUENCE, x))
    assert all(have.equal(x[:, i]) for i, have in enumerate(steps))


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ShapeError, match="3 equal parts"):
        infer("Split", SEQUENCE, parts=3)
    with pytest.raises(ShapeError, match="do not add up to the 4"):
        infer("Split", SEQUENCE, sizes="1, 2")
    with pytest.raises(ShapeError, match="every part has length 1"):
        infer("Split", SEQUENCE, drop=True)


def test_roll_and_flip() -> None:
    x = torch.randn(2, 6, 4)
    assert answers("Roll", {"shift": 2}, (SEQUENCE, x))[0].equal(x.roll(2, 1))
    assert answers("Flip", {"axis": "feature"}, (SEQUENCE, x))[0].equal(x.flip(2))
