"""What a model does to raw values is what training did to them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.compiler import preparation
from nndesigner.compiler.build import build, with_preparation
from nndesigner.data.preparation import prepare, restore
from tests.networks import chain


def passed_on(field: DataField, type: str) -> torch.nn.Module:
    checked = check(chain([(type, {}), ("Output", {})], [field, field_of_itself(field)]))
    assert checked.ok, checked.errors
    return with_preparation(build(checked), checked).eval()


def field_of_itself(field: DataField) -> DataField:
    """A target of the shape that the field has when it is prepared, without a preparation of its own."""
    kind = {"image": "image", "table": "number", "series": "series"}[field.kind]
    return DataField(name="y", role="target", kind=kind, element="float", axes=field.axes)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("alike", [True, False])
def test_images_are_scaled_along_the_axis_that_was_measured(axis: int, alike: bool) -> None:
    rng = np.random.default_rng(0)
    count = 3 if axis == 0 else 5
    offset, scale = rng.normal(size=count), rng.uniform(0.5, 9.0, size=count)
    if alike:
        offset[:], scale[:] = offset[0], scale[0]
    field = DataField(
        name="image",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", 3), ("height", 4), ("width", 5)),
        preparation={"kind": "affine", "axis": axis, "offset": offset.tolist(), "scale": scale.tolist()},
    )
    raw = rng.normal(size=(6, 3, 4, 5)).astype(np.float32)
    have = passed_on(field, "ImageInput")(torch.from_numpy(raw))
    np.testing.assert_allclose(have.numpy(), prepare(field, raw), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_tables_of_numbers_and_categories_with_holes(seed: int) -> None:
    draw = random.Random(seed)
    columns: list[dict[str, Any]] = []
    for _ in range(draw.randint(1, 6)):
        if draw.random() < 0.5:
            size = draw.randint(1, 4)
            columns.append({"kind": "category", "size": size, "names": list("abcd"[:size])})
        else:
            numbers = {"fill": draw.gauss(0, 3), "offset": draw.gauss(0, 3), "scale": draw.uniform(0.1, 5)}
            columns.append({"kind": "number", **numbers})
    width = sum(column.get("size", 1) for column in columns)
    field = DataField(
        name="row",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", width),),
        preparation={"kind": "columns", "columns": columns},
    )
    rng = np.random.default_rng(seed)
    raw = np.stack(
        [
            rng.integers(-1, column["size"] + 1, 40) if column["kind"] == "category" else rng.normal(size=40)
            for column in columns
        ],
        axis=1,
    ).astype(np.float32)
    raw[rng.uniform(size=raw.shape) < 0.2] = np.nan
    have = passed_on(field, "TableInput")(torch.from_numpy(raw))
    np.testing.assert_allclose(have.numpy(), prepare(field, raw), rtol=1e-5, atol=1e-5)


def test_answers_come_back_in_the_units_of_the_data() -> None:
    field = DataField(
        name="y",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", 2),),
        preparation={"kind": "affine", "axis": -1, "offset": [10.0, -2.0], "scale": [3.0, 0.5]},
    )
    row = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 2),))
    checked = check(chain([("TableInput", {}), ("Output", {})], [row, field]))
    x = np.array([[1.0, 2.0], [-1.0, 0.0]], np.float32)
    have = with_preparation(build(checked), checked)(torch.from_numpy(x))
    np.testing.assert_allclose(have.numpy(), restore(field, x))
    np.testing.assert_allclose(have.numpy(), [[13.0, -1.0], [7.0, -2.0]])


def test_what_needs_nothing_gets_nothing() -> None:
    plain = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 2),))
    assert preparation.prepare(plain) is None and preparation.restore(plain) is None


def test_a_preparation_that_nobody_knows_is_named() -> None:
    odd = DataField(name="row", role="input", kind="table", element="float", preparation={"kind": "fourier"})
    with pytest.raises(ValueError, match="fourier"):
        preparation.prepare(odd)
