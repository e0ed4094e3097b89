"""The training panel: buttons follow the run, settings are steps to undo, obstacles are named with their remedy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton, QWidget

from nndesigner.document import edits
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.gui.training_panel import TrainingPanel
from nndesigner.gui.training_words import duration, outcome_words, progress_words, scores_words
from nndesigner.protocol import controls
from nndesigner.protocol.messages import Clock, Device, Done, Failed, ScalarRow, Scalars, State
from nndesigner.runs.store import create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn

PROCESSOR = Device("cpu", "Processor", 16_000_000_000, True)
CARD = Device("cuda:0", "NVIDIA H200", 138_000_000_000, True)
OLD = Device("cuda:1", "NVIDIA K80", 0, False, "It is too old.")


class Desk:
    """The window's actions, as far as the panel knows them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ran: list[str] = []
        self.devices: tuple[Device, ...] = (PROCESSOR,)
        self.data_shown = 0

    def run(self, id: str) -> None:
        self.ran.append(id)
        training = self.session.training
        {
            "train": training.train,
            "pause": lambda: training.carry_on() if training.paused else training.pause(),
            "step": training.step,
            "stop": training.stop,
        }[id]()

    def why_not(self, id: str) -> str:
        training = self.session.training
        if id in ("train", "continue"):
            if training.busy:
                return "A run is going on."
            if self.session.document.data is None:
                return "There is no data."
            problems = self.session.problems
            return problems[0].message if problems and not self.session.checked.ok else ""
        return "" if training.busy else "Nothing is being trained."


@pytest.fixture
def desk(pool, app: QApplication) -> Desk:
    session = Session(pool)
    session.files.new(digits_cnn())
    return Desk(session)


@pytest.fixture
def panel(desk: Desk, app: QApplication) -> Iterator[TrainingPanel]:
    def shown() -> None:
        desk.data_shown += 1

    made = TrainingPanel(
        desk.session, run_action=desk.run, why_not=desk.why_not, devices=lambda: desk.devices, show_data=shown
    )
    made.resize(340, 800)
    made.show()
    app.processEvents()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


def visible(panel: TrainingPanel) -> list[str]:
    return [id for id, button in panel.buttons.items() if not button.isHidden()]


def click(panel: TrainingPanel, id: str) -> None:
    QTest.mouseClick(panel.buttons[id], Qt.MouseButton.LeftButton)


def test_buttons_follow_the_run(panel: TrainingPanel, desk: Desk, pool) -> None:
    assert visible(panel) == ["train", "continue"]
    click(panel, "train")
    assert visible(panel) == ["pause", "step", "stop"]
    assert panel.title.text() == "Starting"
    pool.last.say(State("running"))
    assert panel.title.text() == "Training"
    click(panel, "pause")
    pool.last.say(State("paused"))
    assert panel.buttons["pause"].text() == "Go on"
    click(panel, "step")
    click(panel, "pause")
    click(panel, "stop")
    kinds = [type(c) for c in pool.last.controls if not isinstance(c, controls.Subscribe)]
    assert kinds == [controls.Pause, controls.StepBatch, controls.Resume, controls.Stop]
    pool.last.end(Done({"state": "stopped", "epochs": 2, "seconds": 3.2}))
    assert visible(panel) == ["train", "continue"]
    assert panel.title.text() == "Stopped"
    assert "2 epochs in 3.2 s." in panel.sentence.text()


def test_progress_is_shown_while_it_runs(panel: TrainingPanel, desk: Desk, pool, qtbot) -> None:
    desk.session.training.train()
    pool.last.say(State("running"))
    pool.last.say(Clock(412, 2880, 2.86, 20, 31_200.0, 72.0))
    qtbot.waitUntil(lambda: "Epoch 3 of 20 · step 412 of 2,880" in panel.sentence.text(), timeout=2000)
    assert "31,200 samples/s · 72 s left" in panel.sentence.text()
    assert panel.bar.value() == round(1000 * 412 / 2880)
    assert not panel.bar.isHidden()


def test_the_learning_rate_changes_while_it_runs(panel: TrainingPanel, desk: Desk, pool, qtbot) -> None:
    assert panel._rate_row.isHidden()
    desk.session.training.train()
    pool.last.say(State("running"))
    pool.last.say(Scalars((ScalarRow(0, 0.0, "train", "learning rate", 0.002, 0.0),)))
    pool.last.say(Clock(1, 10, 0.1, 1, 1.0, 1.0))
    qtbot.waitUntil(lambda: panel.rate.line.text() == "0.002", timeout=2000)
    pool.last.say(Scalars((ScalarRow(2, 0.2, "train", "learning rate", 8.460116e-5, 0.1),)))
    pool.last.say(Clock(2, 10, 0.2, 1, 1.0, 1.0))
    qtbot.waitUntil(lambda: panel.rate.line.text() == "8.46e-05", timeout=2000)
    panel.rate.line.setFocus()
    panel.rate.line.selectAll()
    QTest.keyClicks(panel.rate.line, "0.0005")
    QTest.keyClick(panel.rate.line, Qt.Key.Key_Return)
    assert controls.SetLearningRate(0.0005) in pool.last.controls
    assert desk.session.document.plan.parameters == {}  # the plan keeps its own


def test_every_setting_of_the_plan_can_be_made(panel: TrainingPanel) -> None:
    assert {*panel.form.rows, "device", "begin_with"} == {field.name for field in PLAN_FIELDS}


def test_a_setting_is_a_step_to_undo(panel: TrainingPanel, desk: Desk) -> None:
    row = panel.form.rows["epochs"]
    line = row.editor.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "7")
    QTest.keyClick(line, Qt.Key.Key_Return)
    plan = desk.session.document.plan
    assert plan is not None and plan.parameters == {"epochs": 7}
    assert desk.session.editing.undo_name == "Set Epochs"
    desk.session.undo()
    assert line.text() == "20"
    desk.session.redo()
    QTest.mouseClick(row.back, Qt.MouseButton.LeftButton)
    assert desk.session.document.plan.parameters == {}


def test_an_arrow_held_down_is_one_step(panel: TrainingPanel, desk: Desk) -> None:
    line = panel.form.rows["epochs"].editor.findChild(QLineEdit)
    line.setFocus()
    before = len(desk.session.editing.history.done)
    for _ in range(5):
        QTest.keyClick(line, Qt.Key.Key_Up)
    assert desk.session.document.plan.parameters == {"epochs": 25}
    assert len(desk.session.editing.history.done) == before + 1
    desk.session.undo()
    assert desk.session.document.plan.parameters == {}


def test_what_is_being_typed_counts_when_train_is_pressed(panel: TrainingPanel, desk: Desk, pool) -> None:
    line = panel.form.rows["epochs"].editor.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "3")
    click(panel, "train")
    assert b'"epochs": 3' in pool.last.job.project


def test_a_problem_stands_in_the_way_with_its_remedy(panel: TrainingPanel, desk: Desk) -> None:
    assert panel.obstacle.isHidden()
    session = desk.session
    output = next(n for n in session.document.nodes() if n.type == "Output")
    flatten = next(n for n in session.document.nodes() if n.type == "Flatten")
    session.edit("", "remove_and_reconnect", ids=[flatten.id])
    assert not session.checked.ok
    assert not panel.obstacle.isHidden()
    first = session.checked.errors[0]
    assert first.message in panel.obstacle_sentence.text()
    assert not panel.buttons["train"].isEnabled()
    while not session.checked.ok:
        QTest.mouseClick(panel.remedy_buttons[0], Qt.MouseButton.LeftButton)
    assert panel.obstacle.isHidden()
    assert panel.buttons["train"].isEnabled()
    assert output.id in session.document


def test_without_data_the_way_leads_to_the_data_page(app: QApplication, pool) -> None:
    session = Session(pool)
    session.files.new(edits.new_document())
    desk = Desk(session)
    shown: list[int] = []
    panel = TrainingPanel(
        session, run_action=desk.run, why_not=desk.why_not, show_data=lambda: shown.append(1)
    )
    panel.show()
    assert panel.obstacle_sentence.text() == "There is no data."
    QTest.mouseClick(panel.remedy_buttons[0], Qt.MouseButton.LeftButton)
    assert shown == [1]
    panel.close_down()
    panel.close()
    panel.deleteLater()


# -- devices --------------------------------------------------------------------------------------------------------
def test_devices_by_name_memory_and_reason(panel: TrainingPanel, desk: Desk) -> None:
    desk.devices = (CARD, OLD, PROCESSOR)
    panel.refresh()
    combo = panel.device.combo
    assert [combo.itemText(i) for i in range(combo.count())] == [
        "Automatic (cuda:0)",
        "NVIDIA H200 · 138 GB free",
        "NVIDIA K80 (not usable)",
        "Processor · 16.0 GB free",
    ]
    assert "NVIDIA H200" in panel.device.reasons.text()
    assert "NVIDIA K80. It is too old." in panel.device.reasons.text()
    assert not combo.model().item(2).isEnabled()
    combo.setCurrentIndex(3)
    assert desk.session.document.plan.parameters == {"device": "cpu"}
    QTest.mouseClick(panel._device_row.back, Qt.MouseButton.LeftButton)
    assert desk.session.document.plan.parameters == {}
    assert combo.currentIndex() == 0


def test_a_device_of_another_machine_is_shown_as_it_is(panel: TrainingPanel, desk: Desk) -> None:
    desk.session.edit("", "set_plan", values={"device": "mps"})
    assert panel.device.combo.currentText() == "mps (not on this machine)"
    desk.session.edit("", "set_plan", values={"device": "cuda"})
    desk.devices = (CARD, PROCESSOR)
    panel.refresh()
    assert panel.device.combo.currentData() == "cuda:0"


def test_the_devices_are_asked_for_until_a_worker_tells(panel: TrainingPanel, desk: Desk, qtbot) -> None:
    desk.devices = ()
    panel.refresh()
    assert panel.device.combo.count() == 1  # automatic, whatever that will be
    desk.devices = (CARD,)
    qtbot.waitUntil(lambda: "NVIDIA H200" in panel.device.reasons.text(), timeout=3000)
    assert not panel._device_timer.isActive()


# -- the end of a run -----------------------------------------------------------------------------------------------
def test_a_worker_that_died_offers_to_resume(panel: TrainingPanel, desk: Desk, pool, tmp_path) -> None:
    desk.session.files.save_as(tmp_path / "p.nnd")
    desk.session.training.train()
    pool.last.say(State("running"))
    assert panel.resume_button.isHidden()
    create_at(desk.session.training.run, desk.session.document)
    pool.last.end(Failed("The worker is gone.", "", "ended"))
    assert panel.title.text() == "The run broke off"
    assert panel.sentence.text() == "The worker is gone."
    assert not panel.resume_button.isHidden()
    QTest.mouseClick(panel.resume_button, Qt.MouseButton.LeftButton)
    assert pool.last.job.start == "resume"
    assert visible(panel) == ["pause", "step", "stop"]
    assert panel.resume_button.isHidden()


def test_a_run_that_cannot_be_resumed_any_more_says_so(
    panel: TrainingPanel, desk: Desk, pool, tmp_path
) -> None:
    desk.session.files.save_as(tmp_path / "p.nnd")
    run = create_at(desk.session.training.train(), desk.session.document)
    pool.last.end(Failed("The worker is gone.", "", "ended"))
    (run.path / "project.nnd").unlink()
    QTest.mouseClick(panel.resume_button, Qt.MouseButton.LeftButton)
    assert "cannot be read" in panel.sentence.text()


def test_how_runs_end_in_words() -> None:
    assert outcome_words(None) == ("Training", "")
    assert outcome_words(Failed("x", "", "cancelled")) == ("Cancelled", "")
    title, words = outcome_words(
        Done(
            {
                "state": "early",
                "sentence": "Stopped early: no better.",
                "epochs": 1,
                "seconds": 61.0,
                "metrics": {"test": {"loss": 0.1, "accuracy": 0.9741}},
            }
        )
    )
    assert title == "Stopped early"
    assert words == "Stopped early: no better. 1 epoch in 61 s. Test accuracy 97.4 %."


def test_scores_in_words() -> None:
    assert scores_words({"validation": {"loss": 1.0, "r2": 0.51234}}) == "Validation R² 0.512."
    assert scores_words({"train": {"loss": 0.123456}}) == "Training loss 0.1235."
    assert scores_words({}) == scores_words(None) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0.0 s"), (9.96, "10.0 s"), (42.4, "42 s"), (185, "3:05 min"), (7800, "2:10 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_progress_before_the_speed_is_known() -> None:
    assert progress_words(Clock(0, 0, 0.0, 5, 0.0, -1.0)) == "Epoch 1 of 5 · step 0 of 0"
    assert progress_words(Clock(10, 10, 5.0, 5, 100.0, 0.0)).startswith("Epoch 5 of 5")


def test_sentences_are_plain_text(panel: TrainingPanel, desk: Desk, pool) -> None:
    desk.devices = (
        Device("cpu", "<b>chip</b>", 1, True),
        Device("cuda", "<img src=x>", 0, False, "<i>no</i>"),
    )
    desk.session.training.train()
    pool.last.say(State("running", "<b>Paused</b>: disk full"))
    pool.last.end(Failed("<b>gone</b>", "", "ended"))
    panel.refresh()
    for label in panel.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
    for widget in panel.findChildren(QWidget):
        assert "<b>" not in widget.toolTip() and "<img" not in widget.toolTip()


def test_news_after_closing_down_is_not_listened_to(desk: Desk, pool, app) -> None:
    panel = TrainingPanel(desk.session, run_action=desk.run, why_not=desk.why_not)
    panel.show()
    desk.session.training.train()
    panel.close_down()
    pool.last.say(State("running"))
    pool.last.say(Clock(1, 2, 0.5, 1, 1.0, 1.0))
    assert panel.title.text() == "Starting"
    panel.close()
    panel.deleteLater()


def test_another_way_of_learning_brings_its_own_settings_and_is_one_step_to_undo(
    panel: TrainingPanel, desk: Desk, app: QApplication
) -> None:
    assert panel.objective_form is None
    combo = panel.objective.combo
    combo.setFocus()
    QTest.keyClicks(combo, "Auto")
    app.processEvents()
    assert desk.session.document.plan is not None
    assert desk.session.document.plan.objective == "autoencoder"
    assert panel.objective_form is not None and set(panel.objective_form.rows) == {
        "corruption",
        "corruption_amount",
    }
    assert "narrow code" in panel.objective_words.text()
    panel.objective_form.entered.emit("corruption", "masking")
    assert desk.session.document.plan.parameters["corruption"] == "masking"
    desk.session.editing.undo()
    desk.session.editing.undo()
    app.processEvents()
    assert panel.objective_form is None


def test_finer_settings_are_folded_under_headings_and_a_changed_one_is_in_sight(
    panel: TrainingPanel, desk: Desk
) -> None:
    compiled, kept = panel.form.rows["compile"], panel.form.rows["keep_checkpoints"]
    assert not compiled.isVisible() and not kept.isVisible()
    heading = panel.findChild(QToolButton, "more-settings:Speed and numbers")
    assert heading is not None
    QTest.mouseClick(heading, Qt.MouseButton.LeftButton)
    assert compiled.isVisible() and not kept.isVisible()
    desk.session.edit("Keep more", "set_plan", values={"keep_checkpoints": 5})
    assert kept.isVisible()
    assert all(field.section for field in PLAN_FIELDS if field.advanced and field.name != "drop_last")
