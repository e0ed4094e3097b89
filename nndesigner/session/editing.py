"""The one door to the document: every edit by verb, with its name in the history, checked, and told to whoever looks.

An edit is done or it is refused; in between there is nothing. This module knows no file and no worker.
"""

from __future__ import annotations

from typing import Any

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal, Remedy
from nndesigner.base.text import count, tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document import edits
from nndesigner.document.blocks import BLOCK, trail_to
from nndesigner.document.diff import Diff, squash
from nndesigner.document.document import Conflict, Document
from nndesigner.document.history import History, Mark
from nndesigner.document.records import Edge, Frame, Network, Node, Note
from nndesigner.session.checking import Background, Checking, Place, matters
from nndesigner.session.dissolving import rounds


class Editing:
    """A document that is being edited."""

    def __init__(self, document: Document | None = None, background: Background | None = None) -> None:
        self.changed: Event[[Diff]] = Event()
        """after every edit, undo and redo, with what changed"""
        self.stepped: Event[[str, Diff]] = Event()
        """the same with the name of what was done, for the journal; told first"""
        self.replaced: Event[[]] = Event()
        """another document is here"""
        self.shown: Event[[]] = Event()
        """another network of the document is looked at, or the same one in another use"""
        self.refused: Event[[str]] = Event()
        """with the sentence to show when an edit could not be done"""
        self.checking = Checking(background)
        self.history = History()
        self._document = document or edits.new_document()
        self._place = Place(self._document.main.id)
        self.checking.look(self._document, self._place)

    @property
    def document(self) -> Document:
        return self._document

    @property
    def network(self) -> str:
        """Id of the network that is looked at."""
        return self._place.network

    @property
    def trail(self) -> tuple[str, ...]:
        """Ids of the blocks that were entered from the main network, outermost first; of a block that nothing uses
        there is none."""
        return self._place.trail

    @property
    def checked(self) -> CheckedNetwork | None:
        """The network that is looked at."""
        return self.checking.checked

    @property
    def whole(self) -> CheckedNetwork | None:
        """The main network: what is trained and exported."""
        return self.checking.whole

    # -- looking into blocks ---------------------------------------------------------------------------------------
    def show_network(self, network: str, trail: tuple[str, ...] | None = None) -> None:
        """Looks at another network of the document, in the use that `trail` leads to, else in its first use."""
        if not any(n.id == network for n in self._document.networks):
            return
        if trail is None or _end(self._document, trail) != network:
            trail = trail_to(self._document, network) or ()
        self._show(Place(network, trail))

    def enter(self, node: str) -> bool:
        """Looks into a block of the network that is looked at; whether it is one."""
        record = self._document.get(node)
        if not isinstance(record, Node) or record.type != BLOCK or record.block not in self._document:
            return False
        trail = self.trail if record.network == self.network else None
        inside = self.network == self._document.main.id or bool(self.trail)
        self.show_network(record.block, (*trail, node) if trail is not None and inside else None)
        return True

    def leave(self) -> bool:
        """Looks at the network around the block that is looked into; False in the main network."""
        if self.network == self._document.main.id:
            return False
        trail = self.trail[:-1]
        self.show_network(_end(self._document, trail) or self._document.main.id, trail)
        return True

    @property
    def path(self) -> tuple[tuple[str, Place], ...]:
        """The way from the main network to what is looked at: what each step is called, and where it leads."""
        main = self._document.main
        steps = [(main.name, Place(main.id))]
        for depth, id in enumerate(self.trail):
            node = self._document.node(id)
            steps.append((node.name, Place(node.block, self.trail[: depth + 1])))
        if steps[-1][1].network != self.network:
            graph = self._document.get(self.network)
            steps.append((graph.name if isinstance(graph, Network) else "", self._place))
        return tuple(steps)

    def check_again(self) -> None:
        """Something outside of the document that a check rests on has changed: what is trusted, what a worker said."""
        self.checking.look(self._document, self._place)

    def _show(self, place: Place) -> None:
        if place != self._place:
            self._place = place
            self.checking.look_at(self._document, place)
            self.shown.tell()

    def replace(self, document: Document, *, saved: bool) -> None:
        """Edits another document from now on, with an empty history."""
        self._document = document
        self._place = Place(document.main.id)
        self.history = History()
        if not saved:
            self.history.unsaved()
        self.checking.look(document, self._place)
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

    def dissolve(self, node: str) -> Diff | None:
        """Puts what is inside a block in its place, as it is in this use; None where it was refused."""
        record = self._document.get(node)
        name = tr("Dissolve {name}", name=record.name) if isinstance(record, Node) else ""
        try:
            found = rounds(self._document, self.checked, node) if isinstance(record, Node) else []
        except Refusal as refusal:
            self.refused.tell(str(refusal))
            return None
        return self.edit(name, "dissolve_block", node=node, rounds=found)

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
        self._told(name, back, go_there=True)
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
        self._told(name, step.diff, go_there=True)
        return True

    def go_to(self, depth: int) -> bool:
        """Takes steps back, or does them again, until `depth` steps are done; whether anything changed.

        As many steps as there are: the document goes there at once, and is told of and checked once.
        """
        history = self.history
        back = max(0, min(history.depth - depth, len(history.done)))
        on = max(0, min(depth - history.depth, len(history.undone)))
        total = Diff()
        for step in history.done[::-1][:back]:
            total = squash(total, step.diff.inverse())
        for step in history.undone[::-1][:on]:
            total = squash(total, step.diff)
        if not back and not on:
            return False
        after = self._document.apply(total)
        for _ in range(back):
            history.undo()
        for _ in range(on):
            history.redo()
        self._document = after
        steps = count(back or on, "step", "steps")
        name = tr("Undo {steps}", steps=steps) if back else tr("Redo {steps}", steps=steps)
        self._told(name, total, go_there=True)
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
    def _told(self, name: str, diff: Diff, go_there: bool = False) -> None:
        self.stepped.tell(name, diff)
        before = self._place
        self._place = self._place_after(diff, go_there)
        self.changed.tell(diff)
        if matters(diff):
            self.checking.look(self._document, self._place)
        elif self._place != before:
            self.checking.look_at(self._document, self._place)
        if self._place != before:
            self.shown.tell()

    def _place_after(self, diff: Diff, go_there: bool) -> Place:
        """What is looked at after an edit: the same network while it is there, else the one around it; after an undo
        or a redo, the network where it happened."""
        document, place = self._document, self._place
        trail = place.trail
        while trail and _end(document, trail) is None:
            trail = trail[:-1]
        network = place.network
        if network not in document:
            network = _end(document, trail) or document.main.id
        if go_there:
            touched = _networks_touched(document, diff)
            if touched and network not in touched:
                network = touched[0]
        if network == place.network and trail == place.trail:
            return place
        if _end(document, trail) != network:
            trail = trail_to(document, network) or ()
        return Place(network, trail)


def _end(document: Document, trail: tuple[str, ...]) -> str | None:
    """The network that a trail of block ids leads to; None where it leads nowhere any more."""
    network = document.main.id
    for id in trail:
        node = document.get(id)
        if not isinstance(node, Node) or node.network != network or node.type != BLOCK:
            return None
        if node.block not in document:
            return None
        network = node.block
    return network


def _networks_touched(document: Document, diff: Diff) -> list[str]:
    """Networks of the document in which an edit changed something, those furthest out first."""
    found: set[str] = set()
    for record in diff.records:
        kind = type(record)
        if kind is Edge:
            end = diff.removed.get(record.source)  # type: ignore[union-attr]
            for source in (end, document.get(record.source)):  # type: ignore[union-attr]
                if type(source) is Node:
                    found.add(source.network)
        elif kind in (Node, Note, Frame):
            found.add(record.network)  # type: ignore[union-attr]
        elif kind is Network:
            found.add(record.id)
    return [network.id for network in document.networks if network.id in found]
