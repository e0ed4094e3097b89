"""The code that a project brings along, and whether the user has read and trusted it.

A project never runs anything by being opened. What is trusted is kept by hash outside of it (`base/trust.py`), so that
neither a copy, nor a run folder, nor a changed text carries trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nndesigner.base import starters, trust
from nndesigner.base.names import counted
from nndesigner.base.observer import Event
from nndesigner.base.own_functions import DATA, LOSS, METRIC, OWN, read_own
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import may_run
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, DataSource, Node
from nndesigner.layers import own_metrics
from nndesigner.layers.custom import CUSTOM_TYPE, code_of
from nndesigner.layers.custom_code import read_code
from nndesigner.layers.losses import own
from nndesigner.layers.output import OUTPUT
from nndesigner.session.editing import Editing


@dataclass(frozen=True)
class CodeInUse:
    """One text in a project: its class or functions ("" where it defines none), and who uses it."""

    text: str
    class_name: str
    nodes: tuple[str, ...]
    trusted: bool

    @property
    def digest(self) -> str:
        return trust.digest(self.text)


def code_in(document: Document) -> tuple[CodeInUse, ...]:
    """Every text of the user's own in the project, those alike once: custom layers, losses, metrics, data."""
    users: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for network in document.networks:
        for node in sorted(document.nodes(network.id), key=lambda node: counted(node.name)):
            for text, name in _texts(node):
                names.setdefault(text, name)
                users.setdefault(text, []).append(node.name)
    for text, name in _texts(document.data) if document.data is not None else ():
        names.setdefault(text, name)
        users.setdefault(text, []).append(tr("the data"))
    return tuple(CodeInUse(text, names[text], tuple(found), may_run(text)) for text, found in users.items())


def _texts(record: AnyRecord) -> Iterator[tuple[str, str]]:
    """The texts of a record, each with what it is called."""
    if isinstance(record, DataSource) and record.type == OWN:
        text = record.parameters.get("code", starters.DATA)
        if isinstance(text, str):
            yield text, read_own(DATA, text).name
    if not isinstance(record, Node):
        return
    if record.type == CUSTOM_TYPE:
        text = code_of(record.parameters)
        yield text, read_code(text).class_name
    elif record.type == OUTPUT.type:
        if record.parameters.get("loss") == OWN:
            text = own.code_of(record.parameters)
            yield text, read_own(LOSS, text).name
        if text := own_metrics.code_of(record.parameters):
            yield text, read_own(METRIC, text).name


def readable(text: str) -> str:
    """The text with every sign that would not be seen written out (`\\u202e`): what is read is what would run."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


class Trust:
    """What the open project brings along, and the user's word on it."""

    def __init__(self, editing: Editing) -> None:
        self.changed: Event[[]] = Event()
        """something was trusted, or is not any more"""
        self.asked: Event[[str]] = Event()
        """with the id of a node whose code is to be shown, and asked about"""
        self._editing = editing

    @property
    def code(self) -> tuple[CodeInUse, ...]:
        return code_in(self._editing.document)

    @property
    def untrusted(self) -> tuple[CodeInUse, ...]:
        return tuple(found for found in self.code if not found.trusted)

    def text_of(self, id: str) -> str:
        """The text of a node or of the data that is not trusted, or else the first one; "" where it has none."""
        record = self._editing.document.get(id)
        texts = [text for text, _ in _texts(record)] if record is not None else []
        return next((text for text in texts if not may_run(text)), texts[0] if texts else "")

    def trust(self, text: str) -> None:
        """The user has read this text and trusts it. Raises WriteError where that cannot be kept."""
        trust.trust(text, next((found.class_name for found in self.code if found.text == text), ""))
        self._look_again()

    def withdraw(self, text: str) -> None:
        """This text is not to run any more. Raises WriteError where that cannot be kept."""
        trust.withdraw(text)
        self._look_again()

    def _look_again(self) -> None:
        self._editing.check_again()
        self.changed.tell()
