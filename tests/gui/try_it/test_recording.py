"""Recording on the bench: a click, a voice, a click, and what was heard is the sample; and every way that it ends."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.base import microphone
from nndesigner.base.data_field import DataField
from nndesigner.data.sound import envelope
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.gui.answer_bars import AnswerBars
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.try_it.bench import TryIt
from nndesigner.gui.try_it.sound_editor import SoundEditor
from nndesigner.protocol.jobs import Predict, ReadInputs
from nndesigner.protocol.messages import Done, Failed, State
from nndesigner.runs.history import RunHistory
from nndesigner.session.session import Session
from tests.gui.try_it.test_bench import answer, asked
from tests.microphones import Spoken
from tests.networks import chain, digits_cnn

WAVE = DataField(
    name="waveform",
    role="input",
    kind="series",
    element="float",
    axes=(("time", 1600), ("feature", 1)),
    columns=("amplitude",),
    statistics={"seconds": 0.2},
)
WORD = DataField(name="word", role="target", kind="class", element="int", classes=("yes", "no"))


def hears() -> Document:
    """A network on sounds of 0.2 s at 8,000 Hz."""
    document = chain(
        [("SequenceInput", {}), ("Flatten", {}), ("Linear", {"out_features": 2}), ("Output", {})],
        [WAVE, WORD],
    )
    document = document.apply(edits.set_data(document, "audio_folder", {"path": "sounds"}))
    return document.apply(edits.set_found(document, (WAVE, WORD), {"all": 10, "train": 6, "test": 4}, "f"))


def run_of(path: Path, document: Document) -> ShownRun:
    return ShownRun(path.name, path, RunHistory(), document)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    made = Spoken()
    monkeypatch.setattr(microphone, "open_microphone", made.open)
    return made


@pytest.fixture
def session(pool, app: QApplication) -> Session:
    return Session(pool)


@pytest.fixture
def view(session: Session, app: QApplication, pool, qtbot, tmp_path: Path) -> Iterator[TryIt]:
    """A bench on a network that hears, with the first test sample answered."""
    made = TryIt(session)
    made.resize(340, 900)
    made.show()
    made.show_run(run_of(tmp_path / "0001-words", hears()))
    asked(pool, qtbot)
    pool.last.end(said(np.zeros((1, 1600, 1), np.float32)))
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def editor(view: TryIt) -> SoundEditor:
    found = view.inputs.editors["waveform"]
    assert isinstance(found, SoundEditor)
    return found


def said(sample: np.ndarray) -> Done:
    output = {"values": np.array([[0.1, 0.9]], np.float32), "class": np.array([1]), "classes": ["yes", "no"]}
    return answer(
        inputs={"waveform": sample}, targets={"output1": np.array([1])}, answers={"output1": output}
    )


def click(editor: SoundEditor) -> None:
    assert editor.record.isVisible() and editor.record.isEnabled()
    QTest.mouseClick(editor.record, Qt.MouseButton.LeftButton)


def until_heard(editor: SoundEditor, qtbot) -> None:
    qtbot.waitUntil(lambda: " of " in editor.time.text(), timeout=5000)


def read_by_worker(job: ReadInputs) -> Done:
    """As the worker reads a recording: filled up with silence to the length of the data."""
    with wave.open(io.BytesIO(job.data)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    whole = np.zeros((1600, 1), np.float32)
    whole[: len(heard), 0] = heard
    return Done(
        {
            "inputs": {"waveform": whole[None]},
            "waves": {"waveform": envelope(whole)},
            "remarks": ["Filled up."],
        }
    )


def test_record_stop_and_what_was_heard_is_the_sample(view, editor, spoken, pool, qtbot) -> None:
    assert editor.record.text() == "Record" and editor.time.text() == "0.2 s at most"
    click(editor)
    assert editor.record.text() == "Stop" and editor.time.text() == "Opening the microphone …"
    spoken.say(0.1)
    until_heard(editor, qtbot)
    qtbot.waitUntil(lambda: len(editor.picture.growing) == 200, timeout=2000)
    assert editor.time.text() == "0.1 of 0.2 s"
    drawn = editor.picture.grab().toImage()
    left, right = ({drawn.pixel(x, 20) for x in columns} for columns in (range(20, 140), range(190, 300)))
    assert len(left) > 1 and len(right) == 1, "half of the time has passed"
    assert not editor.value().any(), "the sample before is the sample until then"
    click(editor)
    job = asked(pool, qtbot, 2)[1]
    assert isinstance(job, ReadInputs) and job.fields == ("waveform",) and not job.file
    assert spoken.closed == 1 and editor.record.text() == "Record"
    assert editor.time.text() == "Reading the recording …" and len(editor.picture.growing) == 200
    pool.last.end(read_by_worker(job))
    assert editor.picture.growing is None and editor.time.text() == "0.2 s at most"
    assert editor.value().shape == (1600, 1) and np.abs(editor.value()[:800]).max() > 0.49
    assert not editor.value()[800:].any() and editor.wave.shape == (400, 2)
    question = asked(pool, qtbot, 3)[2]
    assert isinstance(question, Predict) and np.array_equal(question.inputs["waveform"][0], editor.value())
    pool.last.end(Done({**said(editor.value()[None]).result, "targets": {}}))
    assert [c.name for c in view.findChild(AnswerBars).rows if c.answered] == ["no"]
    assert view.remark.text() == "Filled up."


def test_it_ends_by_itself_when_the_network_takes_no_more(view, editor, spoken, pool, qtbot) -> None:
    click(editor)
    spoken.say(1.0)
    job = asked(pool, qtbot, 2)[1]
    with wave.open(io.BytesIO(job.data)) as file:
        assert file.getnframes() == 1600 and file.getframerate() == 8000
    assert editor.record.text() == "Record" and spoken.closed == 1


def test_by_keys_alone(view, editor, spoken, pool, qtbot) -> None:
    editor.record.setFocus()
    QTest.keyClick(editor.record, Qt.Key.Key_Space)
    spoken.say(0.1)
    until_heard(editor, qtbot)
    QTest.keyClick(editor.record, Qt.Key.Key_Space)
    assert isinstance(asked(pool, qtbot, 2)[1], ReadInputs)


def test_without_a_microphone_it_says_so_and_tries_again(view, editor, spoken, pool, qtbot) -> None:
    spoken.refusal = "No microphone was found: connect one."
    before = editor.value()
    click(editor)
    qtbot.waitUntil(editor.trouble.isVisible, timeout=5000)
    assert editor.trouble.text() == spoken.refusal and editor.record.text() == "Record"
    assert editor.value() is before and editor.picture.growing is None and len(pool.asked) == 1
    spoken.refusal = ""
    click(editor)
    assert not editor.trouble.isVisible()
    spoken.say(1.0)
    asked(pool, qtbot, 2)


def test_nobody_waits_for_a_device_that_does_not_open(view, editor, spoken, pool, qtbot) -> None:
    spoken.opens.clear()
    click(editor)
    QTest.qWait(150)
    assert editor.time.text() == "Opening the microphone …"
    click(editor)
    assert editor.record.text() == "Record" and editor.time.text() == "0.2 s at most"
    spoken.opens.set()
    qtbot.waitUntil(lambda: spoken.closed == 1, timeout=5000)
    assert len(pool.asked) == 1 and not editor.trouble.isVisible()


def test_a_recording_that_cannot_be_read_leaves_the_sample_before(view, editor, spoken, pool, qtbot) -> None:
    before = editor.value()
    click(editor)
    spoken.say(1.0)
    asked(pool, qtbot, 2)
    pool.last.end(Failed("None of the sounds of the data can be read any more.", "", "refused"))
    assert view.problem.isVisible() and "None of the sounds" in view.problem.text()
    assert editor.value() is before and editor.picture.growing is None
    assert editor.time.text() == "0.2 s at most"


def test_what_was_lost_is_said_until_there_is_another_sample(view, editor, spoken, pool, qtbot) -> None:
    click(editor)
    spoken.say(1.0, torn=True)
    job = asked(pool, qtbot, 2)[1]
    pool.last.end(read_by_worker(job))
    assert editor.trouble.isVisible() and "Parts of the recording are missing" in editor.trouble.text()
    editor.show_value(np.ones((1600, 1), np.float32))
    assert not editor.trouble.isVisible()


def test_samples_that_come_meanwhile_do_not_end_it(view, editor, spoken, pool, qtbot) -> None:
    click(editor)
    spoken.say(0.1)
    until_heard(editor, qtbot)
    QTest.mouseClick(view.from_data.after, Qt.MouseButton.LeftButton)
    asked(pool, qtbot, 2)
    pool.last.end(said(np.ones((1, 1600, 1), np.float32)))
    assert editor.value().all() and editor.record.text() == "Stop" and editor.picture.growing is not None
    editor.given.emit("dropped.wav")
    asked(pool, qtbot, 3)
    pool.last.end(Failed("dropped.wav cannot be read as a sound.", "", "refused"))
    assert editor.record.text() == "Stop" and editor.picture.growing is not None
    spoken.say(1.0)
    assert asked(pool, qtbot, 4)[3].data


def test_a_run_that_trains_hears_nothing_of_it(view, editor, session, spoken, pool, qtbot) -> None:
    session.files.new(digits_cnn())
    session.training.train()
    train = pool.last
    train.say(State("running"))
    click(editor)
    spoken.say(1.0)
    qtbot.waitUntil(lambda: isinstance(pool.last.job, ReadInputs), timeout=5000)
    assert train.controls == [] and not train.cancelled


@pytest.mark.parametrize(
    "close",
    [
        lambda view, path: view.hide(),
        lambda view, path: view.close_down(),
        lambda view, path: view.show_run(None),
        lambda view, path: view.show_run(run_of(path / "0002-digits", digits_cnn())),
    ],
    ids=["out of sight", "the window closes", "no run any more", "another network"],
)
def test_closed_while_it_records_the_stream_ends(
    close: Callable[[TryIt, Path], None], view, editor, spoken, pool, qtbot, tmp_path
) -> None:
    click(editor)
    spoken.say(0.1)
    until_heard(editor, qtbot)
    close(view, tmp_path)
    qtbot.waitUntil(lambda: spoken.closed == 1, timeout=5000)
    assert not editor._looking.isActive()
    QTest.qWait(100)
    assert not any(isinstance(task.job, ReadInputs) for task in pool.asked), "nobody wants it any more"


def test_a_window_that_closes_ends_it(staffed, pool, spoken, qtbot, tmp_path) -> None:
    dock = staffed.docks["try-it"]
    dock.show()
    dock.raise_()
    bench = dock.fill()
    bench.show_run(run_of(tmp_path / "0001-words", hears()))
    qtbot.waitUntil(lambda: any(isinstance(task.job, Predict) for task in pool.asked), timeout=5000)
    next(t for t in pool.asked if isinstance(t.job, Predict)).end(said(np.zeros((1, 1600, 1), np.float32)))
    found = bench.inputs.editors["waveform"]
    qtbot.waitUntil(found.record.isVisible, timeout=5000)
    click(found)
    spoken.say(0.1)
    staffed.session.editing.history.saved()
    staffed.close()
    qtbot.waitUntil(lambda: spoken.closed == 1, timeout=5000)
