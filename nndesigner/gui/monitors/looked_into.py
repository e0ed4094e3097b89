"""Which layer a selection inside a block means: in the use of the block that was entered, in the chosen repetition.

Keys are those of `CheckedNetwork.find`: the ids of the blocks entered, each with a repetition, then the node.
"""

from __future__ import annotations

from nndesigner.check.checked import CheckedNetwork

Trail = tuple[str, ...]


class LookedInto:
    """The repetition chosen for each block that was looked into, the first one until another is chosen."""

    def __init__(self) -> None:
        self._chosen: dict[Trail, int] = {}

    def key(self, trail: Trail, node: str, checked: CheckedNetwork | None) -> str:
        """The key of a node of the network that a trail of blocks leads to; "" for no node."""
        return self._before(trail, checked) + node if node else ""

    def rounds(self, trail: Trail, checked: CheckedNetwork | None) -> tuple[int, int]:
        """How often the innermost repeated block of the trail follows itself, and which repetition is chosen."""
        at = self._repeated(trail, checked)
        return (
            (_count(self._before(at[:-1], checked) + at[-1], checked), self._round(at, checked))
            if at
            else (1, 0)
        )

    def choose(self, trail: Trail, checked: CheckedNetwork | None, number: int) -> None:
        """Another repetition of the innermost repeated block."""
        at = self._repeated(trail, checked)
        if at:
            self._chosen[at] = number

    def _before(self, trail: Trail, checked: CheckedNetwork | None) -> str:
        """What keys of nodes at the end of a trail begin with."""
        steps = (trail[: depth + 1] for depth in range(len(trail)))
        return "".join(f"{step[-1]}/{self._round(step, checked)}/" for step in steps)

    def _round(self, at: Trail, checked: CheckedNetwork | None) -> int:
        chosen = self._chosen.get(at, 0)
        if not chosen:
            return 0
        return min(chosen, _count(self._before(at[:-1], checked) + at[-1], checked) - 1)

    def _repeated(self, trail: Trail, checked: CheckedNetwork | None) -> Trail:
        for depth in range(len(trail), 0, -1):
            at = trail[:depth]
            if _count(self._before(at[:-1], checked) + at[-1], checked) > 1:
                return at
        return ()


def _count(key: str, checked: CheckedNetwork | None) -> int:
    """How often a block follows itself; 1 where there is no such block."""
    found = checked.find(key) if checked is not None else None
    return max(1, len(found.node.rounds)) if found is not None else 1
