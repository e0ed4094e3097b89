"""k-fold cross-validation: the project trained k times, one run after the other, each validating on another fold.

What is not set aside for the test is cut into folds by the data's own split (by class, or whole groups); each run's
data is read anew with another fold that validates, so that preparation is fitted on that run's training part alone.
The runs are ordinary runs of the project, and say in their records that they belong together.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from nndesigner.base.atomic import WriteError
from nndesigner.base.names import new_id
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.catalogue import source
from nndesigner.document.document import Document
from nndesigner.document.verbs import changed_records
from nndesigner.protocol.messages import Done, Failed
from nndesigner.runs.cross_validation import Folds, folds_of, group_of
from nndesigner.session.editing import Editing
from nndesigner.session.run_folders import free_run_path
from nndesigner.session.running import Running

FEWEST, MOST = 2, 100
USUAL = 5
_ON = ("finished", "early", "diverged")
"""how a run may have ended for the next one to begin"""


def why_no_folds(document: Document) -> str:
    """Why the data of a project cannot be cut into folds; "" where it can."""
    record = document.data
    if record is None:
        return tr("The project has no data to learn from: choose some on the data page.")
    known = source(record.type)
    if known is None or not {"folds", "fold"} <= {field.name for field in known.parameters}:
        return tr(
            "Cross-validation draws folds at random, and this data does not allow it: its samples follow each other, or"
            " it comes with parts of its own."
        )
    return ""


def fold_document(document: Document, fold: int, folds: int) -> Document:
    """The project with one of its folds validating, from 1 on. What is known of the data stays until it is read."""
    record = document.data
    assert record is not None
    after = msgspec.structs.replace(record, parameters={**record.parameters, "folds": folds, "fold": fold})
    return document.apply(changed_records((record, after)))


def fold_path(folder: Path, document: Document, fold: int, folds: int) -> Path:
    """The folder of the run of one fold."""
    path = free_run_path(folder, document)
    return path.with_name(f"{path.name}-fold-{fold}-of-{folds}")


class CrossValidating:
    """The cross-validation that goes on, or the last one of this session. Its runs are those of `Running`."""

    def __init__(self, editing: Editing, training: Running) -> None:
        self.changed: Event[[]] = Event()
        """begun, another fold, ended"""
        self.id = ""
        """of the last cross-validation of this session"""
        self.fold = 0
        """the fold that is trained now, from 1 on; 0 while nothing goes on"""
        self.folds = 0
        self.failure = ""
        """why the last one did not come to its end"""
        self._editing, self._training = editing, training
        self._document: Document | None = None
        self._device = ""
        training.changed.connect(self._look)
        editing.replaced.connect(self._leave)

    @property
    def busy(self) -> bool:
        return self.fold > 0

    def why_not(self) -> str:
        """Why none can begin; "" where it can, as far as the data goes."""
        return why_no_folds(self._editing.document)

    def start(self, folds: int, *, device: str = "") -> None:
        """Begins with the first fold. Raises NotReady, Refusal or WriteError."""
        if not FEWEST <= folds <= MOST:
            raise Refusal(tr("Cross-validation has {least} to {most} folds.", least=FEWEST, most=MOST))
        if reason := self.why_not():
            raise Refusal(reason)
        self._training.check_ready()
        self.id, self.folds, self.failure = new_id(), folds, ""
        self._document, self._device = self._editing.document, device
        self._begin(1)

    def cancel(self) -> None:
        """No further fold begins; the run that goes on is stopped, with a checkpoint."""
        if self.busy:
            self._end(tr("Stopped in fold {fold} of {folds}.", fold=self.fold, folds=self.folds))
            self._training.stop()

    def found(self) -> tuple[Folds, ...]:
        """The cross-validations among the project's runs, as last listed."""
        return folds_of(self._training.runs())

    def _begin(self, fold: int) -> None:
        assert self._document is not None
        before, self.fold = self.fold, fold
        try:
            self._training.train_document(
                fold_document(self._document, fold, self.folds),
                fold_path(self._training.folder, self._document, fold, self.folds),
                group_of(self.id, fold, self.folds),
                device=self._device,
            )
        except (Refusal, WriteError) as error:
            self.fold = before
            if before:
                self._end(str(error))
                return
            raise
        self.changed.tell()

    def _look(self) -> None:
        """A run may have ended: the next fold, or the end."""
        training = self._training
        if not self.busy or training.busy:
            return
        outcome = training.outcome
        state = outcome.result.get("state") if isinstance(outcome, Done) else ""
        if state not in _ON:
            words = tr("Stopped in fold {fold} of {folds}.", fold=self.fold, folds=self.folds)
            if isinstance(outcome, Failed) and outcome.code != "cancelled":
                words += f" {outcome.sentence}"
            self._end(words)
        elif self.fold < self.folds:
            self._begin(self.fold + 1)
        else:
            self._end("")

    def _end(self, failure: str) -> None:
        self.fold, self.failure, self._document = 0, failure, None
        self.changed.tell()

    def _leave(self) -> None:
        """Another project is opened: the run that goes on is its own business."""
        if self.busy:
            self._end(tr("Stopped in fold {fold} of {folds}.", fold=self.fold, folds=self.folds))
