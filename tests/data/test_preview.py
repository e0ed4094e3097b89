from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.data.preview import MOST_PIXELS, choose, scatter, thumbnails


def field(kind: str, **more: Any) -> DataField:
    element = "int" if kind in ("class", "tokens") else "float"
    return DataField(name="x", role="input", kind=kind, element=element, **more)


def pixels(entry: dict[str, Any]) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(entry["pixels"]), np.uint8)
    return flat.reshape(entry["channels"], entry["height"], entry["width"])


def test_one_sample_of_each_class_first() -> None:
    labels = np.array([0] * 50 + [1] * 3 + [2])
    chosen = choose(np.arange(2, 54), labels, 6)
    assert labels[chosen].tolist() == [0, 1, 2, 0, 1, 0]
    assert choose(np.arange(5, 50), None, 3).tolist() == [5, 6, 7]
    assert len(choose(np.arange(2), labels, 8)) == 2


def test_a_small_image_is_shown_as_it_is() -> None:
    image = np.arange(64, dtype=np.float32).reshape(1, 1, 8, 8)
    (shown,) = thumbnails(field("image", statistics={"minimum": 0, "maximum": 63}), image, np.array([0]), {})
    assert (shown["sample"], shown["kind"]) == (0, "image")
    assert pixels(shown) == pytest.approx(np.rint(image[0] * 255 / 63))


@pytest.mark.parametrize("shape", [(3, 100, 80), (1, 33, 7), (4, 500, 20)])
def test_a_large_image_is_averaged(shape: tuple[int, int, int]) -> None:
    image = np.full((1, *shape), 100, np.uint8)
    image[..., : shape[2] // 2] = 200
    (shown,) = thumbnails(field("image"), image, np.array([0]), {})
    small = pixels(shown)
    assert small.shape[0] == shape[0] and small.shape[1] * small.shape[2] <= MOST_PIXELS**2
    assert small.mean() == pytest.approx(image.mean(), abs=3)


@pytest.mark.parametrize(
    ("shape", "shown_as"),
    [((100, 80), (32, 32)), ((8, 76), (8, 76)), ((8, 500), (8, 128)), ((2, 5000), (2, 256))],
)
def test_a_strip_keeps_more_of_its_length(shape: tuple[int, int], shown_as: tuple[int, int]) -> None:
    (shown,) = thumbnails(field("image"), np.zeros((1, 1, *shape), np.uint8), np.array([0]), {})
    assert pixels(shown).shape == (1, *shown_as)


def test_an_image_of_many_channels_shows_its_first() -> None:
    (shown,) = thumbnails(field("image"), np.zeros((1, 12, 4, 4), np.uint8), np.array([0]), {})
    assert shown["channels"] == 1


def test_rows_name_their_categories_and_gaps() -> None:
    table = np.array([[1.25, 0], [np.nan, np.nan], [0.1, 1]], np.float32)
    shown = thumbnails(field("table"), table, np.arange(3), {1: ("red", "blue")})
    assert [entry["values"] for entry in shown] == [[1.25, "red"], [None, None], [0.1, "blue"]]


def test_other_kinds() -> None:
    (series,) = thumbnails(field("series"), np.ones((1, 500, 6), np.float32), np.array([0]), {})
    assert len(series["points"]) == 4 and len(series["points"][0]) == 64
    (text,) = thumbnails(field("tokens", tokens=("a", "b")), np.array([[0, 1, 1]]), np.array([0]), {})
    assert text["text"] == "abb"
    (label,) = thumbnails(field("class", classes=("cat", "dog")), np.array([1]), np.array([0]), {})
    assert label == {"sample": 0, "kind": "class", "code": 1, "label": "dog"}
    (number,) = thumbnails(field("number"), np.array([[2.5]], np.float32), np.array([0]), {})
    assert number["values"] == [2.5]


def test_a_plane_is_scattered_with_its_classes() -> None:
    points = np.random.RandomState(0).normal(size=(1000, 2)).astype(np.float32)
    points[0] = np.nan
    labels = np.arange(1000) % 2
    shown = scatter(points, labels, np.arange(0, 1000, 3))
    assert len(shown["x"]) == len(shown["y"]) == len(shown["classes"]) <= 160
    assert set(shown["classes"]) == {0, 1}
    assert "classes" not in scatter(points, None, np.arange(3))
