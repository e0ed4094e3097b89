from __future__ import annotations

from typing import Any

import msgspec
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import resolve
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError, Use
from nndesigner.layers.inputs import field_of

IMAGE = DataField(
    name="scan",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 3), ("height", 8), ("width", 6)),
)
OTHER = msgspec.structs.replace(IMAGE, name="mask", axes=(("channel", 1), ("height", 8), ("width", 6)))
TEXT = DataField(
    name="text", role="either", kind="tokens", element="int", axes=(("time", 7),), tokens=tuple("abcde")
)


def arriving(type: str, *fields: DataField, **values: Any) -> TensorType:
    return layers()[type].infer(_use(type, fields, values))["y"]


def _use(type: str, fields: tuple[DataField, ...], values: dict[str, Any]) -> Use:
    good, bad = resolve(layers()[type].parameters, values)
    assert not bad
    return Use(inputs={}, values=good, fields={f.name: f for f in fields})


def refusal(type: str, *fields: DataField, **values: Any) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        arriving(type, *fields, **values)
    return caught.value


def test_sizes_follow_the_data() -> None:
    assert arriving("ImageInput", IMAGE, OTHER) == tensor(channel=3, height=8, width=6)
    assert arriving("ImageInput", IMAGE, OTHER, field="mask") == tensor(channel=1, height=8, width=6)


def test_sizes_may_be_set_or_left_free() -> None:
    assert arriving("ImageInput", IMAGE, height="H", width=6) == tensor(channel=3, height="H", width=6)
    assert arriving("TableInput", features=4) == tensor(feature=4)


def test_the_vocabulary_travels_with_the_tokens() -> None:
    assert arriving("TokensInput", TEXT).values == 5
    assert arriving("TokensInput", TEXT, vocabulary=300).values == 300
    error = refusal("TokensInput", TEXT, vocabulary=3)
    assert error.parameter == "vocabulary" and "5 different tokens" in str(error)


def test_without_data_a_size_is_asked_for() -> None:
    error = refusal("TableInput")
    assert error.parameter == "features" and "not known yet" in str(error)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refusal("ImageInput", IMAGE, field="xray"), "no field “xray”. It has: scan"),
        (refusal("ImageInput", IMAGE, TEXT, field="text"), "holds tokens values; this input reads images"),
        (refusal("SequenceInput", IMAGE), "no field of series to read. It has: scan (image)"),
        (refusal("ImageInput", IMAGE, channels=1), "set to 1, but the data has 3"),
        (refusal("ImageInput", msgspec.structs.replace(IMAGE, axes=(("height", 8),))), "has 1 axes"),
    ],
    ids=["unknown field", "other kind", "nothing fits", "other size", "other rank"],
)
def test_what_the_data_does_not_have_is_said(error: ShapeError, sentence: str) -> None:
    assert sentence in str(error)


def test_every_input_reads_one_kind_of_data() -> None:
    drawn = {"NoiseInput"}
    reading = {type for type, entry in layers().items() if entry.reads}
    assert reading == {type for type, entry in layers().items() if entry.role == "input"} - drawn
    assert field_of(_use("ImageInput", (IMAGE, OTHER), {"field": "mask"}), "image") == OTHER
    assert field_of(_use("ImageInput", (), {}), "image") is None
