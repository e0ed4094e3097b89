from __future__ import annotations

import pytest

from nndesigner.base.fields import BadValue
from nndesigner.base.shapes import tensor
from nndesigner.layers.axes import axes_field, chosen_axes, chosen_axis, named, position_of
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import use

IMAGE, SEQUENCE = tensor(channel=3, height=4, width=5), tensor(time="T", feature=6)


@pytest.mark.parametrize(
    ("wanted", "position"), [("width", 3), ("channel", 1), ("1", 1), ("-1", 3), ("-2", 2), ("3", 3)]
)
def test_an_axis_is_found_by_meaning_or_number(wanted: str, position: int) -> None:
    assert position_of(IMAGE, wanted, "Flip", parameter="axis") == position


@pytest.mark.parametrize("wanted", ["time", "4", "0", "-4"])
def test_an_axis_that_is_not_there_is_named_with_what_arrives(wanted: str) -> None:
    with pytest.raises(ShapeError, match="batch × channel × height × width"):
        position_of(IMAGE, wanted, "Flip", parameter="axis")


def test_automatic_is_what_the_layer_says_else_the_class_axis() -> None:
    flip = use("Flip", {}, x=SEQUENCE)
    assert chosen_axis(flip, "Flip", ("time",)) == 1
    assert chosen_axis(flip, "Flip") == 2
    assert chosen_axis(use("Flip", {}, x=IMAGE), "Flip") == 1


def test_several_axes_by_words_numbers_or_all() -> None:
    def over(axes: str) -> tuple[int, ...]:
        return chosen_axes(use("Reduce", {"axes": axes}, x=IMAGE), "Reduce", ("height", "width"))

    assert over("auto") == over("height, width") == over("-1, 2") == (2, 3)
    assert over("all") == (1, 2, 3)


def test_axes_are_kept_in_one_form_and_strange_words_refused() -> None:
    field = axes_field("positions")
    assert field.check("Height  x1".replace("x", ",")) == "height, 1"
    for text in ("", "hight", "1.5"):
        with pytest.raises(BadValue, match="words such as"):
            field.check(text)


def test_axes_that_are_left_get_the_names_that_layers_know() -> None:
    assert named(tensor(height=4).axes) == tensor(feature=4).axes
    assert named(tensor(channel=3, width=4).axes) == tensor(channel=3, length=4).axes
    assert named(IMAGE.axes) == IMAGE.axes
