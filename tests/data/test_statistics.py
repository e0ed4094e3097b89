from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndesigner.base.data_field import DataField
from nndesigner.data import statistics
from nndesigner.data.statistics import median, moments, plain, summarize


def field(kind: str, **more: Any) -> DataField:
    element = "int" if kind in ("class", "tokens") else "float"
    return DataField(name="x", role="input", kind=kind, element=element, **more)


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_moments_are_numpys_whatever_the_chunk(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_CHUNK_VALUES", chunk)
    draw = np.random.RandomState(0)
    table = (draw.normal(size=(60, 3)) * [1, 100, 1e-3] + [0, 1e4, 5]).astype(np.float32)
    table[draw.uniform(size=table.shape) < 0.2] = np.nan
    rows = np.arange(0, 60, 2)
    found = moments(table, rows, -1)
    used = table[rows].astype(np.float64)
    assert found.minimum == pytest.approx(np.nanmin(used, axis=0))
    assert found.maximum == pytest.approx(np.nanmax(used, axis=0))
    assert found.mean == pytest.approx(np.nanmean(used, axis=0))
    assert found.std == pytest.approx(np.nanstd(used, axis=0))
    assert found.missing.tolist() == np.isnan(used).sum(axis=0).tolist()
    assert found.count.tolist() == (~np.isnan(used)).sum(axis=0).tolist()


def test_moments_of_channels() -> None:
    images = np.random.RandomState(0).randint(0, 256, (10, 3, 4, 5)).astype(np.uint8)
    found = moments(images, np.arange(10), 0)
    assert found.mean == pytest.approx(images.mean(axis=(0, 2, 3)))
    assert found.std == pytest.approx(images.astype(float).std(axis=(0, 2, 3)))


def test_a_column_without_values_is_zero_not_nan() -> None:
    table = np.full((4, 1), np.nan, np.float32)
    found = moments(table, np.arange(4), -1)
    assert (found.minimum[0], found.maximum[0], found.mean[0], found.std[0]) == (0, 0, 0, 0)
    assert found.missing[0] == 4 and median(table, np.arange(4))[0] == 0


def test_few_whole_numbers_get_a_bin_each() -> None:
    pixels = np.array([0, 0, 0, 3, 16, 16], np.float32).reshape(6, 1, 1, 1)
    found = summarize(field("image"), pixels, np.arange(6), {})
    assert found["histogram"] == {"start": -0.5, "end": 16.5, "counts": [3, 0, 0, 1, *[0] * 12, 2]}
    assert (found["minimum"], found["maximum"], found["missing"], found["samples"]) == (0, 16, 0, 6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-(2.0**127), 2.0**127, width=32), min_size=1, max_size=40))
def test_a_histogram_counts_every_value(values: list[float]) -> None:
    array = np.array(values, np.float32)[:, None]
    found = summarize(field("number"), array, np.arange(len(array)), {})
    assert sum(found["histogram"]["counts"]) == len(values)
    assert len(found["histogram"]["counts"]) <= statistics.MOST_BINS
    start, end = found["histogram"]["start"], found["histogram"]["end"]
    assert start <= min(values) + 1e-8 * abs(min(values)) and end >= max(values) - 1e-8 * abs(max(values))
    msgspec.json.decode(msgspec.json.encode(found))


def test_a_table_is_told_by_column() -> None:
    table = np.array([[1.5, 0], [2.5, 1], [np.nan, 1], [0.5, np.nan]], np.float32)
    found = summarize(field("table", columns=("size", "kind")), table, np.arange(4), {1: ("red", "blue")})
    size, kind = found["columns"]
    assert (size["name"], size["kind"], size["mean"], size["missing"]) == ("size", "number", 1.5, 1)
    assert sum(size["histogram"]["counts"]) == 3
    assert kind == {
        "name": "kind",
        "kind": "category",
        "missing": 1,
        "categories": 2,
        "counts": {"blue": 2, "red": 1},
    }
    assert found["missing"] == 2


def test_class_counts_hold_absent_classes() -> None:
    found = summarize(
        field("class", classes=("a", "b", "c")), np.array([0, 2, 2, 1]), np.array([0, 1, 2]), {}
    )
    assert found == {"samples": 3, "counts": [1, 0, 2]}


def test_tokens_are_counted() -> None:
    tokens = np.array([[0, 1, 1], [1, 2, 2]])
    found = summarize(field("tokens", tokens=("a", "b", "c", "d")), tokens, np.arange(2), {})
    assert found == {"samples": 2, "distinct": 3, "counts": {"b": 3, "c": 2, "a": 1}}


def test_very_wide_tables_stay_small() -> None:
    table = np.random.RandomState(0).normal(size=(20, 400)).astype(np.float32)
    found = summarize(field("table"), table, np.arange(20), {})
    histograms = [column for column in found["columns"] if "histogram" in column]
    assert len(found["columns"]) == 400 and len(histograms) == statistics.MOST_HISTOGRAMS
    assert max(len(column["histogram"]["counts"]) for column in histograms) == 16


def test_plain_numbers() -> None:
    assert plain(np.float32(0.1)) == 0.100000001
    assert plain(16) == 16.0 and isinstance(plain(np.float64(1)), float)


@pytest.mark.parametrize("low, high", [(0, 256), (3, 9), (7, 8)])
def test_bytes_are_counted_as_they_would_be_measured(low: int, high: int) -> None:
    draw = np.random.RandomState(0)
    pixels = draw.randint(low, high, (50, 3, 4, 5)).astype(np.uint8)
    rows = np.arange(5, 45)
    field = DataField(name="image", role="input", kind="image", element="float")
    by_bytes, by_values = (moments(x, rows, 0) for x in (pixels, pixels.astype(np.float32)))
    for name in ("minimum", "maximum", "mean", "std", "count", "missing"):
        assert getattr(by_bytes, name) == pytest.approx(getattr(by_values, name))
    bytes_say, values_say = (summarize(field, x, rows, {}) for x in (pixels, pixels.astype(np.float32)))
    assert bytes_say["histogram"] == values_say["histogram"]
    assert {k: v for k, v in bytes_say.items() if k != "histogram"} == pytest.approx(
        {k: v for k, v in values_say.items() if k != "histogram"}
    )
