"""Sliders for a code: what is asked for, what comes of it, and the way between two codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.document import edits
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.try_it.bench import TryIt
from nndesigner.gui.try_it.codes import Codes
from nndesigner.gui.try_it.samples_dialog import SamplesDialog
from nndesigner.project.reader import open_project
from nndesigner.protocol.jobs import Decode, Encode, Predict, SaveSamples
from nndesigner.protocol.messages import Done, Failed, Progress
from nndesigner.runs.history import RunHistory
from nndesigner.session.session import Session

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def view(pool, app: QApplication) -> Iterator[TryIt]:
    made = TryIt(Session(pool))
    made.resize(360, 900)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


def opened(view: TryIt, name: str, path: Path) -> Codes:
    document = open_project(EXAMPLES / f"{name}.nnd").document
    assert document.data is not None
    found = edits.set_found(document, document.data.fields, {"all": 10, "train": 6, "test": 4}, "f")
    view.show_run(ShownRun("0001-run", path, RunHistory(), document.apply(found)))
    assert view.codes is not None
    return view.codes


def last(pool, kind: type, number: int = 1):
    return [task for task in pool.asked if isinstance(task.job, kind)][-number]


def wait_for(qtbot, pool, kind: type, number: int = 1) -> None:
    def there() -> bool:
        return sum(isinstance(task.job, kind) for task in pool.asked) >= number

    qtbot.waitUntil(there, timeout=2000)


def made(value: float = 8.0) -> Done:
    return Done({"values": np.full((1, 1, 8, 8), value, np.float32), "step": 7, "checkpoint": "step-7"})


def test_a_slider_moves_one_number_of_the_code_and_the_picture_follows(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-vae", tmp_path)
    assert len(codes.sliders) == 2 and codes.save_button.isVisibleTo(codes)
    wait_for(qtbot, pool, Decode)
    assert last(pool, Decode).job.codes.shape == (1, 2)
    last(pool, Decode).end(made())
    assert codes.picture is not None and codes.picture.image.pixelColor(3, 3).red() == 128
    picture, second = codes.picture, float(codes.code[1])
    codes.sliders[0].setFocus()
    codes.sliders[0].setValue(0)
    codes.sliders[0].setValue(100)
    wait_for(qtbot, pool, Decode, 2)
    job = last(pool, Decode).job
    assert job.codes[0] == pytest.approx([1.0, second], abs=1e-6), "a third of three deviations"
    last(pool, Decode).end(made(16.0))
    assert codes.picture is picture and picture.image.pixelColor(3, 3).red() == 255
    assert "1.00" in codes.sliders[0].accessibleName()


def test_draw_again_draws_all_numbers_within_the_prior(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-gan", tmp_path)
    assert len(codes.sliders) == 16 and codes.latent.numbers == 32
    drawn = []
    for _ in range(30):
        QTest.mouseClick(codes.draw_button, Qt.MouseButton.LeftButton)
        drawn.append(codes.code.copy())
    assert np.abs(np.std(drawn) - 1) < 0.15 and len({code.tobytes() for code in drawn}) == 30


def test_of_a_plain_autoencoder_the_data_says_how_far_sliders_go(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-autoencoder", tmp_path)
    assert not codes.sliders[0].isEnabled() and not codes.save_button.isVisibleTo(codes)
    job = last(pool, Encode).job
    assert job.split == "train" and not any(isinstance(t.job, Decode) for t in pool.asked)
    some = np.random.default_rng(0).normal(5.0, 0.1, (50, 8)).astype(np.float32)
    last(pool, Encode).end(Done({"codes": some}))
    assert codes.sliders[0].isEnabled() and any(np.array_equal(codes.code, code) for code in some)
    codes.sliders[3].setValue(300)
    assert codes.code[3] == pytest.approx(some.mean(axis=0)[3] + 3 * some.std(axis=0)[3], rel=1e-4)


def test_the_code_of_the_sample_above(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-vae", tmp_path)
    wait_for(qtbot, pool, Predict)
    QTest.mouseClick(codes.sample_button, Qt.MouseButton.LeftButton)
    job = last(pool, Encode).job
    assert set(job.inputs) == {"image"} and job.inputs["image"].shape == (1, 1, 8, 8)
    last(pool, Encode).end(Done({"codes": np.array([[0.5, -1.5]], np.float32)}))
    assert codes.code.tolist() == [0.5, -1.5]
    QTest.mouseClick(codes.sample_button, Qt.MouseButton.LeftButton)
    last(pool, Encode).end(Failed("The run has no checkpoint yet.", "", "refused"))
    assert codes.problem.isVisibleTo(codes) and codes.problem.text() == "The run has no checkpoint yet."


def test_the_way_from_one_code_to_another_is_straight(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-vae", tmp_path)
    assert not codes.way.isEnabled()
    for end, code in (("a", [0.0, 2.0]), ("b", [1.0, -2.0])):
        codes.show_code(code)
        QTest.mouseClick(codes.keep[end], Qt.MouseButton.LeftButton)
        assert codes.keep[end].isChecked()
    assert codes.way.isEnabled() and codes.way.value() == 100
    codes.way.setValue(25)
    assert codes.code == pytest.approx([0.25, 1.0])
    codes.way.setValue(0)
    assert codes.code == pytest.approx([0.0, 2.0])


def test_a_conditional_generator_is_told_its_class(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-gan-conditional", tmp_path)
    assert [codes.wanted.itemText(i) for i in range(3)] == ["0", "1", "2"]
    codes.wanted.setCurrentIndex(7)
    wait_for(qtbot, pool, Decode)
    assert last(pool, Decode).job.classes == (7,)


def test_a_network_without_a_code_has_no_sliders(view, pool, tmp_path) -> None:
    opened(view, "digits-vae", tmp_path)
    document = open_project(EXAMPLES / "digits-mlp.nnd").document
    view.show_run(ShownRun("0002-run", tmp_path / "b", RunHistory(), document))
    assert view.codes is None


def test_samples_are_saved_by_a_worker_and_can_be_cancelled(view, pool, qtbot, tmp_path) -> None:
    codes = opened(view, "digits-gan-conditional", tmp_path)
    QTest.mouseClick(codes.save_button, Qt.MouseButton.LeftButton)
    (dialog,) = view.window().findChildren(SamplesDialog)
    qtbot.waitUntil(lambda: dialog.focusWidget() is not None)
    assert dialog.focusWidget() is dialog.number, "typing begins at the first line"
    assert not dialog.go.isEnabled() and "sub-folder" in dialog.kind.currentText()
    dialog.number.setValue(250)
    dialog.out.setText(str(tmp_path / "made"))
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    job = last(pool, SaveSamples).job
    assert (job.number, job.out) == (250, str(tmp_path / "made"))
    last(pool, SaveSamples).say(Progress(0.5, "125 of 250 samples"))
    assert dialog.bar.value() == 500 and dialog.said.text() == "125 of 250 samples"
    assert dialog.go.text() == "Cancel"
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert last(pool, SaveSamples).cancelled
    last(pool, SaveSamples).end(Failed("Cancelled.", "", "cancelled"))
    assert dialog.said.text() == "Cancelled: nothing was written."
    dialog.kind.setCurrentIndex(1)
    assert dialog.out.text() == ""
    dialog.out.setText(str(tmp_path / "made"))
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert last(pool, SaveSamples).job.out == str(tmp_path / "made.npz")
    last(pool, SaveSamples).end(Done({"samples": 250, "path": str(tmp_path / "made.npz")}))
    assert dialog.said.text().startswith("250 samples written")
    dialog.reject()
