"""From a canvas to pixels: means of areas, the box and the centre of the data's own drawings, its range of values."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.gui.try_it import drawn


def field(images: np.ndarray, **more) -> DataField:
    """A field with these thumbnails, (n, height, width) bytes."""
    n, height, width = images.shape
    shown = [
        {
            "channels": 1,
            "height": height,
            "width": width,
            "pixels": base64.b64encode(images[i].tobytes()).decode(),
        }
        for i in range(n)
    ]
    given = {"statistics": {"minimum": 0.0, "maximum": 16.0}, **more}
    return DataField(
        name="image",
        role="input",
        kind="image",
        element="float",
        axes=(("channel", 1), ("height", height), ("width", width)),
        thumbnails=tuple(shown),
        **given,
    )


def bars(down: int = 4, paper: int = 0) -> DataField:
    """Upright bars, 20 of 28 pixels high, their middle at the row `down` + 10."""
    image = np.full((1, 28, 28), paper, np.uint8)
    image[0, down : down + 20, 12:16] = 255 - paper
    return field(np.repeat(image, 3, axis=0))


def canvas(height: int = 504, width: int = 504) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_a_pixel_is_the_mean_of_its_area() -> None:
    large = canvas(32, 16)
    large[:8, :4] = 255
    large[8:16, 4:6] = 200
    small = drawn.shrunk(large, 4, 4)
    assert small.shape == (4, 4, 3)
    assert small[0, 0, 0] == 255.0 and small[1, 1, 0] == 100.0 and small[3, 3, 0] == 0.0


def test_what_is_drawn_in_a_corner_is_laid_out_like_the_data() -> None:
    layout = drawn.layout_of(bars())
    assert layout.drawn and layout.paper == 0 and layout.ink == 255
    assert layout.height == pytest.approx(20 / 28)
    large = canvas()
    large[10:110, 400:420] = 255
    small = drawn.laid_out(large, layout, 28, 28)[..., 0]
    rows = np.flatnonzero(small.max(axis=1) > 100)
    columns = np.flatnonzero(small.max(axis=0) > 100)
    assert len(rows) == 20 and rows[0] == 4 and rows[-1] == 23
    assert columns.mean() == pytest.approx(13.5, abs=0.6)


def test_it_lies_where_theirs_do() -> None:
    small = drawn.laid_out(_bar(), drawn.layout_of(bars(down=7)), 28, 28)[..., 0]
    rows = np.flatnonzero(small.max(axis=1) > 100)
    assert rows[0] == 7 and rows[-1] == 26


def _bar() -> np.ndarray:
    large = canvas()
    large[10:110, 400:420] = 255
    return large


def test_dark_ink_on_light_paper() -> None:
    layout = drawn.layout_of(bars(paper=255))
    assert (layout.paper, layout.ink) == (255, 0)
    large = np.full((504, 504, 3), 255, np.uint8)
    large[10:110, 400:420] = 0
    small = drawn.laid_out(large, layout, 28, 28)[..., 0]
    assert small[14, 13] == 0.0 and small[0, 0] == 255.0


def test_an_empty_canvas_stays_empty() -> None:
    assert (drawn.laid_out(canvas(), drawn.layout_of(bars()), 28, 28) == 0).all()


def test_photographs_are_not_laid_out() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (4, 16, 16)).astype(np.uint8)
    assert not drawn.layout_of(field(noise)).drawn
    assert not drawn.layout_of(field(np.zeros((1, 8, 8), np.uint8))).drawn, "nothing is drawn in them"


def test_the_range_is_the_data_s() -> None:
    pixels = np.full((8, 8, 3), 255.0)
    made = drawn.values_of(pixels, field(np.zeros((1, 8, 8), np.uint8)))
    assert made.shape == (1, 8, 8) and made.dtype == np.float32 and (made == 16.0).all()
    bytes_field = field(np.zeros((1, 8, 8), np.uint8), statistics={"minimum": 0.0, "maximum": 251.0})
    assert (drawn.values_of(pixels, bytes_field) == 255.0).all()


def test_the_canvas_is_a_whole_multiple() -> None:
    for edge in (8, 28, 32, 224, 700):
        wide = field(np.zeros((1, edge, edge), np.uint8))
        height, width, times = drawn.canvas_size(wide)
        assert height == width == edge * times and times >= 1
