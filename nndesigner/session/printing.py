"""The source of the whole network, printed anew after each check for as long as somebody looks at it.

While the network has errors the last good text stands, with the sentence why. Printing is done elsewhere.
"""

from __future__ import annotations

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler.layout import Printed
from nndesigner.document.blocks import BLOCK, inside
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.session.editing import Editing
from nndesigner.session.elsewhere import Elsewhere, Failing, Latest


class Printing:
    """`printed` is the last good text, with the lines of each layer by record id."""

    def __init__(self, editing: Editing, elsewhere: Elsewhere) -> None:
        self.changed: Event[[]] = Event()
        self.printed = Printed("")
        self.problem = ""
        """why there is no newer text, as a sentence"""
        self._main = ""
        """the main network of the project that the text is of"""
        self._editing = editing
        self._latest = Latest(elsewhere)
        self._looked_at = False
        self._stale = True
        self._comments_changed = False
        editing.checking.changed.connect(self._checked)
        editing.changed.connect(self._edited)

    @property
    def waiting(self) -> bool:
        """Whether a newer text is on its way."""
        return self._latest.waiting

    def look(self, on: bool) -> None:
        """Somebody begins to look, or looks no longer; what nobody sees is not printed."""
        self._looked_at = on
        if on and self._stale:
            self.print()
        elif not on:
            self._stale = self._stale or self._latest.waiting
            self._latest.cancel()

    def print(self) -> None:
        """Prints the newest network, now or soon; `changed` is told when the text is there."""
        self._stale = False
        document = self._editing.document
        checked = None if self._comments_changed else self._editing.whole
        self._comments_changed = False
        main = document.main.id

        def arrived(printed: Printed) -> None:
            self.printed, self.problem, self._main = printed, "", main
            self.changed.tell()

        def failed(error: Failing) -> None:
            if self._main != main:  # the last good text is that of another project
                self.printed = Printed("")
            self.problem = str(error)
            self.changed.tell()

        self._latest.ask(lambda progress: _text(document, checked, progress), arrived, failed)

    def _checked(self) -> None:
        self._stale = True
        if self._looked_at:
            self.print()

    def _edited(self, diff: Diff) -> None:
        """Comments are no matter of the check, but they stand in the source."""
        if any(_comment(before) != _comment(after) for before, after in diff.changed.values()):
            self._comments_changed = True
            self._checked()

    # -- lines and layers ----------------------------------------------------------------------------------------------
    def lines_of(self, ids: list[str]) -> list[tuple[int, int]]:
        """First and last line, from 1, of every place that belongs to these layers, in order."""
        return sorted({place for id in ids for place in self.printed.lines.get(id, ())})

    def layers_at(self, line: int) -> list[str]:
        """The layers that a line stands for in the network that is looked at: its own, or the blocks around it."""
        document, network = self._editing.document, self._editing.network
        record = document.get(self.printed.node_at(line))
        if not isinstance(record, Node):
            return []
        if record.network == network:
            return [record.id]
        return [
            node.id
            for node in document.nodes(network)
            if node.type == BLOCK and record.network in inside(document, node.block)
        ]


def _text(document: Document, checked: CheckedNetwork | None, progress: Progress) -> Printed:
    from nndesigner.check.check import check
    from nndesigner.compiler.source import printed

    checked = checked or check(document)
    progress(0.5, "")
    if not checked.compiled:
        raise Refusal(next((problem.message for problem in checked.problems), ""))
    return printed(checked)


def _comment(record: object) -> str:
    return record.comment if isinstance(record, Node) else ""
