"""The code that a project brings along, and whether the user has read and trusted it.

A project never runs anything by being opened. What is trusted is kept by hash outside of it (`base/trust.py`), so that
neither a copy, nor a run folder, nor a changed text carries trust.
"""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.base import trust
from nndesigner.base.names import counted
from nndesigner.base.observer import Event
from nndesigner.document.document import Document
from nndesigner.layers.custom import CUSTOM_TYPE, code_of, may_run
from nndesigner.layers.custom_code import read_code
from nndesigner.session.editing import Editing


@dataclass(frozen=True)
class CodeInUse:
    """One text in a project: its class ("" where it is no layer), and the names of the nodes that use it."""

    text: str
    class_name: str
    nodes: tuple[str, ...]
    trusted: bool

    @property
    def digest(self) -> str:
        return trust.digest(self.text)


def code_in(document: Document) -> tuple[CodeInUse, ...]:
    """Every text of the project's custom layers, those alike once."""
    users: dict[str, list[str]] = {}
    for network in document.networks:
        for node in sorted(document.nodes(network.id), key=lambda node: counted(node.name)):
            if node.type == CUSTOM_TYPE:
                users.setdefault(code_of(node.parameters), []).append(node.name)
    return tuple(
        CodeInUse(text, read_code(text).class_name, tuple(names), may_run(text))
        for text, names in users.items()
    )


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

    def text_of(self, node: str) -> str:
        """The text of a node."""
        return code_of(self._editing.document.node(node).parameters)

    def trust(self, text: str) -> None:
        """The user has read this text and trusts it. Raises WriteError where that cannot be kept."""
        trust.trust(text, read_code(text).class_name)
        self._look_again()

    def withdraw(self, text: str) -> None:
        """This text is not to run any more. Raises WriteError where that cannot be kept."""
        trust.withdraw(text)
        self._look_again()

    def _look_again(self) -> None:
        self._editing.check_again()
        self.changed.tell()
