"""Undo and redo: a stack of named diffs. A mark remembers a place to bail back to when a gesture is cancelled.

Plain Python: the window only displays it. The history never changes a document, it says which diff to apply.
"""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.document.diff import Diff, squash
from nndesigner.document.records import AnyRecord


@dataclass(frozen=True)
class Step:
    """One user action."""

    name: str
    diff: Diff


@dataclass(frozen=True)
class Mark:
    """A place in the history, made before a gesture starts."""

    depth: int


class History:
    """Steps done and steps undone. `depth` counts the steps done."""

    def __init__(self, limit: int = 10_000) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._limit = limit
        self._dropped = 0
        self._saved: int | None = 0

    @property
    def done(self) -> tuple[Step, ...]:
        return tuple(self._done)

    @property
    def undone(self) -> tuple[Step, ...]:
        """Steps that `redo` would do again, the next one last."""
        return tuple(self._undone)

    @property
    def depth(self) -> int:
        return self._dropped + len(self._done)

    def push(self, name: str, diff: Diff) -> None:
        """Remembers a step that was just applied; steps that were undone before it are forgotten."""
        if not diff:
            return
        if self._saved is not None and self._saved > self.depth:
            self._saved = None
        self._undone.clear()
        self._done.append(Step(name, diff))
        if len(self._done) > self._limit:
            del self._done[0]
            self._dropped += 1

    def undo(self) -> Step | None:
        """The step to take back: the caller applies the inverse of its diff. None where there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        return step

    def redo(self) -> Step | None:
        """The step to do again: the caller applies its diff."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return step

    # -- marks -----------------------------------------------------------------------------------------------
    def mark(self) -> Mark:
        return Mark(self.depth)

    def bail(self, mark: Mark) -> Diff:
        """Forgets every step since the mark and gives the diff that takes them all back."""
        back = self.back_to(mark)
        self.forget_since(mark)
        return back

    def back_to(self, mark: Mark) -> Diff:
        """The diff that takes every step since the mark back."""
        back = Diff()
        for step in reversed(self._done[max(0, mark.depth - self._dropped) :]):
            back = squash(back, step.diff.inverse())
        return back

    def forget_since(self, mark: Mark) -> None:
        """The steps since the mark were taken back, and cannot be done again."""
        del self._done[max(0, mark.depth - self._dropped) :]

    def merge(self, mark: Mark, name: str) -> None:
        """Makes one step of all steps since the mark (a gesture that edited several times)."""
        start = max(0, mark.depth - self._dropped)
        steps = self._done[start:]
        if len(steps) < 2:
            return
        if self._saved is not None and self._saved > self._dropped + start:
            self._saved = None
        total = Diff()
        for step in steps:
            total = squash(total, step.diff)
        del self._done[start:]
        if total:
            self._done.append(Step(name, total))

    # -- what is no step -----------------------------------------------------------------------------------------
    def amend(self, before: AnyRecord, after: AnyRecord) -> None:
        """A record is now known to be `after` wherever it was `before`: in every step, done or undone.

        For what is found out about a record and is no act of the user (what a worker found in the data): it is then
        neither undone alone nor in the way of undoing what was done before.
        """
        id = before.id

        def amended(record: AnyRecord) -> AnyRecord:
            return after if record == before else record

        def step_amended(step: Step) -> Step:
            diff = step.diff
            if id not in diff.touched:
                return step
            return Step(
                step.name,
                Diff(
                    added={k: amended(r) for k, r in diff.added.items()},
                    changed={k: (amended(b), amended(a)) for k, (b, a) in diff.changed.items()},
                    removed={k: amended(r) for k, r in diff.removed.items()},
                ),
            )

        done, undone = [*map(step_amended, self._done)], [*map(step_amended, self._undone)]
        self._done, self._undone, self._saved = done, undone, None

    # -- the saved state ---------------------------------------------------------------------------------------
    def saved(self) -> None:
        """The document as it is now is in the file."""
        self._saved = self.depth

    def unsaved(self) -> None:
        """No place in this history is in the file (a recovered document, a fresh template)."""
        self._saved = None

    @property
    def saved_depth(self) -> int | None:
        """How many steps were done when the document was last saved; None where undo and redo do not lead there."""
        return self._saved

    @property
    def is_saved(self) -> bool:
        return self._saved == self.depth
