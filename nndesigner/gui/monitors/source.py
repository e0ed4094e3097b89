"""What the views look at: one run, live or from its folder, with the network as it was when it was trained.

It knows no widget. A view asks for nothing else: numbers and pictures from the history, nodes from the run's own
document, and whether a node of the document that is being edited is still the one that was trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.document.blocks import BLOCK, inside
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.protocol.messages import Done
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import open_run

if TYPE_CHECKING:
    from nndesigner.session.running import Running


@dataclass(eq=False)
class ShownRun:
    """A run that is looked at. `document` is the project as it was then; None where it cannot be read any more."""

    name: str
    path: Path | None
    history: RunHistory
    document: Document | None
    live: bool = False
    """whether its worker still speaks to this designer"""
    state: str = ""
    blamed: str = ""
    """key of the node at which values were first not finite, where the run diverged"""
    sentence: str = ""
    """how it ended, in the worker's words"""
    preview: bool = False
    """whether it is no run at all but the network as it is drawn, with a sample on its way through it"""

    @cached_property
    def checked(self) -> CheckedNetwork | None:
        """The run's own network."""
        return check(self.document) if self.document is not None else None

    def node(self, key: str) -> CheckedNode | None:
        """A node as it was trained, by its id or by the key that leads to it inside blocks; None where it is not in
        this run, or nothing depends on it."""
        found = self.checked.find(key) if self.checked is not None else None
        return found.node if found is not None else None

    def snapshot(self) -> ShownRun:
        """The run as it is now: it goes on without this one."""
        made = replace(self, history=self.history.snapshot(), live=False)
        made.checked = self.checked
        return made

    @property
    def step(self) -> int | None:
        """The newest step of which anything is known."""
        if self.history.clock is not None:
            return self.history.clock.step
        newest = [int(s.steps[-1]) for key in self.history.curves() if len(s := self.history.series(*key))]
        return max(newest, default=None)


def live_run(training: Running) -> ShownRun | None:
    """The run that goes on now, or the last one of this session."""
    if training.run is None:
        return None
    outcome = training.outcome
    result = outcome.result if isinstance(outcome, Done) else {}
    return ShownRun(
        training.run.name,
        training.run,
        training.history,
        training.document,
        training.busy,
        training.state or str(result.get("state", "")),
        str(result.get("blamed", "")),
        str(result.get("sentence", "")),
    )


def run_from_folder(path: Path, progress: Progress = quiet) -> ShownRun:
    """A run as its folder tells it. Raises Refusal where there is none."""
    folder = open_run(path)
    try:
        document: Document | None = folder.document()
    except Refusal:
        document = None
    record = folder.record
    history = RunHistory.from_folder(folder, progress)
    blamed = str(record.result.get("blamed", ""))
    return ShownRun(folder.name, path, history, document, False, record.state, blamed, record.sentence)


# -- the document of now against the run's ------------------------------------------------------------------------
def changes_since(run: Document | None, now: Document) -> Mapping[str, str]:
    """Nodes of the document that the run did not train as they are: id → "added" or "edited".

    A node is edited where its type, its settings or what feeds it differ, a block also where anything inside does;
    where it stands and what it is called changes nothing.
    """
    if run is None or run is now:
        return {}
    found: dict[str, str] = {}
    for node in (node for network in now.networks for node in now.nodes(network.id)):
        before = run.get(node.id)
        if not isinstance(before, Node):
            found[node.id] = "added"
        elif _meaning(run, before) != _meaning(now, node):
            found[node.id] = "edited"
    return found


def _meaning(document: Document, node: Node) -> tuple[Any, ...]:
    wires = {(e.source, e.out_port, e.in_port) for e in document.edges_of(node.id) if e.target == node.id}
    parts = (node.type, node.parameters, frozenset(wires), node.bypass, node.shares, node.block)
    return (*parts, _content(document, node.block)) if node.type == BLOCK else parts


def _content(document: Document, block: str) -> Any:
    """What is inside a block and the blocks that it uses."""
    known = document.derived
    if ("trained", block) not in known:
        networks = sorted(inside(document, block))
        nodes = {node.id: node for id in networks for node in document.nodes(id)}
        closed = {
            id: (node.type, node.parameters, node.bypass, node.shares, node.block)
            for id, node in nodes.items()
        }
        wires = {
            (e.source, e.out_port, e.target, e.in_port) for id in networks for e in document.edges_in(id)
        }
        declared = [network.parameters for network in document.networks if network.id in networks]
        known["trained", block] = closed, wires, declared
    return known["trained", block]


def label_of(change: str) -> str:
    """The few words under a node of the canvas that the run did not train as it is."""
    return tr("not in this run") if change == "added" else tr("edited since this run")


def note_on_place(name: str) -> str:
    """What to say of a node that stood elsewhere in the run, inside of another block or of none."""
    return tr("“{name}” is at another place in this run: train again to see it here.", name=name)


def note_about(change: str, name: str) -> str:
    """What to say of a node that is not in the run as it is."""
    if change == "added":
        return tr("“{name}” was added after this run: train again to see it.", name=name)
    return tr("“{name}” was changed after this run: this is what was trained.", name=name)
