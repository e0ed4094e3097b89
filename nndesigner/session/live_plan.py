"""The settings of the plan that act on the run that goes on: which samples are watched, and what watching may cost.

All others are those of the next run.
"""

from __future__ import annotations

from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.document.records import TrainingPlan
from nndesigner.protocol.watched import budget_of, watch_of
from nndesigner.session.editing import Editing
from nndesigner.session.running import Running


class LivePlan:
    """Tells the run of one session what its plan says anew."""

    def __init__(self, editing: Editing, training: Running) -> None:
        self._editing, self._training = editing, training
        self._known: tuple[Document, object, object] | None = None
        """what the run trains, and what it was told last"""
        editing.changed.connect(self._edited)

    def _edited(self, diff: Diff) -> None:
        run, now = self._training.document, self._editing.document
        if not any(isinstance(record, TrainingPlan) for record in diff.records):
            return
        if not self._training.busy or run is None or not _same_plan(run, now):
            return
        if self._known is None or self._known[0] is not run:
            values = plan_values(run)[0]
            self._known = run, watch_of(values), budget_of(values)
        values = plan_values(now)[0]
        watch, budget = watch_of(values), budget_of(values)
        if watch != self._known[1]:
            self._training.watch(watch)
        if budget != self._known[2]:
            self._training.set_budget(budget.share)
        self._known = run, watch, budget


def _same_plan(run: Document, now: Document) -> bool:
    """Whether the project that is edited is the one that the run trains."""
    return run.plan is not None and now.plan is not None and run.plan.id == now.plan.id
