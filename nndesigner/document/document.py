"""The document: an immutable map from id to record, with the few look-ups that everybody needs.

It knows nothing of files, history or layers. `apply` gives a new document; the old one stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from nndesigner.document.diff import Diff
from nndesigner.document.records import AnyRecord, DataSource, Edge, Network, Node, TrainingPlan


class Conflict(Exception):
    """A diff does not fit the document it is applied to; the document is unchanged."""


class Document:
    """Records by id, in the order in which they were added."""

    def __init__(self, records: Iterable[AnyRecord] | Mapping[str, AnyRecord] = ()) -> None:
        if isinstance(records, Mapping):
            self._records = dict(records)
        else:
            self._records = {record.id: record for record in records}

    @property
    def records(self) -> Mapping[str, AnyRecord]:
        return MappingProxyType(self._records)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self._records == other._records

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, id: object) -> bool:
        return id in self._records

    def get(self, id: str) -> AnyRecord | None:
        return self._records.get(id)

    def apply(self, diff: Diff) -> Document:
        """The document after the edit. Raises Conflict where the diff expects other records than are here."""
        records = dict(self._records)
        for key, record in diff.removed.items():
            if records.pop(key, None) != record:
                raise Conflict(f"the record {key} to remove is not as the edit expects it")
        for key, (before, after) in diff.changed.items():
            if records.get(key) != before:
                raise Conflict(f"the record {key} to change is not as the edit expects it")
            records[key] = after
        for key, record in diff.added.items():
            if key in records:
                raise Conflict(f"the record {key} to add is already here")
            records[key] = record
        return Document(records)

    @cached_property
    def derived(self) -> dict[object, Any]:
        """Answers that others work out from this document and keep with it."""
        return {}

    # -- look-ups --------------------------------------------------------------------------------------------
    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """In the order of their tabs, which does not depend on the history of edits."""
        networks = (r for r in self._records.values() if isinstance(r, Network))
        return tuple(sorted(networks, key=lambda network: (network.order, network.id)))

    @property
    def main(self) -> Network:
        """The network that a project opens on and trains. Raises LookupError in a document without one."""
        if not self.networks:
            raise LookupError("the document has no network")
        return self.networks[0]

    @cached_property
    def _nodes_by_network(self) -> dict[str, tuple[Node, ...]]:
        lists: dict[str, list[Node]] = {}
        for record in self._records.values():
            if isinstance(record, Node):
                lists.setdefault(record.network, []).append(record)
        return {key: tuple(nodes) for key, nodes in lists.items()}

    def nodes(self, network: str | None = None) -> tuple[Node, ...]:
        """The nodes of a network (of the main one without an argument), in the order in which they were added."""
        return self._nodes_by_network.get(self.main.id if network is None else network, ())

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(r for r in self._records.values() if isinstance(r, Edge))

    @cached_property
    def _edges_by_node(self) -> dict[str, tuple[Edge, ...]]:
        lists: dict[str, list[Edge]] = {}
        for edge in self.edges:
            lists.setdefault(edge.source, []).append(edge)
            if edge.target != edge.source:
                lists.setdefault(edge.target, []).append(edge)
        return {key: tuple(edges) for key, edges in lists.items()}

    def edges_of(self, node: str) -> tuple[Edge, ...]:
        """Every wire that starts or ends at the node."""
        return self._edges_by_node.get(node, ())

    @cached_property
    def _edges_by_network(self) -> dict[str, tuple[Edge, ...]]:
        lists: dict[str, list[Edge]] = {}
        for edge in self.edges:
            source = self._records.get(edge.source)
            if isinstance(source, Node):
                lists.setdefault(source.network, []).append(edge)
        return {key: tuple(edges) for key, edges in lists.items()}

    def edges_in(self, network: str | None = None) -> tuple[Edge, ...]:
        """The wires of a network; a wire belongs to the network of its source."""
        return self._edges_by_network.get(self.main.id if network is None else network, ())

    def wire_into(self, node: str, port: str) -> Edge | None:
        """The wire that ends at an input port."""
        return next((e for e in self.edges_of(node) if e.target == node and e.in_port == port), None)

    @cached_property
    def data(self) -> DataSource | None:
        return next((r for r in self._records.values() if isinstance(r, DataSource)), None)

    @cached_property
    def plan(self) -> TrainingPlan | None:
        return next((r for r in self._records.values() if isinstance(r, TrainingPlan)), None)

    def node(self, id: str) -> Node:
        record = self._records[id]
        if not isinstance(record, Node):
            raise KeyError(id)
        return record

    def node_named(self, name: str, network: str | None = None) -> Node | None:
        return next((node for node in self.nodes(network) if node.name == name), None)

    def __iter__(self) -> Iterator[AnyRecord]:
        return iter(self._records.values())
