from __future__ import annotations

from nndesigner.document.aligning import Box
from nndesigner.document.surroundings import MARGIN, TITLE, around, surroundings

BEFORE = {"a": Box(0, 0, 140, 44), "b": Box(0, 300, 140, 44)}
AFTER = {"a": (0.0, 0.0), "b": (200.0, 0.0)}


def test_a_frame_is_put_around_what_lay_in_it() -> None:
    frames = {"one": Box(-20, 280, 200, 100), "empty": Box(900, 900, 50, 50)}
    found = surroundings(BEFORE, AFTER, {}, frames)
    assert found.frames == {"one": (160, -60, 220, 140)}
    assert found.notes == {}


def test_a_note_keeps_its_distance_to_the_layer_it_stood_by_and_its_frame_grows_around_it() -> None:
    notes = {"n": Box(160, 300, 100, 40)}
    frames = {"f": Box(-20, 280, 400, 100)}
    found = surroundings(BEFORE, AFTER, notes, frames)
    assert found.notes == {"n": (360, 0)}
    x, _, width, _ = found.frames["f"]
    assert x <= 200 - MARGIN and x + width >= 460 + MARGIN


def test_a_note_never_covers_a_layer() -> None:
    notes = {"beside": Box(150, 0, 100, 40), "below": Box(0, 60, 100, 40)}
    found = surroundings(BEFORE, AFTER, notes, {})
    assert found.notes == {"beside": (0.0, 140.0)}, "below what keeps its place"


def test_what_stood_far_below_everything_stays_below_everything() -> None:
    found = surroundings(BEFORE, AFTER, {"n": Box(0, 1000, 100, 40)}, {})
    assert found.notes == {"n": (0.0, 1000.0 - 300.0)}


def test_nothing_around_nothing() -> None:
    assert surroundings({}, {}, {"n": Box(0, 0, 1, 1)}, {}).notes == {}
    x, y, width, height = around([Box(0, 0, 10, 10)])
    assert x <= -MARGIN and y <= -TITLE and x + width >= 10 + MARGIN and y + height >= 10 + MARGIN
    assert all(value % 20 == 0 for value in (x, y, width, height)), "on the grid"
