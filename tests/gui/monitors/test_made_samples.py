"""Views of what networks make and give back: samples, reconstructions, codes, and a discriminator's scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from nndesigner.check.check import check
from nndesigner.gui.monitors.discriminator_scores import DISCRIMINATOR_SCORES_VIEW
from nndesigner.gui.monitors.generated import GENERATED_VIEW
from nndesigner.gui.monitors.image_grid import ImageGrid, as_images
from nndesigner.gui.monitors.latent_space import LATENT_SPACE_VIEW
from nndesigner.gui.monitors.monitor import views
from nndesigner.gui.monitors.reconstructions import RECONSTRUCTIONS_VIEW
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_over_time import shown
from tests.objectives.known import example
from tests.training.small import mlp

NAMES = {"generated", "discriminator_scores", "reconstructions", "latent_space"}


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("digits-autoencoder", {"reconstructions", "latent_space"}),
        ("digits-denoising", {"reconstructions"}),
        ("digits-vae", {"generated", "reconstructions", "latent_space"}),
        ("digits-gan-conditional", {"generated", "discriminator_scores"}),
        ("digits-diffusion", {"generated"}),
        ("digits-embedding", {"latent_space"}),
        ("digits-mlp", set()),
    ],
)
def test_the_drawing_says_which_views_there_are(name: str, there: set[str]) -> None:
    checked = check(example(name))
    found = {view.name for view in views() if view.applies(checked)}
    assert found & NAMES == there
    if name in ("digits-embedding", "digits-gan-conditional", "digits-diffusion"):
        assert not found & {"confusion", "scores", "errors", "regression"}, (
            "nothing is told from classes here"
        )


def test_samples_stand_in_a_column_for_each_class(app, qtbot, tmp_path: Path) -> None:
    run = watched(example("digits-gan-conditional"), tmp_path, ("", "generated"))
    monitor = shown(GENERATED_VIEW, run, qtbot)
    frame = run.history.frames["", "generated"]
    assert frame.arrays["images"].shape == (60, 8, 8)
    cells = monitor.grid.cells()
    assert (
        len(cells) == 60
        and cells[10][0].left() == cells[0][0].left()
        and cells[1][0].left() > cells[0][0].left()
    )
    assert monitor.grid.words == tuple("0123456789")
    assert monitor.grid.words_at(cells[13][0].center()) == "3"
    assert len(monitor.table()[1]) == 60


def test_points_that_are_made_stand_among_those_of_the_data(app, qtbot) -> None:
    from nndesigner.protocol.messages import Frame

    monitor = GENERATED_VIEW.make()
    qtbot.addWidget(monitor)
    arrays = {"values": np.zeros((5, 2), np.float32), "real": np.ones((7, 2), np.float32)}
    monitor._draw_values(Frame("generated", "", 1, 0.1, arrays, {"labels": [], "columns": 0}))
    assert monitor.chart.dots is not None and monitor.chart.dots.codes.tolist() == [0] * 7 + [1] * 5


def test_what_comes_back_stands_below_what_went_in(app, qtbot, tmp_path: Path) -> None:
    run = watched(example("digits-denoising"), tmp_path, ("", "reconstructions"))
    monitor = shown(RECONSTRUCTIONS_VIEW, run, qtbot)
    frame = run.history.frames["", "reconstructions"]
    shapes = {name: array.shape for name, array in frame.arrays.items() if name != "indices"}
    assert shapes == dict.fromkeys(("wanted", "seen", "answer"), (24, 8, 8))
    assert (frame.arrays["seen"] != frame.arrays["wanted"]).any()
    first = monitor.grid.cells()[0]
    assert len(first) == 3 and first[0].bottom() <= first[1].top() + 0.01 < first[2].top()


def test_codes_are_coloured_by_a_class_that_the_network_does_not_read(app, qtbot, tmp_path: Path) -> None:
    run = watched(example("digits-vae"), tmp_path, ("", "latent_space"))
    monitor = shown(LATENT_SPACE_VIEW, run, qtbot)
    frame = run.history.frames["", "latent_space"]
    assert frame.meta["classes"] == list("0123456789") and len(frame.arrays["codes"]) == len(
        frame.arrays["points"]
    )
    assert "a code of 2 numbers" in monitor.words.text()
    assert len(monitor.chart.dots.x) == len(frame.arrays["points"])


def test_both_heaps_of_scores_are_over_one_axis(app, qtbot, tmp_path: Path) -> None:
    run = watched(example("digits-gan"), tmp_path, ("", "discriminator_scores"))
    monitor = shown(DISCRIMINATOR_SCORES_VIEW, run, qtbot)
    frame = run.history.frames["", "discriminator_scores"]
    assert frame.arrays["real"].sum() == frame.arrays["fake"].sum() > 100
    assert len(monitor.chart.strokes) == 2
    assert [float(row[0]) for row in monitor.table()[1]] == pytest.approx(frame.arrays["edges"][:-1].tolist())


def test_a_grid_without_a_picture_alone_in_its_last_row(app, qtbot) -> None:
    grid = ImageGrid()
    qtbot.addWidget(grid)
    images = as_images(np.zeros((64, 8, 8), np.uint8))
    for size in ((250, 270), (600, 200), (160, 500)):
        grid.resize(*size)
        grid.show_stacks([(image,) for image in images])
        cells = grid.cells()
        columns = len({round(cell[0].left(), 3) for cell in cells})
        assert 64 % columns == 0
        assert cells[-1][0].bottom() <= grid.height() and cells[columns - 1][0].right() <= grid.width() + 0.01
    assert grid.words_at(QPointF(1, 1)) == ""


def test_a_classifier_has_none_of_them() -> None:
    assert not {view.name for view in views() if view.applies(check(mlp()))} & NAMES
