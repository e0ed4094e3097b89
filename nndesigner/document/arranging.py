"""Where to put the layers of a network so that it can be read: one pass in data order, in linear time.

Every layer has a *step*, the longest way to it from a start, and steps follow one another along the direction of
reading. A layer hands its line on to the farthest of those that it feeds (of equally far ones to the one with most
behind it), so that a chain is a straight line and a shortcut runs straight beside what it goes around. The lines made
so are put beside one another without crossing where that can be had: a branch stands next to the line it leaves, what
joins again first stands nearest, and of parallel branches each stands as its input of the join does. Sizes are
respected: nothing overlaps.

It knows sizes and wires and nothing of documents or widgets; `document/layout.py` is the plain lattice for drawing
from a script.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Places = dict[str, tuple[float, float]]
GRID = 20.0
RIGHT, DOWN = "right", "down"
"""directions of reading"""
STEP_GAP = 60.0
"""Scene units between a layer and the next one along the direction of reading: a shape such as 64×56×56 fits in."""
LINE_GAP = {RIGHT: 40.0, DOWN: 60.0}
"""Scene units between neighbouring lines, at least."""
THIN = {RIGHT: 44.0, DOWN: 140.0}
"""What a line takes up, across, where it is only a wire."""
_TALLEST_GAP = 160.0
_LOOSE_IN_A_ROW = 8


@dataclass(frozen=True)
class Card:
    """A layer as a rectangle: place and size in scene units."""

    id: str
    x: float
    y: float
    width: float = 140.0
    height: float = 66.0


@dataclass(frozen=True)
class Link:
    """A wire; ports by their position on their side, counted from 0."""

    source: str
    out: int
    target: str
    into: int


@dataclass
class _Line:
    """Layers that stand in one straight line, and the wires between them."""

    nodes: list[str]
    parent: str = ""
    """the layer that the line branches off from; "" where it begins by itself"""
    join: str = ""
    """the layer of another line that it leads into; "" where it leads nowhere"""
    into: int = 0
    begin: int = 0
    end: int = 0
    """the steps that it takes up, wires included"""


@dataclass(eq=False)
class _Row:
    """A place for lines that follow one another; rows know their neighbours."""

    before: _Row | None = None
    after: _Row | None = None
    free_from: int = -1
    lines: list[_Line] = field(default_factory=list)


def arranged(cards: Iterable[Card], links: Iterable[Link], direction: str = RIGHT) -> Places:
    """The top left corner of every card, the topmost and leftmost at 0, on the grid.

    Parts that no wire joins stand below one another, those higher up now first; single layers come last. Links that
    name a card that is not there are passed over. Takes O(cards + links) but for sorting; loops are cut open.
    """
    by_id = {card.id: card for card in cards}
    wires = [w for w in links if w.source in by_id and w.target in by_id and w.source != w.target]
    parts, loose = _parts(by_id, wires)
    places: Places = {}
    offset = 0.0
    for ids, own in parts:
        found = _Part({id: by_id[id] for id in ids}, own, direction).places()
        left, top = (min(p[axis] for p in found.values()) for axis in (0, 1))
        right, bottom = (
            max(p[axis] + size for p, size in ((found[id], _size(by_id[id])[axis]) for id in found))
            for axis in (0, 1)
        )
        for id, (x, y) in found.items():
            x, y = x - left, y - top
            places[id] = (x, y + offset) if direction == RIGHT else (x + offset, y)
        offset += _up(bottom - top + 60.0 if direction == RIGHT else right - left + 60.0)
    return places | _in_rows([by_id[id] for id in loose], offset, direction)


def _size(card: Card) -> tuple[float, float]:
    return card.width, card.height


def _up(value: float) -> float:
    """The next grid line."""
    return math.ceil(value / GRID - 1e-9) * GRID


def _parts(
    cards: Mapping[str, Card], wires: Sequence[Link]
) -> tuple[list[tuple[list[str], list[Link]]], list[str]]:
    """What hangs together, each with its wires, and the cards without a wire; in reading order."""
    order = sorted(cards, key=lambda id: (cards[id].y, cards[id].x, id))
    near: dict[str, list[str]] = defaultdict(list)
    for wire in wires:
        near[wire.source].append(wire.target)
        near[wire.target].append(wire.source)
    part_of: dict[str, int] = {}
    members: list[list[str]] = []
    for start in order:
        if start in part_of or start not in near:
            continue
        part_of[start] = len(members)
        members.append([])
        waiting = [start]
        while waiting:
            id = waiting.pop()
            members[-1].append(id)
            for other in near[id]:
                if other not in part_of:
                    part_of[other] = len(members) - 1
                    waiting.append(other)
    own: list[list[Link]] = [[] for _ in members]
    for wire in wires:
        own[part_of[wire.source]].append(wire)
    return list(zip(members, own, strict=True)), [id for id in order if id not in near]


def _in_rows(cards: Sequence[Card], offset: float, direction: str) -> Places:
    """Layers without wires, eight to a row (or a column), in reading order."""
    places: Places = {}
    along = across = 0.0
    widest = 0.0
    for number, card in enumerate(cards):
        if number and number % _LOOSE_IN_A_ROW == 0:
            along, across, widest = 0.0, across + _up(widest + LINE_GAP[direction]), 0.0
        long, wide = _size(card) if direction == RIGHT else _size(card)[::-1]
        places[card.id] = (along, offset + across) if direction == RIGHT else (offset + across, along)
        along += _up(long + STEP_GAP)
        widest = max(widest, wide)
    return places


class _Part:
    """One network that hangs together."""

    def __init__(self, cards: Mapping[str, Card], wires: Sequence[Link], direction: str) -> None:
        self._cards, self._direction = cards, direction
        self._order, wires = _data_order(cards, wires)
        self._feeds: dict[str, list[Link]] = {id: [] for id in cards}
        self._fed: dict[str, list[Link]] = {id: [] for id in cards}
        for wire in sorted(wires, key=lambda wire: (wire.out, wire.into, wire.target)):
            self._feeds[wire.source].append(wire)
            self._fed[wire.target].append(wire)
        self._step = self._steps()
        self._shortcuts: set[str] = set()
        """layers whose line goes on as a wire past what goes a longer way"""
        self._heir = self._heirs()
        self._entered: dict[str, int] = {}
        """the input at which a layer's own line arrives"""
        self._lines, self._line_of = self._in_lines()
        for line in self._lines:
            self._justify(line)

    def places(self) -> Places:
        along = self._along()
        across = self._across(self._in_order())
        found: Places = {}
        for id in self._order:
            x, y = along[self._step[id]], across[id]
            found[id] = (x, y) if self._direction == RIGHT else (y, x)
        return found

    # -- steps and lines ---------------------------------------------------------------------------------------------
    def _steps(self) -> dict[str, int]:
        """The longest way from a start to each layer; a start stands one step before what it feeds first."""
        steps: dict[str, int] = {}
        for id in self._order:
            steps[id] = max((steps[wire.source] + 1 for wire in self._fed[id]), default=0)
        for id in self._order:
            if not self._fed[id] and self._feeds[id]:
                steps[id] = min(steps[wire.target] for wire in self._feeds[id]) - 1
        return steps

    def _heirs(self) -> dict[str, Link]:
        """The wire along which each layer hands its line on."""
        ahead: dict[str, int] = {}
        lead: dict[
            str, tuple[str, int, int]
        ] = {}  # of a way without forks: where it joins, at which input, how long
        heirs: dict[str, Link] = {}
        for id in reversed(self._order):
            wires = self._feeds[id]
            ahead[id] = max((ahead[wire.target] + 1 for wire in wires), default=0)
            if not wires:
                continue
            if len(wires) == 1:
                (wire,) = wires
                where, into, long = lead.get(wire.target, ("", 0, 0))
                lead[id] = (
                    (wire.target, wire.into, 1)
                    if len(self._fed[wire.target]) > 1
                    else (where, into, long + 1)
                )
            farthest = max(self._step[wire.target] for wire in wires)
            if farthest > self._step[id] + 1:
                self._shortcuts.add(id)
            rivals = [wire for wire in wires if self._step[wire.target] == farthest]
            ways = [lead.get(wire.target, ("", 0, 0)) for wire in rivals]
            longer = {where for where, _, long in ways if long > 1}
            short = [
                wire
                for wire, (where, _, long) in zip(rivals, ways, strict=True)
                if long == 1 and where in longer
            ]
            if short:  # a single layer beside longer ways: as straight as a wire would be
                heirs[id] = short[0]
            else:
                heirs[id] = max(
                    zip(rivals, ways, strict=True),
                    key=lambda pair: (ahead[pair[0].target], -pair[0].out, -pair[1][1], -pair[0].into),
                )[0]
        return heirs

    def _in_lines(self) -> tuple[list[_Line], dict[str, _Line]]:
        """Of several that hand their line on to one layer, the line that began first goes on."""
        claims: dict[str, list[Link]] = defaultdict(list)
        for wire in self._heir.values():
            claims[wire.target].append(wire)
        lines: list[_Line] = []
        line_of: dict[str, _Line] = {}
        for id in self._order:
            rivals = claims.get(id)
            if rivals:
                won = min(rivals, key=lambda w: (self._step[line_of[w.source].nodes[0]], w.into))
                line_of[id] = line_of[won.source]
                line_of[id].nodes.append(id)
                self._entered[id] = won.into
                for wire in rivals:
                    if wire is not won:
                        ended = line_of[wire.source]
                        ended.join, ended.into = id, wire.into
                continue
            line_of[id] = _Line([id])
            lines.append(line_of[id])
            if self._fed[id]:
                line_of[id].parent = max(self._fed[id], key=lambda w: (self._step[w.source], -w.into)).source
        return lines, line_of

    def _justify(self, line: _Line) -> None:
        """A branch is spread over the steps that it has, so that no wire leaves it far from where it goes; one that
        begins by itself stands right before what it feeds."""
        steps, nodes = self._step, line.nodes
        if line.join and (line.parent or len(nodes) > 1):
            latest = [0] * len(nodes)
            bound = math.inf
            for i in range(len(nodes) - 1, -1, -1):
                following = nodes[i + 1] if i + 1 < len(nodes) else ""
                others = [steps[wire.target] for wire in self._feeds[nodes[i]] if wire.target != following]
                bound = min([bound, *others]) - 1
                latest[i] = int(bound)
            first, room = steps[nodes[0]], latest[-1] - steps[nodes[0]]
            last = first - 1
            for i, id in enumerate(nodes):
                wanted = latest[i]
                if line.parent:
                    wanted = first + (round(i * room / (len(nodes) - 1)) if len(nodes) > 1 else 0)
                steps[id] = last = max(last + 1, steps[id], min(latest[i], wanted))
        line.begin = steps[line.parent] + 1 if line.parent else steps[nodes[0]]
        line.end = steps[line.join] - 1 if line.join else steps[nodes[-1]]

    # -- which line stands beside which ------------------------------------------------------------------------------
    def _in_order(self) -> list[_Row]:
        """Rows from the first to the last across; a row's lines follow one another."""
        row_of: dict[int, _Row] = {}
        waiting: dict[str, list[_Line]] = defaultdict(list)
        for line in self._lines:
            waiting[line.parent].append(line)
        last: _Row | None = None
        for line in sorted(waiting.pop("", []), key=lambda line: (line.begin, line.into)):
            beside = row_of.get(id(self._line_of[line.join])) if line.join else None
            row = _beside(beside, line) if beside is not None else None
            if row is None:
                row = _Row(before=last)
                if last is not None:
                    last.after = row
            row_of[id(line)] = row
            row.lines.append(line)
            row.free_from = line.end + 1
            while row.after is not None:
                row = row.after
            last = row
        # Branches, in data order: whatever a branch leaves has its row by then, and rows fill from the left.
        pending = sorted(
            ((self._step[parent], parent) for parent in waiting),
            key=lambda item: item[0],
        )
        for _, parent in pending:
            home = row_of.get(id(self._line_of[parent]))
            if home is None:
                home = _Row()
            above, below = self._sides(parent, waiting[parent])
            for lines, upwards in ((below, False), (above, True)):
                anchor = home
                for line in lines:
                    anchor = _beside(anchor, line, upwards)
                    anchor.lines.append(line)
                    anchor.free_from = max(anchor.free_from, line.end + 1)
                    row_of[id(line)] = anchor
        start = next(iter(row_of.values()))
        while start.before is not None:
            start = start.before
        rows = []
        row_or_none: _Row | None = start
        while row_or_none is not None:
            rows.append(row_or_none)
            row_or_none = row_or_none.after
        return rows

    def _sides(self, parent: str, lines: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
        """The branches of a layer that stand above its line and those below, each from the nearest outwards."""
        home = self._line_of[parent]
        straight = parent in self._shortcuts  # what goes a longer way than a shortcut stands below it
        above: list[_Line] = []
        below: list[_Line] = []
        for line in lines:
            main = -1
            if not straight and line.join and self._line_of[line.join] is home:
                main = self._entered.get(line.join, -1)
            (above if line.into < main else below).append(line)
        above.sort(key=lambda line: (line.end, -line.into))
        below.sort(key=lambda line: (line.end, line.into))
        return above, below

    # -- places ------------------------------------------------------------------------------------------------------
    def _along(self) -> dict[int, float]:
        """Where each step begins."""
        long: dict[int, float] = defaultdict(float)
        for id, card in self._cards.items():
            long[self._step[id]] = max(
                long[self._step[id]], card.width if self._direction == RIGHT else card.height
            )
        place, found = 0.0, {}
        for step in range(min(long), max(long) + 1):
            found[step] = place
            extent = long.get(step, 0.0)
            gap = STEP_GAP
            if (
                self._direction == DOWN
            ):  # wires run back halfway between two ports: below one card, above the next
                gap = min(max(gap, extent - 28.0, long.get(step + 1, 0.0) - 24.0), _TALLEST_GAP)
            place += _up(extent + gap)
        return found

    def _across(self, rows: Sequence[_Row]) -> dict[str, float]:
        """Where each layer begins across: the longest row is at 0, the others are moved up against it."""
        thin, gap = THIN[self._direction], LINE_GAP[self._direction]
        main = max(range(len(rows)), key=lambda i: sum(len(line.nodes) for line in rows[i].lines))
        low, high = min(self._step.values()), max(self._step.values())
        found: dict[str, float] = {}
        for numbers, upwards in ((range(main, len(rows)), False), (range(main - 1, -1, -1), True)):
            # The outline of what stands already, by step: its lower edge, or minus its upper edge.
            edge = [0.0 if upwards else -gap] * (high - low + 1)
            for number in numbers:
                for line in rows[number].lines:
                    taken = dict.fromkeys(range(line.begin - low, line.end - low + 1), thin)
                    for id in line.nodes:
                        taken[self._step[id] - low] = self._wide(id)
                    if number == main:
                        place = 0.0
                    elif upwards:
                        place = -_up(max(edge[step] + wide for step, wide in taken.items()) + gap)
                    else:
                        place = _up(max(edge[step] for step in taken) + gap)
                    for step, wide in taken.items():
                        edge[step] = -place if upwards else place + wide
                    for id in line.nodes:
                        found[id] = place
                if number == main:
                    edge = [max(e, thin) for e in edge]
        return found

    def _wide(self, id: str) -> float:
        card = self._cards[id]
        return card.height if self._direction == RIGHT else card.width


def _beside(home: _Row, line: _Line, upwards: bool = False) -> _Row:
    """The row next to another one that a line can have: the one that is there while it is free, else a new one."""
    near = home.before if upwards else home.after
    if near is not None and near.free_from <= line.begin:
        return near
    if upwards:
        made = _Row(before=home.before, after=home)
        home.before = made
        if made.before is not None:
            made.before.after = made
    else:
        made = _Row(before=home, after=home.after)
        home.after = made
        if made.after is not None:
            made.after.before = made
    return made


def _data_order(cards: Mapping[str, Card], wires: Sequence[Link]) -> tuple[list[str], list[Link]]:
    """The cards in data order, and the wires that go along with it: those that close a loop are left out."""
    waits = dict.fromkeys(cards, 0)
    feeds: dict[str, list[Link]] = defaultdict(list)
    for wire in wires:
        waits[wire.target] += 1
        feeds[wire.source].append(wire)
    reading = sorted(cards, key=lambda id: (cards[id].y, cards[id].x, id))
    ready = [id for id in reading if not waits[id]]
    order: list[str] = []
    done: set[str] = set()
    rest = iter(reading)
    while len(order) < len(reading):
        if not ready:  # a loop: it is cut open at the layer that comes first
            ready = [next(id for id in rest if id not in done)]
        for id in ready:
            done.add(id)
        order += ready
        following = []
        for id in ready:
            for wire in feeds[id]:
                waits[wire.target] -= 1
                if not waits[wire.target] and wire.target not in done:
                    following.append(wire.target)
        ready = following
    number = {id: i for i, id in enumerate(order)}
    return order, [wire for wire in wires if number[wire.source] < number[wire.target]]
