"""One network as numpy arrays: places, forms, ports and flattened wires, in the document's order.

A cache of the document, made by `rebuild`, kept by `update` with each diff and never written by hand; tests hold the
two against each other. It knows no Qt, no texts and no selection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import COLORS, Edge, Frame, Network, Node, Note
from nndesigner.gui.canvas import faces, geometry
from nndesigner.gui.canvas.bends import Points, line_through, resampled
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT, SEGMENTS, WIDTH, Floats, Ints, Outline
from nndesigner.gui.canvas.port_table import port_table, wired_ports
from nndesigner.gui.canvas.preview import moved

Bounds = tuple[float, float, float, float]
"""left, top, right, bottom in scene units"""


class NetworkArrays:
    """The drawing of one network as data. N nodes, M wires.

    `place` [N, 2] top left corners, `size` [N, 2], `form` [N] into `outlines`, `group` [N] into `groups`, `tint` [N]
    the colour by its number in COLORS from 1 on, 0 for none; `ends` [M, 4] source, output port, target, input port
    (ports by position in the outline); `lines` [M, SEGMENTS + 1, 2] and `boxes` [M, 4] the wires and their bounds.
    Of wires with bends, `bends` has the points and `bent` the fine line [K, 2], both by id.
    """

    def __init__(self, network: str = "") -> None:
        self.network = network
        self.node_ids: list[str] = []
        self.index: dict[str, int] = {}
        self.types: list[str] = []
        self.place: Floats = np.zeros((0, 2))
        self.size: Floats = np.zeros((0, 2))
        self.form: Ints = np.zeros(0, np.int64)
        self.group: Ints = np.zeros(0, np.int64)
        self.tint: Ints = np.zeros(0, np.int64)
        self.outlines: list[Outline] = []
        self._forms: dict[Outline, int] = {}
        self.groups: list[str] = []
        self.edge_ids: list[str] = []
        self.edge_index: dict[str, int] = {}
        self.ends: Ints = np.zeros((0, 4), np.int64)
        self.lines: Floats = np.zeros((0, SEGMENTS + 1, 2))
        self.boxes: Floats = np.zeros((0, 4))
        self.bends: dict[str, Points] = {}
        self.bent: dict[str, Floats] = {}
        self.notes: dict[str, Note] = {}
        self.frames: dict[str, Frame] = {}
        self._ports: tuple[Ints, Ints, Ints, Floats] | None = None
        self._wired: NDArray[np.bool_] | None = None
        self._offsets: Floats = np.zeros((0, 2, 1, 2))

    @classmethod
    def rebuild(cls, document: Document, network: str) -> NetworkArrays:
        made = cls(network)
        made._add_nodes(document, document.nodes(network))
        made._add_edges([e for e in document.edges_in(network) if e.target in made.index])
        for record in document:
            made._put_area(record)
        return made

    # -- keeping up ------------------------------------------------------------------------------------------------
    def update(self, document: Document, diff: Diff) -> None:
        """Follows one edit; `document` is the document after it."""
        for before, after in diff.changed.values():
            if (
                isinstance(before, Node)
                and isinstance(after, Node)
                and before.network != after.network
                and self.network in (before.network, after.network)
            ):  # rare, and its place in the order is the document's to say
                self.__dict__ = NetworkArrays.rebuild(document, self.network).__dict__
                return
        touched = {end for edge in self._edges_of(diff) for end in (edge.source, edge.target)}
        touched |= self._users_of_changed_blocks(document, diff)
        touched -= diff.added.keys()  # these come with their form
        self._remove(diff.removed)
        self._add_nodes(
            document, [r for r in diff.added.values() if isinstance(r, Node) and r.network == self.network]
        )
        moved: list[int] = []
        for id, (before, after) in diff.changed.items():
            if isinstance(after, Node) and id in self.index:
                row = self.index[id]
                if not isinstance(before, Node) or (before.x, before.y) != (after.x, after.y):
                    self.place[row] = after.x, after.y
                    moved.append(row)
                self.tint[row] = _tint(after)
                if not isinstance(before, Node) or _form_of(before) != _form_of(after):
                    touched.add(id)
            else:
                self._put_area(after)
        for record in diff.added.values():
            self._put_area(record)
        reshaped = self._reshape(document, touched)
        self._add_edges([r for r in diff.added.values() if isinstance(r, Edge) and self._inside(r)])
        rerouted = [self.edge_index[id] for id in diff.changed if id in self.edge_index]
        for row in rerouted:
            self._set_ends(row, diff.changed[self.edge_ids[row]][1])
        for row in self.rows_at(reshaped) if reshaped else ():
            self._set_ends(row, document.get(self.edge_ids[row]))
        self.route(np.union1d(self.rows_at([*moved, *reshaped]), np.array(rerouted, np.int64)))

    def moved(
        self,
        places: Mapping[str, Sequence[float]],
        bends: Mapping[str, Points] | None = None,
        sizes: Mapping[str, Sequence[float]] | None = None,
    ) -> NetworkArrays:
        """The same network with some things elsewhere: what a gesture shows while it runs.

        `places` (x, y) of nodes, notes and frames by id; `bends` of wires; `sizes` (width, height) of notes and frames.
        Bends of a wire whose two ends move alike come along, as they do in the edit.
        """
        return moved(self, places, bends or {}, sizes or {})

    # -- reading ---------------------------------------------------------------------------------------------------
    @property
    def ports(self) -> tuple[Ints, Ints, Ints, Floats]:
        """Every port: its node's row, its side, its position in the outline, its offset [P, 2] from the corner."""
        if self._ports is None:
            self._ports = port_table(self.outlines, self.form)
        return self._ports

    @property
    def wired(self) -> NDArray[np.bool_]:
        """For every port, in the order of `ports`, whether a wire is at it."""
        if self._wired is None:
            self._wired = wired_ports(self.ports[0], self.outlines, self.form, self.ends)
        return self._wired

    def line(self, row: int) -> Floats:
        """The finest line of a wire, [K, 2]."""
        fine = self.bent.get(self.edge_ids[row]) if self.bent else None
        return self.lines[row] if fine is None else fine

    @property
    def bent_rows(self) -> Ints:
        """Rows of the wires with bends."""
        return np.array(sorted(self.edge_index[id] for id in self.bent), np.int64)

    def port_name(self, row: int, side: int, index: int) -> str:
        return self.outlines[self.form[row]].names(side)[index]

    def port_place(self, node: str, side: int, port: str) -> tuple[float, float]:
        """The middle of a port. Raises KeyError or ValueError where there is none."""
        row = self.index[node]
        form = self.outlines[self.form[row]]
        x, y = form.port(side, form.names(side).index(port))
        return float(self.place[row, 0] + x), float(self.place[row, 1] + y)

    def nodes_within(self, bounds: Bounds) -> Ints:
        """Rows of the nodes that touch a rectangle."""
        left, top, right, bottom = bounds
        x, y = self.place[:, 0], self.place[:, 1]
        return np.flatnonzero(
            (x <= right) & (y <= bottom) & (x + WIDTH >= left) & (y + self.size[:, 1] >= top)
        )

    def edges_within(self, bounds: Bounds) -> Ints:
        """Rows of the wires whose bounds touch a rectangle."""
        left, top, right, bottom = bounds
        b = self.boxes
        return np.flatnonzero((b[:, 0] <= right) & (b[:, 1] <= bottom) & (b[:, 2] >= left) & (b[:, 3] >= top))

    def edges_at(self, nodes: Iterable[str]) -> Ints:
        """Rows of the wires that start or end at the nodes."""
        return self.rows_at([self.index[id] for id in nodes if id in self.index])

    def bounds_of(self, ids: Iterable[str]) -> Bounds | None:
        """The rectangle around nodes, wires, notes and frames; None around nothing."""
        found: list[Bounds] = []
        rows = []
        for id in ids:
            if id in self.index:
                rows.append(self.index[id])
            elif id in self.edge_index:
                found.append(tuple(self.boxes[self.edge_index[id]].tolist()))  # type: ignore[arg-type]
            else:
                area = self.notes.get(id) or self.frames.get(id)
                if area is not None:
                    found.append((area.x, area.y, area.x + area.width, area.y + area.height))
        if rows:
            low, high = self.place[rows].min(0), (self.place[rows] + self.size[rows]).max(0)
            found.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        return joined(found)

    def bounds(self) -> Bounds | None:
        """The rectangle around everything; None while there is nothing."""
        found = self.bounds_of((*self.notes, *self.frames))
        all_of_it = [found] if found else []
        if len(self.place):
            low, high = self.place.min(0), (self.place + self.size).max(0)
            all_of_it.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        if len(self.boxes):
            low, high = self.boxes[:, :2].min(0), self.boxes[:, 2:].max(0)
            all_of_it.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        return joined(all_of_it)

    # -- parts -----------------------------------------------------------------------------------------------------
    def _edges_of(self, diff: Diff) -> list[Edge]:
        both = [record for pair in diff.changed.values() for record in pair]
        return [r for r in (*diff.added.values(), *diff.removed.values(), *both) if isinstance(r, Edge)]

    def _users_of_changed_blocks(self, document: Document, diff: Diff) -> set[str]:
        """Ids of the blocks here whose ports, which are nodes of another network, an edit may have changed."""
        changed = set()
        for record in diff.records:
            if isinstance(record, Network):
                changed.add(record.id)
            elif isinstance(record, Node) and faces.is_port(record.type):
                changed.add(record.network)
        if not changed - {self.network}:
            return set()
        return {node.id for node in document.nodes(self.network) if node.block and node.block in changed}

    def _inside(self, edge: Edge) -> bool:
        return edge.source in self.index and edge.target in self.index

    def _put_area(self, record: object) -> None:
        if isinstance(record, Note) and record.network == self.network:
            self.notes[record.id] = record
        elif isinstance(record, Frame) and record.network == self.network:
            self.frames[record.id] = record

    def _form(self, document: Document, node: Node) -> int:
        found = faces.outline(document, node)
        known = self._forms.get(found)
        if known is None:
            known = self._forms[found] = len(self.outlines)
            self.outlines.append(found)
            deep = max(1, *(max(len(o.inputs), len(o.outputs)) for o in self.outlines))
            self._offsets = np.zeros((len(self.outlines), 2, deep, 2))
            for i, form in enumerate(self.outlines):
                for side in (INPUT, OUTPUT):
                    for index in range(len(form.names(side))):
                        self._offsets[i, side, index] = form.port(side, index)
        return known

    def _group(self, type: str) -> int:
        name = faces.group(type)
        if name not in self.groups:
            self.groups.append(name)
        return self.groups.index(name)

    def _add_nodes(self, document: Document, nodes: Sequence[Node]) -> None:
        if not nodes:
            return
        for node in nodes:
            self.index[node.id] = len(self.node_ids)
            self.node_ids.append(node.id)
            self.types.append(node.type)
        form = np.array([self._form(document, node) for node in nodes], np.int64)
        self.place = np.concatenate([self.place, np.array([(node.x, node.y) for node in nodes], np.float64)])
        self.form = np.concatenate([self.form, form])
        self.group = np.concatenate([self.group, np.array([self._group(n.type) for n in nodes], np.int64)])
        self.tint = np.concatenate([self.tint, np.array([_tint(n) for n in nodes], np.int64)])
        heights = np.array([o.height for o in self.outlines])[form]
        self.size = np.concatenate([self.size, np.stack([np.full(len(form), WIDTH), heights], 1)])
        self._ports = self._wired = None

    def _reshape(self, document: Document, ids: Iterable[str]) -> list[int]:
        """Takes over new types and ports of nodes; gives the rows whose form changed."""
        changed = []
        for id in ids:
            row, node = self.index.get(id), document.get(id)
            if row is None or not isinstance(node, Node):
                continue
            form = self._form(document, node)
            if form != self.form[row]:
                changed.append(row)
                self.form[row] = form
                self.size[row, 1] = self.outlines[form].height
                self._ports = self._wired = None
            if node.type != self.types[row]:
                self.types[row] = node.type
                self.group[row] = self._group(node.type)
        return changed

    def _add_edges(self, edges: Sequence[Edge]) -> None:
        if not edges:
            return
        start = len(self.edge_ids)
        for edge in edges:
            self.edge_index[edge.id] = len(self.edge_ids)
            self.edge_ids.append(edge.id)
            if edge.bends:
                self.bends[edge.id] = edge.bends
        self.ends = np.concatenate([self.ends, np.array([self._ends(edge) for edge in edges], np.int64)])
        self.lines = np.concatenate([self.lines, np.zeros((len(edges), SEGMENTS + 1, 2))])
        self.boxes = np.concatenate([self.boxes, np.zeros((len(edges), 4))])
        self.route(np.arange(start, len(self.edge_ids)))

    def _ends(self, edge: Edge) -> tuple[int, int, int, int]:
        source, target = self.index[edge.source], self.index[edge.target]
        out = self.outlines[self.form[source]].outputs.index(edge.out_port)
        into = self.outlines[self.form[target]].inputs.index(edge.in_port)
        return source, out, target, into

    def _set_ends(self, row: int, edge: object) -> None:
        if isinstance(edge, Edge):
            self.ends[row] = self._ends(edge)
            self.bends.pop(edge.id, None)
            if edge.bends:
                self.bends[edge.id] = edge.bends

    def rows_at(self, nodes: Sequence[int]) -> Ints:
        """Rows of the wires that start or end at the nodes of these rows."""
        if not len(nodes) or not len(self.ends):
            return np.zeros(0, np.int64)
        hit = np.zeros(len(self.node_ids), bool)
        hit[list(nodes)] = True
        return np.flatnonzero(hit[self.ends[:, 0]] | hit[self.ends[:, 2]])

    def route(self, rows: Ints) -> None:
        """Draws the wires of these rows anew, from their ends and bends."""
        if not len(rows):
            return
        self._wired = None
        source, out, target, into = self.ends[rows].T
        starts = self.place[source] + self._offsets[self.form[source], OUTPUT, out]
        ends = self.place[target] + self._offsets[self.form[target], INPUT, into]
        lines = geometry.wire_lines(starts, ends)
        self.lines[rows] = lines
        self.boxes[rows] = np.concatenate([lines.min(1), lines.max(1)], axis=1)
        if self.bends or self.bent:
            for at, row in enumerate(rows.tolist()):
                self._bend(row, starts[at], ends[at])

    def _bend(self, row: int, start: Floats, end: Floats) -> None:
        id = self.edge_ids[row]
        points = self.bends.get(id)
        if not points:
            self.bends.pop(id, None)
            self.bent.pop(id, None)
            return
        line = self.bent[id] = line_through(start.tolist(), points, end.tolist())
        self.lines[row] = resampled(line, SEGMENTS + 1)
        self.boxes[row] = *line.min(0), *line.max(0)

    def _remove(self, removed: Mapping[str, object]) -> None:
        for id in removed:
            self.notes.pop(id, None)
            self.frames.pop(id, None)
        gone_edges = [self.edge_index[id] for id in removed if id in self.edge_index]
        gone_nodes = [self.index[id] for id in removed if id in self.index]
        if gone_nodes:
            lost = set(self.rows_at(gone_nodes).tolist()) - set(gone_edges)
            gone_edges += sorted(lost)
        if gone_edges:
            for row in gone_edges if self.bends else ():
                self.bends.pop(self.edge_ids[row], None)
                self.bent.pop(self.edge_ids[row], None)
            keep = np.ones(len(self.edge_ids), bool)
            keep[gone_edges] = False
            self.edge_ids = [id for id, kept in zip(self.edge_ids, keep.tolist(), strict=True) if kept]
            self.edge_index = {id: row for row, id in enumerate(self.edge_ids)}
            self.ends, self.lines, self.boxes = self.ends[keep], self.lines[keep], self.boxes[keep]
            self._wired = None
        if gone_nodes:
            keep = np.ones(len(self.node_ids), bool)
            keep[gone_nodes] = False
            self.node_ids = [id for id, kept in zip(self.node_ids, keep.tolist(), strict=True) if kept]
            self.types = [type for type, kept in zip(self.types, keep.tolist(), strict=True) if kept]
            self.index = {id: row for row, id in enumerate(self.node_ids)}
            fresh = np.cumsum(keep) - 1
            self.ends[:, 0], self.ends[:, 2] = fresh[self.ends[:, 0]], fresh[self.ends[:, 2]]
            self.place, self.size = self.place[keep], self.size[keep]
            self.form, self.group, self.tint = self.form[keep], self.group[keep], self.tint[keep]
            self._ports = self._wired = None


def _form_of(node: Node) -> object:
    """What the form of a node is made from."""
    return node.type, node.block, node.parameters, node.collapsed


def _tint(node: Node) -> int:
    return COLORS.index(node.color) + 1 if node.color in COLORS else 0


def joined(parts: Iterable[Bounds]) -> Bounds | None:
    """The rectangle around rectangles."""
    all_of_it = list(parts)
    if not all_of_it:
        return None
    left, top, right, bottom = zip(*all_of_it, strict=True)
    return min(left), min(top), max(right), max(bottom)
