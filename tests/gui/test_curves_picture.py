"""The curves of a run as a picture: lines where the numbers are, in the colours of the theme."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.gui.curves_picture import HEIGHT, SCALE, WIDTH, draw_curves
from nndesigner.gui.theme import DARK, LIGHT
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.history import RunHistory

pytestmark = pytest.mark.usefixtures("qapp")


def history(epochs: int, *, score: str = "accuracy", test: bool = True) -> RunHistory:
    made = RunHistory()
    rows = []
    for epoch in range(1, epochs + 1):
        for batch in range(5):
            rows.append(
                ScalarRow(epoch * 5 + batch, epoch - 1 + batch / 5, "train", "loss", 2.0 / epoch, 0.0)
            )
        rows.append(ScalarRow(epoch * 5, float(epoch), "train", "epoch loss", 2.0 / epoch, 0.0))
        rows.append(ScalarRow(epoch * 5, float(epoch), "validation", "loss", 2.2 / epoch, 0.0))
        for split in ("train", "validation"):
            rows.append(ScalarRow(epoch * 5, float(epoch), split, score, 1 - 0.5 / epoch, 0.0))
    if test:
        rows.append(ScalarRow(epochs * 5, float(epochs), "test", "loss", 0.5, 0.0))
    made.add_rows(rows)
    return made


def colours(path: Path, left: float = 0.0, right: float = 1.0) -> set[str]:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    part = pixels[:, int(left * image.width()) : int(right * image.width())]
    return {f"#{colour & 0xFFFFFF:06x}" for colour in np.unique(part).tolist()}


def test_both_panels_hold_their_lines(tmp_path: Path) -> None:
    path = draw_curves(history(6), tmp_path / "a.png", "digits")
    image = QImage(str(path))
    assert (image.width(), image.height()) == (round(WIDTH * SCALE), round(HEIGHT * SCALE))
    assert image.text("Title") == "digits"
    assert {LIGHT.plot(0), LIGHT.plot(1), LIGHT.plot(2)} <= colours(path, 0.0, 0.5)
    assert {LIGHT.plot(0), LIGHT.plot(1)} <= colours(path, 0.5, 1.0)


def test_the_dark_theme_has_dark_paper(tmp_path: Path) -> None:
    path = draw_curves(history(3), tmp_path / "a.png", "digits", DARK)
    assert QColor(QImage(str(path)).pixel(2, 2)).name() == DARK.panel
    assert DARK.plot(0) in colours(path)


def test_without_a_score_the_loss_has_the_whole_width(tmp_path: Path) -> None:
    path = draw_curves(history(6, score="nothing known"), tmp_path / "a.png", "a")
    image = QImage(str(path))
    middle = QColor(image.pixel(image.width() // 2, image.height() - 60)).name()
    assert middle == LIGHT.raised  # no gap between two panels there


def test_values_that_are_none_and_a_single_epoch_are_drawn_all_the_same(tmp_path: Path) -> None:
    one = history(1, test=False)
    one.add_rows(
        [
            ScalarRow(9, 1.5, "train", "loss", float("nan"), 0.0),
            ScalarRow(10, 2.0, "train", "loss", float("inf"), 0.0),
        ]
    )
    path = draw_curves(one, tmp_path / "a.png", "a")
    assert LIGHT.plot(1) in colours(path)


def test_a_run_without_numbers_has_no_curves(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no curves"):
        draw_curves(RunHistory(), tmp_path / "a.png", "a")
    with pytest.raises(WriteError):
        draw_curves(history(2), tmp_path / "none" / "a.png", "a")
