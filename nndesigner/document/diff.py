"""An edit is a value: what was added, changed (before and after) and removed, by id."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from nndesigner.document.records import AnyRecord


class Diff(msgspec.Struct, frozen=True):
    """A change of a document. The three parts never name the same id twice."""

    added: dict[str, AnyRecord] = {}
    changed: dict[str, tuple[AnyRecord, AnyRecord]] = {}
    removed: dict[str, AnyRecord] = {}

    @property
    def records(self) -> list[AnyRecord]:
        """Every record that is added, removed or changed, as it was and as it is."""
        both = [record for pair in self.changed.values() for record in pair]
        return [*self.added.values(), *self.removed.values(), *both]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def inverse(self) -> Diff:
        """The edit that takes this one back."""
        return Diff(
            added=self.removed,
            changed={key: (after, before) for key, (before, after) in self.changed.items()},
            removed=self.added,
        )

    @property
    def touched(self) -> frozenset[str]:
        """Ids of every record that this edit adds, changes or removes."""
        return frozenset(self.added) | frozenset(self.changed) | frozenset(self.removed)


def between(before: Mapping[str, AnyRecord], after: Mapping[str, AnyRecord]) -> Diff:
    """The edit that leads from one mapping of records to another."""
    added = {key: record for key, record in after.items() if key not in before}
    removed = {key: record for key, record in before.items() if key not in after}
    changed = {
        key: (before[key], record) for key, record in after.items() if key in before and before[key] != record
    }
    return Diff(added, changed, removed)


def squash(first: Diff, second: Diff) -> Diff:
    """One edit that does what `first` and then `second` do."""
    added, changed, removed = dict(first.added), dict(first.changed), dict(first.removed)
    for key, record in second.removed.items():
        if key in added:
            del added[key]
        else:
            removed[key] = changed.pop(key)[0] if key in changed else record
    for key, (before, after) in second.changed.items():
        if key in added:
            added[key] = after
        else:
            start = changed[key][0] if key in changed else before
            if start == after:
                changed.pop(key, None)
            else:
                changed[key] = (start, after)
    for key, record in second.added.items():
        if key in removed:
            before = removed.pop(key)
            if before != record:
                changed[key] = (before, record)
        else:
            added[key] = record
    return Diff(added, changed, removed)
