"""What the canvas needs of whoever holds the document: the document to show, one door to edit it, and news of it.

The session is one; a test's plain one is another. The canvas never sees a file, a history or a worker.
"""

from __future__ import annotations

from typing import Any, Protocol

from nndesigner.base.observer import Event
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.trial import Join
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document


class CanvasEditor(Protocol):
    """The document and its one door."""

    @property
    def document(self) -> Document: ...

    @property
    def network(self) -> str:
        """Id of the network to show."""
        ...

    @property
    def checked(self) -> CheckedNetwork | None:
        """The network as last checked; None before the first check."""
        ...

    @property
    def changed(self) -> Event[[Diff]]:
        """Told after every edit, undo and redo, with what changed."""
        ...

    @property
    def checked_changed(self) -> Event[[]]: ...

    @property
    def refused(self) -> Event[[str]]:
        """Told with the sentence to show when an edit could not be done."""
        ...

    def edit(self, name: str, verb: str, /, **arguments: Any) -> Diff | None:
        """Runs one verb of `document/edits.py` as one undoable step; None where it was refused.

        `name` and `verb` go by position: verbs have arguments of these names themselves.
        """
        ...

    def why_not(self, source: str, out_port: str, target: str, in_port: str) -> str:
        """Why this wire cannot be drawn, as a sentence; "" where it can."""
        ...

    def misfit(self, source: str, out_port: str, target: str, in_port: str) -> str:
        """Why what flows there would not suit the input, though the wire can be drawn; "" where it would."""
        ...

    def joins(self, source: str, out_port: str, target: str, in_port: str) -> tuple[Join, ...]:
        """The layers that could take a further wire to an input together with the one that is there."""
        ...

    def suiting(self, type: str, source: str, out_port: str) -> dict[str, Any]:
        """Settings, other than the defaults, with which a layer takes what leaves an output."""
        ...
