"""The one door to the document: every edit by verb, with its name in the history, checked, and told to whoever looks.

An edit is done or it is refused; in between there is nothing. This module knows no file and no worker.
"""

from __future__ import annotations

from typing import Any

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal, Remedy
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document import edits
from nndesigner.document.diff import Diff
from nndesigner.document.document import Conflict, Document
from nndesigner.document.history import History, Mark
from nndesigner.session.checking import Background, Checking, matters


class Editing:
    """A document that is being edited."""

    def __init__(self, document: Document | None = None, background: Background | None = None) -> None:
        self.changed: Event[[Diff]] = Event()
        """after every edit, undo and redo, with what changed"""
        self.stepped: Event[[str, Diff]] = Event()
        """the same with the name of what was done, for the journal; told first"""
        self.replaced: Event[[]] = Event()
        """another document is here"""
        self.refused: Event[[str]] = Event()
        """with the sentence to show when an edit could not be done"""
        self.checking = Checking(background)
        self.history = History()
        self._document = document or edits.new_document()
        self._network = self._document.main.id
        self.checking.look(self._document, self._network)

    @property
    def document(self) -> Document:
        return self._document

    @property
    def network(self) -> str:
        """Id of the network that is looked at."""
        return self._network

    def show_network(self, network: str) -> None:
        """Looks at another network of the document."""
        if network != self._network and any(n.id == network for n in self._document.networks):
            self._network = network
            self.checking.look(self._document, network)

    @property
    def checked(self) -> CheckedNetwork | None:
        return self.checking.checked

    def replace(self, document: Document, *, saved: bool) -> None:
        """Edits another document from now on, with an empty history."""
        self._document = document
        self._network = document.main.id
        self.history = History()
        if not saved:
            self.history.unsaved()
        self.checking.look(document, self._network)
        self.replaced.tell()

    # -- edits -----------------------------------------------------------------------------------------------------
    def edit(self, name: str, verb: str, /, **arguments: Any) -> Diff | None:
        """Runs one verb of `document/edits.py` as one undoable step; None where it was refused.

        An edit that changes nothing is no step. Without a name the step is named after what it does.
        """
        try:
            diff = edits.VERBS[verb](self._document, **arguments)
            after = self._document.apply(diff)
        except Refusal as refusal:
            self.refused.tell(str(refusal))
            return None
        except Conflict:
            self.refused.tell(tr("The network has changed in between. Try again."))
            return None
        if diff:
            name = name or edits.say(diff)
            # Whatever can fail has been done: document and history go on together, or neither does.
            self.history.push(name, diff)
            self._document = after
            self._told(name, diff)
        return diff

    def run_remedy(self, remedy: Remedy) -> Diff | None:
        """Mends a problem the way its remedy says, as one step."""
        return self.edit(remedy.sentence, remedy.verb, **remedy.arguments)

    def why_not(self, source: str, out_port: str, target: str, in_port: str) -> str:
        """Why this wire cannot be drawn, as a sentence; "" where it can."""
        return edits.why_not(self._document, source, out_port, target, in_port)

    def amend(self, verb: str, /, **arguments: Any) -> Diff | None:
        """Runs a verb as something that was found out and is no step: neither undone nor redone by itself.

        None where it was refused.
        """
        try:
            diff = edits.VERBS[verb](self._document, **arguments)
            document = self._document.apply(diff)
        except (Refusal, Conflict):
            return None
        name = edits.say(diff)
        for before, after in diff.changed.values():
            self.history.amend(before, after)
        self._document = document
        if diff:
            self._told(name, diff)
        return diff

    # -- undo ------------------------------------------------------------------------------------------------------
    def undo(self) -> bool:
        """Takes the last step back; False where there is none."""
        if not self.history.done:
            return False
        step = self.history.done[-1]
        back = step.diff.inverse()
        before = self._document.apply(back)
        name = tr("Undo {name}", name=step.name)
        self.history.undo()
        self._document = before
        self._told(name, back)
        return True

    def redo(self) -> bool:
        """Does the step again that was taken back last; False where there is none."""
        if not self.history.undone:
            return False
        step = self.history.undone[-1]
        after = self._document.apply(step.diff)
        name = tr("Redo {name}", name=step.name)
        self.history.redo()
        self._document = after
        self._told(name, step.diff)
        return True

    @property
    def undo_name(self) -> str:
        """The step that `undo` would take back; "" where there is none."""
        return self.history.done[-1].name if self.history.done else ""

    @property
    def redo_name(self) -> str:
        return self.history.undone[-1].name if self.history.undone else ""

    # -- gestures --------------------------------------------------------------------------------------------------
    def mark(self) -> Mark:
        """Before a gesture that edits several times."""
        return self.history.mark()

    def bail(self, mark: Mark) -> None:
        """The gesture was cancelled: everything since the mark is taken back and forgotten."""
        diff = self.history.back_to(mark)
        document = self._document.apply(diff)
        self.history.forget_since(mark)
        self._document = document
        if diff:
            self._told(tr("Cancel"), diff)

    def merge(self, mark: Mark, name: str) -> None:
        """The gesture is done: one step of everything since the mark."""
        self.history.merge(mark, name)

    # -- inside ----------------------------------------------------------------------------------------------------
    def _told(self, name: str, diff: Diff) -> None:
        self.stepped.tell(name, diff)
        if self._network not in self._document:
            self._network = self._document.main.id
        self.changed.tell(diff)
        if matters(diff):
            self.checking.look(self._document, self._network)
