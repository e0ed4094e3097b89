"""The worst samples: those that plain arithmetic finds, with what they look like and what was said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from torch.nn import functional as F

from nndesigner.gui.monitors.errors import ERRORS, Sample, _told, samples_of
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import CNN, looked
from tests.training.small import chain, dataset, mlp, trainer


def judged(it: Trainer) -> tuple[torch.Tensor, torch.Tensor]:
    """What the loss reads for the whole validation part, and its targets."""
    split = it.feed.split("validation")
    it.compiled.eval()
    with torch.no_grad():
        return it.compiled.for_loss(*split.inputs)[0], split.targets[0]


def test_the_largest_losses_come_first(tmp_path: Path) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    frame = looked(it, "", "worst_samples")
    values, targets = judged(it)
    losses = F.cross_entropy(values, targets, reduction="none").numpy()
    order = np.argsort(-losses)[:24]
    assert frame.arrays["loss"] == pytest.approx(losses[order], rel=1e-4)
    assert set(frame.arrays["index"]) == set(it.feed.split("validation").indices[order])
    assert frame.meta["samples"] == len(targets)
    assert frame.meta["wrong"] == int((values.argmax(1) != targets).sum())
    data = dataset(it.run.document())
    labels = data.arrays[next(f.name for f in data.fields.values() if f.kind == "class")]
    assert (labels[frame.arrays["index"]] == frame.arrays["truth"]).all()
    assert len(frame.meta["previews"]) == 24 and frame.meta["previews"][0]["kind"] == "image"
    assert [p["sample"] for p in frame.meta["previews"]] == frame.arrays["index"].tolist()


def test_wrong_answers_by_how_certain_they_are(tmp_path: Path) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    frame = looked(it, "", "worst_samples", order="certain")
    assert (frame.arrays["answer"] != frame.arrays["truth"]).all()
    assert (np.diff(frame.arrays["certain"]) <= 0).all()
    values, targets = judged(it)
    sure, answer = torch.softmax(values, dim=1).max(dim=1)
    assert frame.arrays["certain"][0] == pytest.approx(sure[answer != targets].max().item(), rel=1e-5)


def test_one_unit_that_says_the_second_class(tmp_path: Path) -> None:
    it = trainer(mlp(classes=1), tmp_path)
    frame = looked(it, "", "worst_samples")
    values, targets = judged(it)
    losses = F.binary_cross_entropy_with_logits(values[:, 0], targets.float(), reduction="none").numpy()
    assert frame.arrays["loss"] == pytest.approx(np.sort(losses)[::-1][:24], rel=1e-4)
    assert frame.meta["wrong"] == int(((values[:, 0] > 0) != targets).sum())


def test_numbers_are_judged_in_their_own_units(tmp_path: Path) -> None:
    it = trainer(mlp("diabetes", classes=1), tmp_path)
    frame = looked(it, "", "worst_samples")
    data = dataset(it.run.document())
    target = next(f for f in data.fields.values() if f.role == "target")
    truth = data.arrays[target.name].reshape(-1)
    assert frame.arrays["truth"] == pytest.approx(truth[frame.arrays["index"]], rel=1e-4)
    assert frame.arrays["loss"] == pytest.approx(
        (frame.arrays["truth"] - frame.arrays["answer"]) ** 2, rel=1e-3
    )
    assert (np.diff(frame.arrays["loss"]) <= 0).all() and frame.meta["wrong"] == -1


def test_a_sample_with_many_classes_has_their_mean(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("the quick brown fox jumps over the lazy dog. " * 40)
    layers = [
        ("TokensInput", {}),
        ("Embedding", {"embedding_dim": 4}),
        ("Linear", {"out_features": 28}),
        ("Output", {}),
    ]
    it = trainer(chain("text", layers, {"path": str(path), "window": 8}), tmp_path / "run")
    frame = looked(it, "", "worst_samples")
    values, targets = judged(it)
    losses = F.cross_entropy(values.movedim(-1, 1), targets, reduction="none").mean(dim=1).numpy()
    assert frame.arrays["loss"] == pytest.approx(np.sort(losses)[::-1][:24], rel=1e-4)
    assert np.isnan(frame.arrays["answer"]).all()
    assert len(frame.meta["previews"][0]["text"]) == 8


# -- the view --------------------------------------------------------------------------------------------------------
def test_pictures_with_truth_and_answer(app, qtbot, tmp_path: Path) -> None:
    run = watched(chain("digits", CNN), tmp_path, ("", "worst_samples"), steps=1)
    monitor = shown(ERRORS, run, qtbot)
    gallery = monitor.gallery
    assert len(gallery.samples) == 24 and gallery.pictured
    cells = gallery.cells()
    assert not any(a.intersects(b) for i, a in enumerate(cells) for b in cells[i + 1 :])
    first = gallery.samples[0]
    assert first.wrong and first.image is not None and (first.image.width(), first.image.height()) == (8, 8)
    assert f"truth {first.truth}, answered {first.answer}" in gallery.words_at(cells[0].center())
    image = gallery.grab().toImage()
    colors = {image.pixel(x, y) for x in range(0, 90, 3) for y in range(0, 64, 3)}
    assert len(colors) > 6
    header, rows = monitor.table()
    assert header[0] == "sample" and len(rows) == 24
    assert "wrong (validation)" in monitor.words.text()


def test_another_order_is_asked_for(app, qtbot, tmp_path: Path) -> None:
    run = watched(chain("digits", CNN), tmp_path, ("", "worst_samples"), steps=1)
    monitor = shown(ERRORS, run, qtbot)
    monitor.order.setFocus()
    with qtbot.waitSignal(monitor.subscription_changed):
        qtbot.keyClick(monitor.order, Qt.Key.Key_Down)
    assert dict(monitor.subscriptions()[0].options) == {"order": "certain"}


@pytest.mark.parametrize(("data", "look"), [("iris", "words"), ("sine", "points")])
def test_rows_and_series_are_lines(app, qtbot, tmp_path: Path, data: str, look: str) -> None:
    if data == "iris":
        document = mlp("iris", classes=3)
    else:
        layers = [
            ("SequenceInput", {}),
            ("LSTM", {"hidden_size": 3}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        ]
        document = chain("sine", layers)
    run = watched(document, tmp_path, ("", "worst_samples"), steps=1)
    monitor = shown(ERRORS, run, qtbot)
    assert not monitor.gallery.pictured
    assert all(getattr(sample, look) for sample in monitor.gallery.samples)
    assert monitor.gallery.minimumHeight() >= 30 * len(monitor.gallery.samples)


def test_strange_frames_and_names(app) -> None:
    told = _told(Sample(3, 0.5, "<b>", "=1", 0.9, True, words="a\nb"))
    assert told.startswith("Sample 3: truth <b>, answered =1")
    arrays = {key: np.array([1.0], np.float32) for key in ("loss", "truth", "answer", "certain")}
    arrays["index"] = np.array([7])
    frame = Frame("worst_samples", "", 1, 0.1, arrays, {"kind": "class", "classes": ["a"], "previews": [3]})
    (sample,) = samples_of(frame)
    assert (sample.truth, sample.words, sample.image) == ("1", "", None)
