from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndesigner.base.data_field import DataField
from nndesigner.data.preparation import fit, prepare, restore


def field(kind: str, role: str = "input", **more: Any) -> DataField:
    return DataField(name="x", role=role, kind=kind, element="float", **more)


def everything(array: np.ndarray) -> np.ndarray:
    return np.arange(len(array))


def fitted(
    kind: str, array: np.ndarray, role: str = "input", categories: Any = None, **values: Any
) -> DataField:
    return fit(field(kind, role), array, everything(array), values, categories or {})


def test_digits_are_rescaled_to_one() -> None:
    images = np.random.RandomState(0).randint(0, 17, (50, 1, 8, 8)).astype(np.float32)
    found = fitted("image", images)
    assert found.preparation == {"kind": "affine", "axis": 0, "offset": [0.0], "scale": [16.0]}
    ready = prepare(found, images)
    assert ready.dtype == np.float32 and ready.min() == 0 and ready.max() == 1


def test_bytes_are_rescaled_by_their_range_not_by_what_they_use() -> None:
    images = np.full((4, 3, 2, 2), 51, np.uint8)
    found = fitted("image", images)
    assert found.preparation["scale"] == [255.0]
    assert prepare(found, images) == pytest.approx(0.2)


def test_images_standardized_per_channel() -> None:
    draw = np.random.RandomState(1)
    images = (
        draw.normal(size=(200, 3, 5, 4)) * [[[[1]], [[10]], [[100]]]] + [[[[5]], [[0]], [[-7]]]]
    ).astype(np.float32)
    ready = prepare(fitted("image", images, preparation="standardize"), images)
    assert ready.mean(axis=(0, 2, 3)) == pytest.approx([0, 0, 0], abs=1e-4)
    assert ready.std(axis=(0, 2, 3)) == pytest.approx([1, 1, 1], abs=1e-4)


def test_a_table_is_filled_standardized_and_one_hot() -> None:
    nan = np.nan
    table = np.array([[1, 0, 5], [3, 1, 5], [nan, nan, 5], [5, 2, 5]], np.float32)
    found = fitted("table", table, categories={1: ("a", "b", "c")})
    assert found.axes == (("feature", 5),)
    assert [column["kind"] for column in found.preparation["columns"]] == ["number", "category", "number"]
    assert found.preparation["columns"][1] == {"kind": "category", "size": 3, "names": ["a", "b", "c"]}
    spread = np.std([1, 3, 5])
    assert prepare(found, table) == pytest.approx(
        np.array(
            [
                [-2 / spread, 1, 0, 0, 0],
                [0, 0, 1, 0, 0],
                [0, 0, 0, 0, 0],  # the mean stands in; the missing category is none of the three
                [2 / spread, 0, 0, 1, 0],
            ]
        ),
        abs=1e-6,
    )


def test_the_median_may_stand_in() -> None:
    table = np.array([[0], [1], [50], [np.nan]], np.float32)
    assert fitted("table", table, fill="median").preparation["columns"][0]["fill"] == 1
    assert fitted("table", table, fill="mean").preparation["columns"][0]["fill"] == 17


def test_unknown_category_codes_become_zeros() -> None:
    table = np.array([[0], [1]], np.float32)
    found = fitted("table", table, categories={0: ("a", "b")})
    assert prepare(found, np.array([[7], [np.nan]], np.float32)).tolist() == [[0, 0], [0, 0]]


def test_none_leaves_values_as_they_are() -> None:
    table = np.array([[1, 2], [3, 4]], np.float32)
    found = fitted("table", table, preparation="none")
    assert found.preparation == {} and np.array_equal(prepare(found, table), table)
    with_gap = np.array([[1, 2], [3, np.nan]], np.float32)
    found = fitted("table", with_gap, preparation="none")
    assert prepare(found, with_gap).tolist() == [[1, 2], [3, 2]]


def test_series_are_standardized_per_feature() -> None:
    series = (np.random.RandomState(2).normal(size=(40, 9, 2)) * [1, 50] + [0, 300]).astype(np.float32)
    found = fitted("series", series)
    assert found.preparation["axis"] == -1 and len(found.preparation["offset"]) == 2
    ready = prepare(found, series)
    assert ready.mean(axis=(0, 1)) == pytest.approx([0, 0], abs=1e-4)
    assert ready.std(axis=(0, 1)) == pytest.approx([1, 1], abs=1e-4)


def test_classes_and_tokens_are_only_made_int64() -> None:
    for kind in ("class", "tokens"):
        plain = DataField(name="y", role="target", kind=kind, element="int")
        found = fit(plain, np.array([1, 2]), np.arange(2), {}, {})
        assert found is plain
        assert prepare(found, np.array([1, 2], np.int32)).dtype == np.int64


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(1, 30),
    k=st.integers(1, 4),
    level=st.floats(-1e4, 1e4),
    spread=st.floats(0, 1e4),
    how=st.sampled_from(["standardize", "none"]),
)
def test_restore_undoes_prepare(rows: int, k: int, level: float, spread: float, how: str) -> None:
    target = (np.random.RandomState(rows).normal(size=(rows, k)) * spread + level).astype(np.float32)
    found = fitted("number", target, role="target", target_preparation=how)
    back = restore(found, prepare(found, target))
    assert back == pytest.approx(target, rel=1e-5, abs=1e-4 * max(spread, 1e-3) + 1e-6 * abs(level))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from(["auto", "rescale", "standardize"]))
def test_only_the_training_samples_count(seed: int, how: str) -> None:
    draw = np.random.RandomState(seed)
    array = draw.normal(size=(30, 3)).astype(np.float32)
    train = np.sort(draw.permutation(30)[:20])
    rest = np.setdiff1d(np.arange(30), train)
    before = fit(field("table"), array, train, {"preparation": how, "fill": "median"}, {})
    array[rest] = draw.normal(size=(10, 3)) * 1e6
    array[rest[0], 0] = np.nan
    assert fit(field("table"), array, train, {"preparation": how, "fill": "median"}, {}) == before


@pytest.mark.parametrize("kind", ["table", "series", "image", "number"])
@pytest.mark.parametrize("how", ["standardize", "rescale"])
@pytest.mark.parametrize("level", [0.0, 0.1, -3e7])
def test_values_that_never_differ_become_nothing_infinite(kind: str, how: str, level: float) -> None:
    shape = {"table": (5, 2), "series": (5, 3, 2), "image": (5, 1, 2, 2), "number": (5, 2)}[kind]
    same = np.full(shape, level, np.float32)
    ready = prepare(fitted(kind, same, preparation=how), same)
    assert ready == pytest.approx(0, abs=1.0)
    assert np.all(np.isfinite(ready))


def test_a_preparation_travels_as_plain_data() -> None:
    table = np.array([[1, 0], [2, 1]], np.float32)
    found = fitted("table", table, categories={1: ("a", "b")})
    again = msgspec.json.decode(msgspec.json.encode(found), type=DataField)
    assert again == found
    assert np.array_equal(prepare(again, table), prepare(found, table))


def test_a_wrong_shape_and_an_impossible_way_back_are_said() -> None:
    table = np.ones((3, 2), np.float32)
    found = fitted("table", table)
    with pytest.raises(ValueError, match="2 columns"):
        prepare(found, np.ones((3, 5), np.float32))
    with pytest.raises(ValueError, match="cannot be undone"):
        restore(found, table)
