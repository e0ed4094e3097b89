"""The try-it bench: a sample, as the network's inputs want it, and what the network says about it beside the truth.

It joins the editors of the inputs, the answers, the explanation and the nearest samples, and asks for them. Answers
come from a worker on the run's newest checkpoint: a run that goes on is not disturbed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.asking import goes_on, writes
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.latent import latent_of
from nndesigner.data.catalogue import source
from nndesigner.data.tokens import text_of
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import Elided, IconLabel, allow, empty, label, menu_text, set_tip
from nndesigner.gui.theme import theme_changed
from nndesigner.gui.try_it.answers import Answers
from nndesigner.gui.try_it.explanation import Explanation
from nndesigner.gui.try_it.following import Following, Sample
from nndesigner.gui.try_it.from_data import PARTS, FromData
from nndesigner.gui.try_it.inputs import Inputs
from nndesigner.gui.try_it.nearest import Nearest
from nndesigner.gui.try_it.reading import Arrays, Reading
from nndesigner.gui.try_it.turning import LetScroll
from nndesigner.gui.try_it.writing import Writing
from nndesigner.protocol.messages import Done, Failed, Progress

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.monitors.source import ShownRun
    from nndesigner.gui.try_it.codes import Codes
    from nndesigner.session.session import Session

ASK_MILLISECONDS = 60
"""after the last change of the sample, before it is asked for: turning through samples asks once"""
BUSY_AFTER = 600
"""milliseconds of waiting for an answer before it is said that there is something to wait for"""


class _Asked(NamedTuple):
    run: Path
    sample: tuple[str, int] | None
    """the part and the position of a sample of the data; None for one that was made"""
    number: int
    """counts the questions: an answer to an older one is not shown"""


class TryIt(QWidget):
    """`show_run` says which network is asked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.run: ShownRun | None = None
        self._asked: _Asked | None = None
        self._asks_for: object = None
        """what was asked last: not asked again by itself"""
        self._sample_wanted = True
        self._read_remark = ""
        """what was noticed while the sample was read from a file"""
        self._reading = Reading(session, self._was_read, self._was_not_read)
        self._was_busy = session.training.busy
        self.writing: Writing | None = None
        self.codes: Codes | None = None
        self._let_scroll = LetScroll(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 0, 10)
        outer.setSpacing(8)
        outer.addLayout(self._bar())
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._nothing())
        self._stack.addWidget(self._page())
        outer.addWidget(holder, 1)
        self._timer = self._single_shot(ASK_MILLISECONDS, self._ask)
        self._patience = self._single_shot(BUSY_AFTER, self._say_busy)
        self._leave = [
            session.training.changed.connect(self._training_changed),
            session.changed.connect(lambda _: self._show_counts()),
            theme_changed.connect(lambda _: self.update()),
        ]
        self.show_run(None)

    def _single_shot(self, milliseconds: int, act) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(milliseconds)
        made.timeout.connect(act)
        return made

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        for timer in (self._timer, self._patience):
            timer.stop()
        self._following.close()
        self._reading.close()
        self.inputs.close_down()
        for part in (self.writing, self.codes):
            if part is not None:
                part.close_down()
        self._session.trying.close()

    # -- building ----------------------------------------------------------------------------------------------------
    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        self.source = Elided(role="muted")
        row.addWidget(self.source, 1)
        self.open = self._button("open", tr("Open a file as the sample"), self.open_file)
        self.again = self._button("refresh", tr("Ask the newest checkpoint again"), self.ask_again)
        row.addWidget(self.open)
        row.addWidget(self.again)
        return row

    @staticmethod
    def _button(name: str, words: str, act) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(name))
        made.setIconSize(QSize(16, 16))
        made.setAccessibleName(words)
        set_tip(made, words)
        made.clicked.connect(lambda: act())
        return made

    def _nothing(self) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setSpacing(8)
        box.addStretch(1)
        box.addWidget(IconLabel("try-it", "muted", 36), 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(role="subtitle", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence = label(role="muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.title)
        box.addWidget(self.sentence)
        box.addStretch(2)
        return made

    def _page(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 12, 4)
        box.setSpacing(12)
        self.from_data = FromData()
        self.from_data.chosen.connect(self._sample_chosen)
        box.addWidget(self.from_data)
        self.inputs = Inputs()
        self.inputs.changed.connect(self._edited)
        self.inputs.given.connect(self._given)
        box.addWidget(self.inputs)
        self.remark = label(role="muted", wrap=True)
        self.remark.setVisible(False)
        box.addWidget(self.remark)
        self.problem = label(role="warning", wrap=True)
        self.problem.setVisible(False)
        box.addWidget(self.problem)
        self.answers = Answers()
        box.addWidget(self.answers)
        self._writing_box, self._codes_box = QVBoxLayout(), QVBoxLayout()
        box.addLayout(self._writing_box)
        box.addLayout(self._codes_box)
        self.explanation = Explanation()
        box.addWidget(self.explanation)
        self.nearest = Nearest()
        box.addWidget(self.nearest)
        self._following = Following(self._session, self.explanation, self.nearest)
        self.whole_file = QPushButton(tr("Answers for a file…"))
        self.whole_file.setAutoDefault(False)
        self.whole_file.clicked.connect(self.answer_file)
        box.addWidget(self.whole_file, 0, Qt.AlignmentFlag.AlignLeft)
        box.addStretch(1)
        area.setWidget(page)
        self._let_scroll.watch(page)
        return area

    def _say(self, title: str, sentence: str) -> None:
        self.title.setText(title)
        self.sentence.setText(sentence)
        self._stack.setCurrentIndex(0)

    # -- which run ---------------------------------------------------------------------------------------------------
    @property
    def _checked(self) -> CheckedNetwork | None:
        checked = self.run.checked if self.run is not None else None
        return checked.as_answered() if checked is not None and checked.ok else None

    def show_run(self, run: ShownRun | None) -> None:
        """Asks this run's network from now on; None where there is none yet."""
        same = run is not None and self.run is not None and run.path == self.run.path
        self.run = run
        self._show_counts()
        if run is None or run.path is None:
            self.source.setText("")
            self._say(tr("Try it"), tr("Train a network, then see what it says about single samples."))
        elif not same:
            self.source.setText(run.name)
            if self._stack.currentIndex() == 0:
                self._say(tr("Try it"), tr("Asking the network …"))
            self._asks_for = None
            self._show_network()
            self._ask_soon()

    def _show_network(self) -> None:
        """What the run's network reads and can be asked. A sample stays where the network before read the same."""
        checked = self._checked
        self.explanation.show_network(checked)
        self.nearest.clear()
        self.answers.clear()
        self._following.forget()
        if self.inputs.show_network(checked, sounds=self._hears):
            self._sample_wanted = True
        if self.writing is not None:
            self.writing.close_down()
        empty(self._writing_box)
        writes = goes_on(checked) if checked is not None else None
        self.writing = Writing(writes[0], self._session) if writes is not None else None
        if self.writing is not None:
            self.writing.begun.connect(self._write)
            self._writing_box.addWidget(self.writing)
        self._show_codes()
        self._let_scroll.watch(self)

    def _show_codes(self) -> None:
        """Sliders for the code of a network that makes something out of one."""
        if self.codes is not None:
            self.codes.close_down()
        empty(self._codes_box)
        self.codes = None
        checked = self.run.checked if self.run is not None else None
        latent = latent_of(checked) if checked is not None else None
        if latent is None or self.run is None or self.run.path is None:
            return
        from nndesigner.gui.try_it.codes import Codes

        self.codes = Codes(latent, self._session, self.run.path)
        self.codes.encode_wanted.connect(self._encode)
        self._codes_box.addWidget(self.codes)
        self.codes.start()

    def _encode(self) -> None:
        inputs, problem = self.inputs.sample()
        if inputs and self.codes is not None:
            self.codes.encode(inputs)
        elif problem:
            self._show_problem(problem)

    @property
    def _hears(self) -> bool:
        """Whether the run's data is sounds."""
        document = self.run.document if self.run is not None else None
        kind = source(document.data.type) if document is not None and document.data is not None else None
        return kind is not None and kind.sounds

    def _counts(self) -> dict[str, int]:
        document = self.run.document if self.run is not None else self._session.document
        data = document.data if document is not None else None
        if data is None:
            return {}
        return {part: data.counts[part] for part in PARTS if data.counts.get(part)}

    def _show_counts(self) -> None:
        counts = self._counts()
        reason = "" if counts and self.run is not None else self._why_not()
        self.from_data.show_counts(counts, reason)
        there = "" if self.run is not None and self.run.path is not None else self._why_not()
        for widget in (self.again, self.open, self.whole_file):
            allow(widget, there, widget.accessibleName())

    def _why_not(self) -> str:
        """Why no sample can be asked about."""
        if self.run is None:
            return tr("There is no trained network yet: train first.")
        return tr("Nothing is known of the samples of this run: read the data on the data page.")

    # -- which sample ------------------------------------------------------------------------------------------------
    def _sample_chosen(self) -> None:
        self._sample_wanted = True
        self._ask_soon()

    def _edited(self) -> None:
        self._sample_wanted = False
        self._ask_soon()

    def _given(self, name: str, what: object) -> None:
        """A file, a picture or a recording for a field: a worker reads it."""
        if self.run is not None and self.run.path is not None and name in self.inputs.editors:
            self._reading.read(self.run.path, self.inputs.editors[name].field, what)
        else:
            self.inputs.were_read()

    def _was_read(self, samples: Arrays, remark: str, waves: Arrays) -> None:
        self.inputs.show_sample(samples)
        self.inputs.show_waves(waves)
        self.inputs.were_read()
        self._read_remark = remark
        self._edited()

    def _was_not_read(self, sentence: str) -> None:
        self.inputs.were_read()
        self._show_problem(sentence)

    def open_file(self) -> None:
        """Asks for a file and has it read as the sample; of several inputs, first for which."""
        names = [name for name, editor in self.inputs.editors.items() if editor.takes]
        if len(names) > 1:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            for name in names:
                menu.addAction(menu_text(name)).triggered.connect(functools.partial(self._open_for, name))
            menu.popup(self.open.mapToGlobal(self.open.rect().bottomLeft()))
        elif names:
            self._open_for(names[0])

    def _open_for(self, name: str, checked: bool = False) -> None:
        takes = self.inputs.editors[name].takes
        path = QFileDialog.getOpenFileName(self, tr("Open a sample"), "", takes)[0]
        if path:
            self._given(name, path)

    def answer_file(self) -> None:
        """The dialog for whole files."""
        from nndesigner.gui.try_it.file_dialog import FileDialog

        checked = self._checked
        if self.run is None or self.run.path is None or checked is None:
            return
        fields = [node.field for node in checked.inputs if node.field is not None]
        FileDialog(self.window(), self._session, self.run.path, self.run.name, fields).open()

    def ask_again(self) -> None:
        """The same sample, of the newest checkpoint."""
        self._asks_for = None
        self._ask_soon()

    # -- asking ------------------------------------------------------------------------------------------------------
    def _training_changed(self) -> None:
        busy = self._session.training.busy
        if self._was_busy and not busy:
            self.ask_again()  # there is a newer checkpoint
            if self.codes is not None:
                self.codes.ask_again()
        self._was_busy = busy

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_soon()

    def _ask_soon(self) -> None:
        if self._leave and self.run is not None and self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _ask(self) -> None:
        run, sample = self.run, self.from_data.wanted
        if not self._leave or run is None or run.path is None:
            return
        if self._sample_wanted and sample is None and self.inputs.editors:
            self._sample_wanted = False
            self._stack.setCurrentIndex(1)
        if self._sample_wanted:
            if sample is None:
                self._say(tr("No samples"), tr("The data of this run has no samples to try."))
                return
            asks: object = (run.path, sample)
            if asks == self._asks_for:
                return
            wanted: dict[str, Any] = {"split": sample[0], "indices": (sample[1],)}
        else:
            inputs, problem = self.inputs.sample()
            self._show_problem(problem)
            if self.writing is not None:
                self.writing.show_reason(problem)
            if not inputs:
                return
            asks = (run.path, tuple((name, array.tobytes()) for name, array in inputs.items()))
            if asks == self._asks_for:
                return
            wanted = {"inputs": {name: array[None] for name, array in inputs.items()}}
        number = self._asked.number + 1 if self._asked is not None else 0
        asked = self._asked = _Asked(run.path, sample if self._sample_wanted else None, number)
        self._asks_for = asks
        self._patience.start()
        given = {name: array[0] for name, array in wanted.get("inputs", {}).items()}
        try:
            self._session.trying.predict(
                run.path,
                lambda outcome: self._answered(asked, given, outcome),
                on_progress=self._progress,
                **wanted,
            )
        except Refusal as refusal:
            self._patience.stop()
            self._say(tr("No answer"), str(refusal))

    def _progress(self, progress: Progress) -> None:
        if progress.sentence and not self._patience.isActive():
            self._show_remark(progress.sentence)

    def _say_busy(self) -> None:
        if self._session.trying.answers.busy:
            # In the line at the top: nothing below it moves while somebody draws.
            name = self.run.name if self.run is not None else ""
            self.source.setText("  ·  ".join(filter(None, (name, tr("asking the network …")))))

    def _answered(self, asked: _Asked, given: Mapping[str, npt.NDArray[Any]], outcome: Done | Failed) -> None:
        if not self._leave or asked != self._asked or self.run is None or asked.run != self.run.path:
            return
        self._patience.stop()
        if isinstance(outcome, Failed):
            self.source.setText(self.run.name)
            self._asks_for = None  # asking the same again may work
            if outcome.code != "cancelled":
                if asked.sample is None:
                    self.answers.clear()
                    self._show_problem(outcome.sentence)
                else:
                    self._say(tr("No answer yet"), outcome.sentence)
            return
        try:
            self._show_answer(asked, given, outcome.result)
        except (KeyError, IndexError, TypeError, ValueError):
            self._say(tr("No answer"), tr("The answer cannot be read: this run was made by another version."))
            return
        self._stack.setCurrentIndex(1)

    def _show_answer(
        self, asked: _Asked, given: Mapping[str, npt.NDArray[Any]], result: Mapping[str, Any]
    ) -> None:
        assert self.run is not None
        # What a decoder wrote by itself stands among what it read.
        read = {name: np.asarray(values)[0] for name, values in result.get("inputs", {}).items()}
        inputs = {**read, **given}
        text, place = self.inputs.text, None
        if asked.sample is not None:
            self.inputs.show_sample(inputs)
            self._show_problem("")
        elif text is not None:
            place = text.length - 1
        self.answers.show_result(result, self._checked, place)
        fields, waves = self.inputs.fields, self.inputs.waves
        self._following.follow(Sample(asked.run, inputs, fields, self._checked, place, waves))
        words = self.run.name
        step = result.get("step")
        if isinstance(step, int):
            words += "  ·  " + tr("step {n}", n=f"{step:,}")
        self.source.setText(words)
        remarks = [self._own_words(result), self._read_remark, *self.inputs.remarks()]
        self._show_remark(" ".join(filter(None, remarks)))
        self._read_remark = ""
        if self.writing is not None:
            self.writing.show_reason("")

    def _own_words(self, result: Mapping[str, Any]) -> str:
        """The whole answer of a decoder that writes by itself; "" for other networks."""
        found = writes(self._checked) if self._checked is not None else None
        if found is None or found[1].target is None:
            return ""
        codes = np.asarray(result["answers"][found[1].node.name]["class"])[0]
        return tr("It writes “{text}”.", text=text_of(found[1].target, codes.tolist()))

    def _write(self) -> None:
        text = self.inputs.text
        if self.writing is None or text is None or self.run is None or self.run.path is None:
            return
        self._show_problem(text.problem())
        if not text.problem():
            self.writing.write(self.run.path, text.codes())

    def _show_remark(self, sentence: str) -> None:
        self.remark.setText(sentence)
        self.remark.setVisible(bool(sentence))

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))


def make(desk: Desk) -> TryIt:
    """The panel on a window's desk: it asks the run that the live views show."""
    from nndesigner.gui.monitors.panel import MonitorsPanel

    view = TryIt(desk.session)
    dock = desk.window.docks.get("monitors")
    panel = dock.fill() if dock is not None else None
    if isinstance(panel, MonitorsPanel):
        panel.shown_changed.connect(lambda: view.show_run(panel.runs[0] if panel.runs else None))
        view.show_run(panel.runs[0] if panel.runs else None)
    return view
