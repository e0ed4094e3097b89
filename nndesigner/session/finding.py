"""Finding layers by what they are called, what they are, how they are set and what is wrong with them.

It looks through every network of a project, and remembers what it read of a layer until the layer changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from nndesigner.base.problem import Problem
from nndesigner.base.text import tr
from nndesigner.check.order import in_order
from nndesigner.document.blocks import declared, settled
from nndesigner.document.document import Document
from nndesigner.document.records import Node


class Match(msgspec.Struct, frozen=True):
    """A layer that was found, and the network that it stands in."""

    node: str
    network: str


class Finder:
    """One project's search. `find` gives what holds every word that is asked for, whatever its case."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Node, object, str]] = {}
        """node id → the record as it was read, what declares it, and what can be found of it"""

    def find(self, document: Document, words: str, problems: Iterable[Problem] = ()) -> tuple[Match, ...]:
        """Matches in data order: those of the main network, then those of the others.

        A word such as "kernel_size=3" or "kernel_size:3" must stand as a whole; any other may be a part of a name, a
        type, a parameter or its value, a comment, or of what a problem says. No words find nothing.
        """
        wanted = [_asked(word) for word in words.lower().split()]
        if not wanted:
            return ()
        said: dict[str, list[str]] = {}
        for problem in problems:
            said.setdefault(problem.where.node, []).append(problem.message)
        found = []
        for network in document.networks:
            for node in (document.node(id) for id in in_order(document, network.id)):
                text = self._text(document, node)
                if node.id in said:
                    text += "\n" + "\n".join([tr("problem"), *said[node.id]]).lower()
                if all(_holds(text, word) for word in wanted):
                    found.append(Match(node.id, network.id))
        self._read = {id: known for id, known in self._read.items() if id in document}
        return tuple(found)

    def _text(self, document: Document, node: Node) -> str:
        entry = declared(document, node)
        known = self._read.get(node.id)
        if known is not None and known[0] is node and known[1] is entry:
            return known[2]
        parts = [node.name, node.type, node.comment]
        values: Mapping[str, object] = node.parameters
        if entry is not None:
            parts += [tr(entry.label), tr(entry.group)]
            values = {**settled(document, node), **node.parameters}
        for name, value in values.items():
            parts += [f"{name}={word}" for word in _shown(value)]
        text = "\n".join(parts).lower()
        self._read[node.id] = (node, entry, text)
        return text


def _asked(word: str) -> str:
    """ "kernel_size:[3,3]" asks for the same as "kernel_size=3,3"."""
    word = word.replace(":", "=", 1)
    return word.translate(str.maketrans("", "", "[]()")) if "=" in word else word


def _holds(text: str, word: str) -> bool:
    if "=" in word:
        return f"\n{word}\n" in f"{text}\n"
    return word in text


def _shown(value: object) -> set[str]:
    """A value as words without spaces: of several numbers "3,3", and "3" where they are all the same."""
    if isinstance(value, tuple | list):
        words = [str(item).replace(" ", "") for item in value]
        return {",".join(words), *(words[:1] if len(set(words)) == 1 else ())}
    return {str(value).replace(" ", "")}
